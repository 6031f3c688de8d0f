"""An engine's answer is taken whole or not at all: one thing odd about it and there is no decision."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from policies.decision import PolicyError, parse
from policies.request import Request
from policies.vocabulary import Agency, Reason
from tests.policies.questions import PERMITTED, SIGNED

REVISION = "0123456789abcdef"
ASKED = replace(PERMITTED, items=(*PERMITTED.items, replace(PERMITTED.items[0], fields=("transport_destination",))))
GRANTED: dict[str, Any] = {
    "key": "EMS/ems.summary",
    "permit": True,
    "fields": ["encounter_count_30d"],
    "basis": ["CONSENT"],
    "consents": [0],
    "reason": "",
    "obligations": ["AOD", "AUDIT", "ENCRYPTT"],
}
REFUSED: dict[str, Any] = {
    "key": "EMS/ems.summary",
    "permit": False,
    "fields": [],
    "basis": [],
    "consents": [],
    "reason": "NOT_NECESSARY_FOR_ROLE",
    "obligations": [],
}
GOOD: dict[str, Any] = {"revision": REVISION, "items": [GRANTED, REFUSED]}

ODD_WHOLES: list[object] = [
    None,
    [],
    {},
    "",
    True,
    0,
    [GOOD],
    {"result": GOOD},
    {"items": GOOD["items"]},
    {"revision": REVISION},
    {**GOOD, "extra": 1},
    {**GOOD, "revision": "fedcba9876543210"},
    {**GOOD, "revision": None},
    {**GOOD, "items": None},
    {**GOOD, "items": {}},
    {**GOOD, "items": []},
    {**GOOD, "items": [GRANTED]},
    {**GOOD, "items": [GRANTED, REFUSED, REFUSED]},
    {**GOOD, "items": [GRANTED, None]},
    {**GOOD, "items": [GRANTED, []]},
    {**GOOD, "items": [GRANTED, GRANTED]},
]

ODD_PERMITS: list[dict[str, Any]] = [
    {"key": "EMS/contact"},
    {"key": None},
    {"permit": 1},
    {"permit": "true"},
    {"permit": None},
    {"permit": False},
    {"fields": []},
    {"fields": ["phone"]},
    {"fields": ["encounter_count_30d", "phone"]},
    {"fields": ["encounter_count_30d", "encounter_count_30d"]},
    {"fields": "encounter_count_30d"},
    {"fields": {"encounter_count_30d": True}},
    {"fields": [None]},
    {"fields": [["encounter_count_30d"]]},
    {"basis": []},
    {"basis": ["BECAUSE"]},
    {"basis": [None]},
    {"basis": ["CONSENT", "CONSENT"]},
    {"basis": ["H-506-TREAT"]},
    {"basis": "CONSENT"},
    {"consents": []},
    {"consents": [1]},
    {"consents": [-1]},
    {"consents": [True]},
    {"consents": [0.0]},
    {"consents": ["0"]},
    {"consents": [0, 0]},
    {"consents": None},
    {"reason": "CONSENT_REVOKED"},
    {"reason": None},
    {"reason": 0},
    {"obligations": []},
    {"obligations": ["AUDIT"]},
    {"obligations": ["AOD", "AUDIT", "ENCRYPTT", "FORGET"]},
    {"obligations": ["AOD", "AOD", "AUDIT", "ENCRYPTT"]},
    {"obligations": None},
    {"extra": 1},
]

ODD_REFUSALS: list[dict[str, Any]] = [
    {"permit": True},
    {"reason": ""},
    {"reason": "NOBODY_KNOWS"},
    {"reason": ["NOT_NECESSARY_FOR_ROLE"]},
    {"fields": ["transport_destination"]},
    {"basis": ["CONSENT"]},
    {"consents": [0]},
    {"obligations": ["AUDIT"]},
]


def altered(place: int, change: dict[str, Any]) -> dict[str, Any]:
    answer = deepcopy(GOOD)
    answer["items"][place].update(change)
    return answer


def refuses(answer: object, request: Request = ASKED) -> None:
    with pytest.raises(PolicyError):
        parse(answer, request, REVISION)


def test_a_good_answer_is_taken_as_it_is() -> None:
    decision = parse(GOOD, ASKED, REVISION)
    assert [verdict.permit for verdict in decision.verdicts] == [True, False]
    assert decision.verdicts[0].fields == {"encounter_count_30d"}
    assert decision.verdicts[1].reason is Reason.NOT_NECESSARY_FOR_ROLE
    assert decision.permitted


@pytest.mark.parametrize("place", range(len(ODD_WHOLES)))
def test_an_odd_answer_is_no_decision(place: int) -> None:
    refuses(ODD_WHOLES[place])


@pytest.mark.parametrize("place", range(len(ODD_PERMITS)))
def test_an_odd_permit_is_no_decision(place: int) -> None:
    refuses(altered(0, ODD_PERMITS[place]))


@pytest.mark.parametrize("place", range(len(ODD_REFUSALS)))
def test_an_odd_refusal_is_no_decision(place: int) -> None:
    refuses(altered(1, ODD_REFUSALS[place]))


@pytest.mark.parametrize("part", sorted(GRANTED))
def test_a_verdict_without_one_of_its_parts_is_no_decision(part: str) -> None:
    for place in (0, 1):
        answer = deepcopy(GOOD)
        del answer["items"][place][part]
        refuses(answer)


def test_the_verdicts_of_another_order_are_no_decision() -> None:
    two = replace(PERMITTED, items=(PERMITTED.items[0], replace(PERMITTED.items[0], custodian=Agency.DSS)))
    good = {"revision": REVISION, "items": [GRANTED, {**REFUSED, "key": "DSS/ems.summary"}]}
    turned: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: {**answer, "items": answer["items"][::-1]}  # noqa: E731  # named for what it does
    assert parse(good, two, REVISION).permitted
    refuses(turned(good), two)


def test_a_consent_that_the_question_does_not_hold_carries_nothing() -> None:
    refuses(GOOD, replace(ASKED, consents=()))
    assert parse(altered(0, {"consents": [1]}), replace(ASKED, consents=(SIGNED, SIGNED)), REVISION).permitted
