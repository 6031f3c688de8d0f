"""Consents and directives over the wire: ended, struck out, combined against the law; a guardian; a withdrawal."""

from typing import Any

import pytest

from tests.promises.edge.gate import STAFF, TODAY, Gate, agreement, by_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = dict[str, Any]  # documents of the contract's shapes
LINCOLN = STAFF[1]
PERSON = {"subject": by_id("E-1")}
GUARDIAN = PERSON | {"kind": "guardian", "reference": "24-E-0001"}


async def opens(gate: Gate) -> bool:
    return (await gate.ask()).status_code == 200


@pytest.mark.parametrize(("how", "state"), [("end", "expired"), ("strike", "entered-in-error"), ("revoke", "revoked")])
async def test_what_is_ended_struck_out_or_taken_back_opens_nothing_from_then_on(
    gate: Gate, how: str, state: str
) -> None:
    consent = await gate.agreed()
    assert await opens(gate)
    before = await gate.size()
    answer = await gate.post(f"/v1/consents/{consent}/{how}", {})
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, state, 2)
    assert not await opens(gate)
    assert next((e["kind"], e["outcome"]) for e in await gate.since(before)) == ("consent-revoked", "permit")


@pytest.mark.parametrize("how", ["end", "strike"])
async def test_another_agency_neither_ends_nor_strikes_out_a_consent_it_is_named_in(gate: Gate, how: str) -> None:
    consent = await gate.agreed()
    answer = await gate.post(f"/v1/consents/{consent}/{how}", {}, LINCOLN)
    assert answer.status_code == 403
    assert await opens(gate)


async def test_what_was_taken_back_is_not_ended_or_struck_out_after(gate: Gate) -> None:
    consent = await gate.agreed()
    said = {"channel": "phone", "revoked_by": "self"}
    assert (await gate.post(f"/v1/consents/{consent}/revoke", said)).status_code == 200
    for how in ("end", "strike"):
        answer = await gate.post(f"/v1/consents/{consent}/{how}", {})
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


@pytest.mark.parametrize(
    "change",
    [
        {"categories": ["sud.counseling_notes", "ems.summary"]},
        {"categories": ["psychotherapy.notes", "ems.summary"]},
        {"purposes": ["HLEGAL", "COC"]},
        {"channel": "witnessed-mark"},
        {"channel": "phone"},
        {"channel": "unstated"},
        {"part2_elements": True},
        {"initialled": ["communicable"]},
        {"data_period": {"since": "2026-02-01", "until": "2026-01-01"}},
        {"custodian_programmes": [{"agency": "JUSTICE", "name": "STARR"}]},
    ],
)
async def test_what_cannot_stand_as_one_consent_is_refused_whoever_it_is_about(gate: Gate, change: JSON) -> None:
    for person in ("E-1", "E-nobody"):
        answer = await gate.post("/v1/consents", agreement(subject=by_id(person), **change))
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-query")


async def test_a_sensitive_category_without_its_initial_is_recorded_and_not_granted(gate: Gate) -> None:
    answer = await gate.post("/v1/consents", agreement(categories=["ems.summary", "ems.overdose"]))
    assert (answer.json()["categories"], answer.json()["agreed"]) == (["ems.overdose", "ems.summary"], ["ems.summary"])


async def test_a_data_period_that_leaves_out_today_opens_nothing(gate: Gate) -> None:
    await gate.agreed(data_period={"until": (TODAY.replace(year=TODAY.year - 1)).isoformat()})
    assert not await opens(gate)


async def test_a_consent_that_names_one_person_at_the_agency_is_for_that_person(gate: Gate) -> None:
    await gate.agreed(recipient_persons=[{"agency": "HEART", "actor": "heart-2"}])
    assert not await opens(gate)
    await gate.agreed(recipient_persons=[{"agency": "HEART", "actor": "heart-1"}])
    assert await opens(gate)


async def test_once_a_court_named_a_guardian_the_persons_own_signature_opens_nothing(gate: Gate) -> None:
    await gate.agreed()
    placed = await gate.post("/v1/directives", GUARDIAN)
    assert (placed.status_code, await opens(gate)) == (201, False)
    await gate.agreed(signer="guardian", authority_document="24-E-0001")
    assert await opens(gate)


async def test_a_withdrawn_directive_closes_nothing_any_more_and_only_its_own_agency_withdraws_it(gate: Gate) -> None:
    await gate.agreed()
    directive = await gate.post("/v1/directives", PERSON | {"kind": "do-not-share", "scope": {"recipient": "HEART"}})
    path = f"/v1/directives/{directive.json()['id']}/withdraw"
    assert ((await gate.post(path, {}, LINCOLN)).status_code, await opens(gate)) == (403, False)
    withdrawn = await gate.post(path, {})
    assert (withdrawn.json()["version"], withdrawn.json()["withdrawn"], await opens(gate)) == (2, True, True)


@pytest.mark.parametrize("kind", ["npp-given", "part2-patient-notice", "26b-0301-notice"])
async def test_that_a_notice_was_given_is_kept_with_its_day(gate: Gate, kind: str) -> None:
    notice = PERSON | {"kind": kind, "scope": {"custodian": "LINCOLN"}}
    assert (await gate.post("/v1/directives", notice)).status_code == 400
    given = await gate.post("/v1/directives", notice | {"on": "2026-03-02"})
    assert (given.status_code, given.json()["on"]) == (201, "2026-03-02")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "guardian"},
        {"kind": "guardian", "reference": "x", "scope": {"custodian": "EMS"}},
        {"kind": "do-not-share"},
        {"kind": "restriction", "scope": {"recipient": "HEART"}},
    ],
)
async def test_a_directive_that_says_too_little_is_refused(gate: Gate, body: JSON) -> None:
    assert (await gate.post("/v1/directives", PERSON | body)).status_code == 400


async def test_a_directive_nobody_knows_is_refused_like_anothers(gate: Gate) -> None:
    answer = await gate.post(f"/v1/directives/d-{'0' * 32}/withdraw", {})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/access-denied")
