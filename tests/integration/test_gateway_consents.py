"""Consents over the wire: recorded, read, superseded, revoked; directives; and each change in the log."""

import asyncio

import pytest
from sqlalchemy import text

from policies.vocabulary import Agency, Role
from service.db.session import transaction
from service.identity.partners import Scope
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")


WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def question(gate: Gate, *categories: str) -> JSON:
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": list(categories)}


async def test_a_consent_is_read_as_it_was_recorded(gate: Gate, agree: Agree) -> None:
    recorded, before = await agree(), await gate.size()
    reader = await gate.caller(Role.HEART_NAVIGATOR, Scope.CONSENT_READ)
    read = await reader.get(f"/v1/consents/{recorded['id']}")
    assert read.json() | {"receipt": ""} == recorded | {"receipt": ""}
    assert read.headers["cache-control"] == "no-store"
    assert [(e["kind"], e["outcome"]) for e in (await gate.since(before))[-1:]] == [("consent-read", "permit")]


async def test_a_revoked_consent_opens_nothing_from_the_next_question_on(gate: Gate, agree: Agree) -> None:
    consent, navigator = await agree(), await gate.caller(Role.HEART_NAVIGATOR)
    assert (await navigator.post("/v1/queries", question(gate, "ems.summary"))).status_code == 200
    before = await gate.size()
    revoked = await navigator.post(f"/v1/consents/{consent['id']}/revoke")
    assert (revoked.json()["status"], revoked.json()["version"]) == ("revoked", 2)
    assert (await navigator.post("/v1/queries", question(gate, "ems.summary"))).status_code == 403
    outcomes = [(e["kind"], e["outcome"]) for e in await gate.since(before)]
    assert outcomes == [("consent-revoked", "permit"), ("decided", "deny")]


async def test_revoking_twice_says_the_same_and_changes_nothing(gate: Gate, agree: Agree) -> None:
    consent, navigator = await agree(), await gate.caller(Role.HEART_NAVIGATOR)
    first, second = [await navigator.post(f"/v1/consents/{consent['id']}/revoke") for _ in range(2)]
    assert (first.json()["version"], second.json()["version"]) == (2, 2)
    assert first.json()["revoked_at"] == second.json()["revoked_at"]


async def test_two_revocations_at_the_same_moment_make_one_version(gate: Gate, agree: Agree) -> None:
    consent, navigator = await agree(), await gate.caller(Role.HEART_NAVIGATOR)
    async with transaction(gate.house.engine) as holding:  # both have read version 1 before either may write
        await holding.execute(text("SELECT FROM consent_epoch FOR UPDATE"))
        path = f"/v1/consents/{consent['id']}/revoke"
        asking = [asyncio.create_task(navigator.post(path)) for _ in range(2)]
        while await holding.scalar(WAITING) < 2:  # noqa: ASYNC110  # PostgreSQL tells nobody that somebody waits
            await asyncio.sleep(0.01)
    answers = [(answer.status_code, answer.json()["version"]) for answer in await asyncio.gather(*asking)]
    assert answers == [(200, 2), (200, 2)]
    assert (await navigator.get(f"/v1/consents/{consent['id']}")).json()["status"] == "revoked"


async def test_a_newer_consent_under_the_same_policy_stands_for_the_older(gate: Gate, agree: Agree) -> None:
    older = await agree()
    await agree(policy=older["policy"], categories=["contact"])
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    assert (await navigator.post("/v1/queries", question(gate, "ems.summary"))).status_code == 403
    assert (await navigator.post("/v1/queries", question(gate, "contact"))).status_code == 200


async def test_share_nothing_with_justice_holds_against_every_consent(gate: Gate, agree: Agree) -> None:
    await agree(recipients=["HEART", "JUSTICE"], denials=[{"recipient": "JUSTICE"}])
    navigator, justice = [await gate.caller(r) for r in (Role.HEART_NAVIGATOR, Role.JUSTICE_CASE_MANAGER)]
    assert (await navigator.post("/v1/queries", question(gate, "care_team"))).status_code == 200
    assert (await justice.post("/v1/queries", question(gate, "care_team"))).status_code == 403


async def test_a_directive_closes_what_a_consent_opens(gate: Gate) -> None:
    subject, actor = gate.county.known_to_dss_alone(1)
    worker = await gate.caller(Role.DSS_CASEWORKER, actor=actor)
    await worker.post("/v1/consents", gate.county.agreement(subject=subject, recipients=["DSS"], custodians=["DSS"]))
    asked = {"subject": subject, "purpose": "COC", "categories": ["identity.core"], "custodians": ["DSS"]}
    assert (await worker.post("/v1/queries", asked)).status_code == 200
    before = await gate.size()
    scope = {"subject": subject, "kind": "do-not-share", "scope": {"recipient": "DSS"}}
    assert (await worker.post("/v1/directives", scope)).status_code == 201
    assert (await worker.post("/v1/queries", asked)).status_code == 403
    decided = (await gate.since(before))[-1]
    assert {item["reason"] for item in decided["detail"]["items"]} == {"CONSENT_DENIES"}


@pytest.mark.parametrize("path", ["/v1/consents", "/v1/directives"])
async def test_nothing_is_put_on_file_for_a_person_nobody_knows(gate: Gate, path: str) -> None:
    nobody = {"identifier": {"custodian": "EMS", "value": "EP00000000"}}
    directive = {"subject": nobody, "kind": "do-not-share", "scope": {"recipient": "JUSTICE"}}
    body = directive if path.endswith("directives") else gate.county.agreement(subject=nobody)
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    answer = await navigator.post(path, body)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/access-denied")
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("consent-recorded", "deny")]


@pytest.mark.parametrize(
    "change",
    [
        {"signed_at": "9999-12-31T00:00:00Z"},
        {"signed_at": "0001-01-01T00:00:00+14:00"},
        {"signed_at": 0},
        {"signed_at": "2026-01-01T00:00:00"},
        {"end": "9999-12-31"},
        {"start": "2030-01-02", "end": "2030-01-01"},
        {"part2_elements": True},
        {"statements": ["all of them"]},
        {"initialled": ["everything"]},
        {"custodians": ["NOBODY"]},
        {"recipients": []},
        {"denials": [{}]},
        {"document_sha256": "0" * 63},
        {"unheard": "of"},
    ],
    ids=lambda change: "-".join(f"{name}" for name in change),
)
async def test_a_consent_out_of_bounds_is_refused_and_poisons_nothing(gate: Gate, change: JSON) -> None:
    """A signing day whose year cannot be added to once made every later question about that person fail."""
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    answer = await navigator.post("/v1/consents", gate.county.agreement(**change))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-query")
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("query-refused", "bad-query")]
    after = await navigator.post("/v1/queries", question(gate, "ems.summary"))
    assert after.json()["type"] == "/problems/access-denied"


@pytest.mark.parametrize("name", ["%00", "%ff", "c-1", "c-" + "g" * 32, "..%2f..%2fetc"])
async def test_a_consents_name_that_cannot_be_one_is_not_looked_up(gate: Gate, name: str) -> None:
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    for answer in (await navigator.get(f"/v1/consents/{name}"), await navigator.post(f"/v1/consents/{name}/revoke")):
        assert (answer.status_code, answer.json()["type"]) in {
            (400, "/problems/bad-query"),
            (404, "/problems/not-found"),
        }
