"""Promise 2, of the rules' answer: odd in any way, it is no decision at all; nothing leaves and the log says so."""

from typing import Any

import pytest

from policies.decision import Decision, parse
from service.problems import PolicyUnavailable, Problem
from tests.service.gateway.engines import FakeEngine, saying
from tests.service.gateway.world import World, rules

DOCUMENT: dict[str, Any] = {
    "revision": rules().revision,
    "items": [
        {
            "key": key,
            "permit": True,
            "fields": [name],
            "basis": ["H-506-TREAT"],
            "consents": [],
            "reason": "",
            "obligations": ["AOD", "AUDIT", "ENCRYPTT"],
        }
        for key, name in (("EMS/ems.summary", "last_encounter_date"), ("LINCOLN/clinical.summary", "pcp_name"))
    ],
}


def item(place: int, **changes: object) -> dict[str, Any]:
    """The good document with one item changed."""
    items = [dict(i) for i in DOCUMENT["items"]]
    items[place] |= changes
    return {**DOCUMENT, "items": items}


MALFORMED: list[object] = [
    {},
    None,
    [],
    "permit",
    True,
    {**DOCUMENT, "revision": "another"},
    {**DOCUMENT, "allow": True},
    {**DOCUMENT, "items": DOCUMENT["items"][:1]},
    {**DOCUMENT, "items": DOCUMENT["items"][::-1]},
    {**DOCUMENT, "items": [DOCUMENT["items"][0]] * 2},
    {**DOCUMENT, "items": DOCUMENT["items"] * 2},
    item(1, permit="true"),
    item(1, permit=1),
    item(1, fields=["ssn"]),
    item(1, fields=[]),
    item(1, fields="pcp_name"),
    item(1, basis=[]),
    item(1, consents=[7], basis=["CONSENT"]),
    item(1, consents=[-1], basis=["CONSENT"]),
    item(1, consents=[True], basis=["CONSENT"]),
    item(1, basis=["CONSENT"]),
    item(1, reason="CONSENT_REVOKED"),
    item(1, reason="SOMETHING"),
    item(1, obligations=[]),
    item(1, obligations=["AUDIT", "WHATEVER"]),
    item(1, permit=False),
    item(1, extra=1),
]


async def test_the_engines_good_answer_is_taken() -> None:
    assert len((await World(engine=saying(DOCUMENT)).ask()).items) == 2


@pytest.mark.parametrize("place", range(len(MALFORMED)))
async def test_an_answer_of_the_rules_that_is_odd_in_any_way_refuses_and_is_logged(place: int) -> None:
    world = World(engine=saying(MALFORMED[place]))
    assert type(await world.refusal()) is PolicyUnavailable
    assert (world.log, world.sources.asked) == (["failed policy-unavailable"], [])


async def test_a_verdict_too_few_refuses_and_is_logged() -> None:
    short = FakeEngine(lambda request: Decision("x", parse(DOCUMENT, request, rules().revision).verdicts[:1]))
    world = World(engine=short)
    assert type(await world.refusal()) is Problem
    assert (world.log[-1], world.sources.asked) == ("failed problem", [])
