"""A preview says exactly what a signature would open, over the real rules, and records nothing but the look."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from consent.facts import DURHAM
from policies.vocabulary import Agency, Role
from service.identity.staff import Post
from tests.promises.edge.gate import STAFF, TODAY, Gate, agreement, by_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = dict[str, Any]  # documents of the contract's shapes
TICKS = ["who-heart", "what-ems", "what-health", "why-together"]
TOMORROW = (TODAY + timedelta(days=1)).isoformat()
CLINICIAN = STAFF[1]


async def looked(
    gate: Gate, ticks: list[str] | None = None, days: list[str] | None = None, who: Post = STAFF[0], **more: object
) -> httpx.Response:
    """What would be seen, were these boxes of the first form ticked by the person known as E-1."""
    ticked = {"form": "care-coordination", "subject": by_id("E-1"), "ticks": ticks or TICKS} | more
    return await gate.post("/v1/consents:preview", {"ticked_form": ticked, "days": days or [TOMORROW]}, who)


def lines(answer: httpx.Response, **only: str) -> list[JSON]:
    """The lines that would let something leave."""
    assert answer.status_code == 200, answer.text
    return [x for x in answer.json()["sees"] if x["fields"] and all(x[name] == value for name, value in only.items())]


async def sign(gate: Gate, ticks: list[str]) -> None:
    """The person known as E-1 signs the first form, ticked so."""
    name = {"person": "A Neighbor", "signer": "A Neighbor"}
    body = {"language": "en", "ticks": ticks, "signed_at": gate.house.clock().isoformat()} | name
    text = (await gate.post("/v1/forms/care-coordination/documents", body)).json()
    told = body | {"subject": by_id("E-1"), "document_sha256": text["document_sha256"]}
    assert (await gate.post("/v1/forms/care-coordination/signatures", told)).status_code == 201


async def test_a_preview_shows_what_each_ticked_box_opens_with_its_rule_and_citation(gate: Gate) -> None:
    seen = lines(await looked(gate))
    opened = {(x["agency"], x["role"], x["custodian"], x["category"]) for x in seen if x["by_this_consent"]}
    assert opened == {
        ("HEART", "heart_navigator", "EMS", "ems.summary"),
        ("HEART", "heart_navigator", "LINCOLN", "clinical.summary"),
    }
    for line in seen:
        assert line["citations"]
        assert line["rules"] == (["CONSENT"] if line["by_this_consent"] else ["J-PUBLIC"])


async def test_what_the_preview_shows_is_what_a_question_gets_once_it_is_signed(gate: Gate) -> None:
    seen = {(x["custodian"], x["category"], *x["fields"]) for x in lines(await looked(gate))}
    await sign(gate, TICKS)
    answer = (await gate.ask()).json()
    left = {(i["custodian"], i["category"], *i["values"]) for i in answer["items"]}
    asked = {"ems.summary", "clinical.summary"}
    assert left == {(c, g, *sorted(fields)) for c, g, *fields in seen if g in asked}
    assert len(left) == 2


async def test_before_it_begins_and_after_it_ends_it_opens_nothing(gate: Gate) -> None:
    today = gate.house.clock().astimezone(DURHAM).date()
    days = [(today + timedelta(days=n)).isoformat() for n in (-1, 0, 365, 366)]
    seen = lines(await looked(gate, days=days), custodian="EMS", category="ems.summary")
    assert [x["day"] for x in seen] == days[1:3]


async def test_a_box_that_needs_a_mark_opens_nothing_until_it_has_it(gate: Gate) -> None:
    assert not lines(await looked(gate), category="sud.part2")
    marked = lines(await looked(gate, [*TICKS, "what-sud"]), category="sud.part2")
    assert marked == []  # neither connected custodian here is one the box names
    whole = {"consent": {**agreement(categories=["sud.part2", "ems.summary"]), "channel": "paper"}, "days": [TOMORROW]}
    answer = await gate.post("/v1/consents:preview", whole)
    assert (answer.json()["agreed"], lines(answer, category="sud.part2")) == (["ems.summary"], [])


async def test_a_directive_on_file_closes_what_the_preview_would_open(gate: Gate) -> None:
    scope = {"subject": by_id("E-1"), "kind": "do-not-share", "scope": {"recipient": "HEART", "custodian": "EMS"}}
    await gate.post("/v1/directives", scope)
    assert {x["custodian"] for x in lines(await looked(gate)) if x["by_this_consent"]} == {"LINCOLN"}


async def test_why_something_stays_is_told_in_full_to_the_officer_alone(gate: Gate) -> None:
    scope = {"subject": by_id("E-1"), "kind": "do-not-share", "scope": {"recipient": "HEART", "custodian": "EMS"}}
    await gate.post("/v1/directives", scope)
    kept = [
        {reason for x in answer.json()["sees"] if x["category"] == "ems.summary" for reason in x["kept"].values()}
        for answer in (await looked(gate), await looked(gate, who=STAFF[2]))
    ]
    assert "CONSENT_DENIES" not in kept[0]
    assert "NOT_SHARED" in kept[0]
    assert "CONSENT_DENIES" in kept[1]


async def test_only_somebody_who_works_with_the_person_may_look_and_both_looks_are_logged(gate: Gate) -> None:
    before = await gate.size()
    stranger = await looked(gate, subject=by_id("E-2"))
    nobody = await looked(gate, subject=by_id("E-nobody"))
    assert (stranger.status_code, nobody.status_code) == (403, 403)
    assert [{**a.json(), "instance": ""} for a in (stranger, nobody)] == [{**nobody.json(), "instance": ""}] * 2
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("simulated", "deny")] * 2


async def test_nothing_is_recorded_but_the_look(gate: Gate) -> None:
    before = await gate.size()
    await looked(gate)
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("simulated", "permit")]
    assert (await gate.ask()).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"ticks": ["who-heart"]},
        {"ticks": ["nothing"]},
        {"form": "Nothing!"},
        {"last_day": "2199-01-01"},
        {"form": "no"},
    ],
    ids="-".join,
)
async def test_what_could_not_be_signed_has_no_preview_whoever_it_is_about(gate: Gate, change: JSON) -> None:
    changes: dict[str, Any] = change
    for person in ("E-1", "E-nobody"):
        answer = await looked(gate, **{"subject": by_id(person)} | changes)
        assert answer.status_code in {400, 404}


@pytest.mark.parametrize("days", [[], [TOMORROW] * 7, ["soon"]], ids=["none", "many", "odd"])
async def test_days_are_few_and_real(gate: Gate, days: list[str]) -> None:
    ticked = {"form": "care-coordination", "subject": by_id("E-1"), "ticks": TICKS}
    answer = await gate.post("/v1/consents:preview", {"ticked_form": ticked, "days": days})
    assert answer.status_code == 400


async def test_a_clinician_sees_by_law_what_no_tick_gave_and_the_preview_says_so(gate: Gate) -> None:
    ticks = ["who-lincoln", "what-health", "why-treat"]
    seen = lines(await looked(gate, ticks, who=CLINICIAN), agency=Agency.LINCOLN, role=Role.LINCOLN_CLINICIAN)
    by_law = [x for x in seen if x["category"] == "ems.clinical"]
    assert by_law
    assert not any(x["by_this_consent"] for x in by_law)
