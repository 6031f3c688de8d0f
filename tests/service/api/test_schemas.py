"""Bodies as types: no member, no type and no day that was not agreed; and errors that never quote."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from service.api.schemas import DemographicsBody, EmergencyBody, IdentifierBody, QueryBody, SubjectBody, SummaryBody
from service.gateway.query import ByDemographics, ByIdentifier

SUBJECT = {"identifier": {"custodian": "EMS", "value": "EXAMPLE-1"}}
QUERY: dict[str, Any] = {"subject": SUBJECT, "purpose": "COC", "categories": ["contact"]}
EMERGENCY: dict[str, Any] = {"attested": True, "nature": "trauma", "facility": "f-1", "can_consent": False}
MARKED = "Zebulon-Q7"


def parsed(body: type[BaseModel], document: object) -> BaseModel:
    """As FastAPI does it: JSON first, then the type."""
    return body.model_validate(json.loads(json.dumps(document)))


def test_a_body_becomes_the_gateways_own_types() -> None:
    by_id = SubjectBody.model_validate(SUBJECT).claim()
    described = {"given": "A", "family": "B", "birth_date": "2000-01-02"}
    by_name = SubjectBody.model_validate({"demographics": described}).claim()
    assert by_id == ByIdentifier("EMS", "EXAMPLE-1")  # type: ignore[arg-type]  # an Agency is its text
    assert by_name == ByDemographics(given="A", family="B", birth_date=date(2000, 1, 2))
    assert EmergencyBody.model_validate(EMERGENCY).emergency().nature == "trauma"


@pytest.mark.parametrize(
    "two",
    [
        {"given": "A", "family": "B", "phone": "9195550100"},
        {"birth_date": "2000-01-02", "street": "1 A St", "zip": "27701"},
        {"given": "A", "family": "B", "birth_date": "2000-01-02"},
    ],
    ids=" and ".join,
)
def test_two_demographics_are_enough(two: dict[str, str]) -> None:
    assert parsed(DemographicsBody, two)


@pytest.mark.parametrize(
    "fewer",
    [
        {},
        {"given": "A", "family": "B"},
        {"given": "A", "birth_date": "2000-01-02"},
        {"street": "1 A St", "phone": "9195550100"},
        {"zip": "27701", "given": "A", "family": "B"},
    ],
    ids=" and ".join,
)
def test_one_and_a_half_are_not(fewer: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="at least two"):
        parsed(DemographicsBody, fewer)


@pytest.mark.parametrize(
    "day",
    [0, "0", "1577836800", 20000102, "2000-13-01", "01/02/2000", "1849-12-31", "2200-01-01", True, "\u0662000-01-02"],
    ids=str,
)
def test_a_day_is_written_as_iso_has_it_and_lies_within_reach(day: object) -> None:
    with pytest.raises(ValidationError):
        parsed(DemographicsBody, {"phone": "9195550100", "birth_date": day})


@pytest.mark.parametrize("member", ["attested", "can_consent", "capable_refusal"])
@pytest.mark.parametrize("value", ["true", "yes", 1, 0, None], ids=str)
def test_an_attestation_is_true_or_false_and_nothing_like_it(member: str, value: object) -> None:
    with pytest.raises(ValidationError):
        parsed(EmergencyBody, EMERGENCY | {member: value})


@pytest.mark.parametrize("missing", ["attested", "nature", "facility", "can_consent"])
def test_an_emergency_is_attested_whole(missing: str) -> None:
    with pytest.raises(ValidationError):
        parsed(EmergencyBody, {name: value for name, value in EMERGENCY.items() if name != missing})


@pytest.mark.parametrize("value", ["", "a b", "a;b", "a\n", "*", "x" * 129, "a/b", "ä"], ids=repr)
def test_an_identifier_is_plain_characters_and_not_many(value: str) -> None:
    with pytest.raises(ValidationError):
        parsed(IdentifierBody, {"custodian": "EMS", "value": value})


@pytest.mark.parametrize("body", [QueryBody, SummaryBody, SubjectBody, EmergencyBody])
def test_no_body_takes_a_member_it_does_not_know_or_quotes_it(body: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as refused:
        parsed(body, {MARKED: MARKED, "subject": {"identifier": MARKED}, "nature": MARKED})
    assert MARKED not in str([{**error, "loc": ()} for error in refused.value.errors(include_input=False)])


def test_a_body_cannot_be_changed_once_it_is_parsed() -> None:
    body = QueryBody.model_validate(QUERY)
    with pytest.raises(ValidationError, match="frozen"):
        body.purpose = "TREAT"  # type: ignore[assignment]  # that is the test
    assert body.purpose == "COC"
