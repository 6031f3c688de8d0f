"""Particulars made comparable: what desks spell differently becomes the same, and placeholders become unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.gateway.query import ByDemographics
from service.subjects.keys import keys
from service.subjects.model import facts, of_claim, of_sighting
from tests.service.subjects.people_alike import somebody


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"given": "José"}, {"given": "JOSE"}),
        ({"family": "O\u2019Neal"}, {"family": "ONeal"}),
        ({"family": "García-López"}, {"family": "Garcia Lopez"}),
        ({"family": "Mangum Jr."}, {"family": "Mangum", "suffix": "JR"}),
        ({"street": "1204 Hawthorn St Apt 3B"}, {"street": "1204 HAWTHORN STREET"}),
        ({"street": "77 N. Main Rd #4"}, {"street": "77 Main Road"}),
        ({"phone": "+1 (919) 555-0142"}, {"phone": "9195550142"}),
        ({"medicaid_id": "123 456 789-k"}, {"medicaid_id": "123456789K"}),
        ({"zip": "27701-1234"}, {"zip": "27701"}),
        ({"sex": "female"}, {"sex": "F"}),
    ],
)
def test_spellings_of_one_thing_are_one(one: dict[str, str], other: dict[str, str]) -> None:
    assert of_sighting(somebody(**one)) == of_sighting(somebody(**other))


@pytest.mark.parametrize(
    "placeholder",
    [
        {"given": "Unknown"},
        {"phone": "000-000-0000"},
        {"phone": "5550142"},
        {"ssn4": "9999"},
        {"medicaid_id": "0000000000"},
        {"medicaid_id": "12"},
        {"street": "Homeless"},
        {"sex": "U"},
    ],
)
def test_a_placeholder_is_unknown(placeholder: dict[str, str]) -> None:
    missing = dict.fromkeys(placeholder, "")
    assert of_sighting(somebody(**placeholder)) == of_sighting(somebody(**missing))


def test_a_street_named_for_a_direction_keeps_its_name() -> None:
    assert of_sighting(somebody(street="9 North St")).street


@pytest.mark.parametrize(
    ("claim", "count"),
    [
        (ByDemographics(given="Keisha"), 0),
        (ByDemographics(given="Keisha", family="Alston"), 1),
        (ByDemographics(given="Keisha", family="Alston", phone="919-555-0142"), 2),
        (ByDemographics(zip="27701", phone="919-555-0142"), 1),
        (ByDemographics(street="12 Oak St", phone="919-555-0142"), 2),
        (ByDemographics(given="Unknown", family="Unknown", phone="000-000-0000"), 0),
    ],
)
def test_only_what_identifies_counts_as_a_demographic(claim: ByDemographics, count: int) -> None:
    assert facts(of_claim(claim)) == count


@given(st.text(), st.text(), st.text(), st.dates())
def test_any_text_at_all_can_be_compared(given_name: str, family: str, street: str, born: object) -> None:
    traits = of_sighting(somebody(given=given_name, family=family, street=street, birth_date=born))
    assert keys(traits)
