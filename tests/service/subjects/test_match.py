"""The score: the same whoever comes first, and never enough to make one person of two."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.gateway.ports import Sighting
from service.subjects import match
from service.subjects.compare import Likeness
from service.subjects.match import Likelihood, likelihood
from service.subjects.model import of_sighting
from tests.service.subjects.people_alike import TWINS, a_child_of, sightings, somebody


def compared(one: Sighting, other: Sighting) -> Likelihood:
    return likelihood(of_sighting(one), of_sighting(other))


@given(sightings(), sightings())
def test_the_order_of_comparison_does_not_matter(one: Sighting, other: Sighting) -> None:
    assert compared(one, other) == compared(other, one)


@given(sightings())
def test_a_line_read_twice_is_never_contradicted_by_itself(seen: Sighting) -> None:
    assert not compared(seen, seen).contradicted


@given(sightings(), st.sampled_from(TWINS))
def test_twins_are_never_linked_whatever_they_share_at_home(seen: Sighting, names: tuple[str, str]) -> None:
    shared = replace(seen, middle="", medicaid_id="", ssn4="")
    assert not compared(replace(shared, given=names[0]), replace(shared, given=names[1])).links


@given(sightings(), st.sampled_from(("Jr", "")), st.sampled_from(("Sr", "")))
def test_a_parent_and_child_of_one_name_are_never_linked(seen: Sighting, junior: str, senior: str) -> None:
    parent = replace(seen, suffix=senior, medicaid_id="", ssn4="")
    assert not compared(parent, a_child_of(parent, suffix=junior)).links


@given(sightings())
def test_without_a_birth_date_a_household_is_not_a_person(seen: Sighting) -> None:
    shared = replace(seen, medicaid_id="", ssn4="")
    assert not compared(shared, replace(shared, birth_date=None)).links


@given(sightings())
def test_junior_and_senior_are_two_even_with_one_birth_date(seen: Sighting) -> None:
    assert not compared(replace(seen, suffix="Jr"), replace(seen, suffix="Sr")).links


@given(sightings())
def test_two_medicaid_numbers_are_two_people_until_a_human_says_otherwise(seen: Sighting) -> None:
    assert not compared(replace(seen, medicaid_id="900000001K"), replace(seen, medicaid_id="912345678M")).links


@given(sightings(), sightings())
def test_four_digits_of_a_social_security_number_never_suffice(one: Sighting, other: Sighting) -> None:
    seen = [Sighting(s.custodian, s.local_id, s.given, s.family, middle=s.middle, ssn4="4821") for s in (one, other)]
    assert not compared(*seen).links


@pytest.mark.parametrize(
    "spelt",
    [
        {"given": "Kiesha"},
        {"family": "Saterfield"},
        {"family": "Satterfield-Alston"},
        {"given": "Satterfield", "family": "Keisha"},
        {"birth_date": date(1984, 5, 18)},
        {"street": "9 Elm St", "phone": ""},
        {"family": "Alston"},
        {"phone": "919-555-0124"},
    ],
)
def test_one_slip_does_not_make_two_people(spelt: dict[str, object]) -> None:
    assert compared(somebody(), somebody(**spelt)).links


def test_a_day_and_month_exchanged_is_a_slip() -> None:
    assert compared(somebody(birth_date=date(1984, 5, 7)), somebody(birth_date=date(1984, 7, 5))).links


def test_a_nickname_is_the_same_given_name() -> None:
    assert compared(somebody(given="Elizabeth"), somebody(given="Betty")).links


def test_the_same_medicaid_number_links_across_a_changed_name_and_address() -> None:
    seen = somebody(medicaid_id="900123456K")
    assert compared(seen, replace(seen, family="Alston", street="", phone="", birth_date=None)).links


def test_the_same_medicaid_number_with_another_given_name_is_for_a_human() -> None:
    seen = somebody(medicaid_id="900123456K")
    found = compared(seen, replace(seen, given="Darnell"))
    assert not found.links
    assert found.asks


def test_a_newborn_under_the_mothers_medicaid_number_is_for_a_human() -> None:
    seen = somebody(medicaid_id="900123456K")
    assert not compared(seen, replace(seen, given="Baby Girl", birth_date=None)).links


def test_neighbors_of_one_name_are_strangers() -> None:
    found = compared(somebody(), somebody(birth_date=date(1951, 11, 2), street="9 Elm St", phone="919-555-0177"))
    assert not found.links
    assert not found.asks


def test_every_agreement_speaks_for_and_every_difference_against() -> None:
    tables = (match.GIVEN, match.FAMILY, match.BIRTH_DATE, match.ADDRESS, match.PHONE, match.MEDICAID, match.SSN4)
    assert all(table[Likeness.SAME] > 0 > table[Likeness.DIFFERENT] for table in tables)
