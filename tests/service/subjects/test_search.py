"""Looking a person up by what a caller knows: exactly one person, clear of all others, or nobody."""

from datetime import date

import pytest

from service.gateway.ports import Sighting
from service.gateway.query import ByDemographics
from service.subjects.model import of_claim, of_sighting
from service.subjects.search import find
from tests.service.subjects.people_alike import a_child_of, somebody

NAME: dict[str, object] = {"given": "Keisha", "family": "Satterfield"}
BORN: dict[str, object] = {"birth_date": date(1984, 5, 17)}
PHONE: dict[str, object] = {"phone": "9195550142"}
HOME: dict[str, object] = {"street": "1204 Hawthorn Street", "zip": "27701"}


def found(claim: dict[str, object], *persons: Sighting) -> str | None:
    """Whom the claim finds among persons s-0, s-1, ..."""
    named = of_claim(ByDemographics(**claim))  # type: ignore[arg-type]  # tests name the fields
    return find(named, {f"s-{n}": [of_sighting(seen)] for n, seen in enumerate(persons)})


@pytest.mark.parametrize(
    "claim", [NAME | BORN, NAME | PHONE, NAME | HOME, BORN | PHONE, BORN | HOME, NAME | BORN | HOME]
)
def test_two_demographics_that_agree_find_the_person(claim: dict[str, object]) -> None:
    assert found(claim, somebody()) == "s-0"


@pytest.mark.parametrize("claim", [NAME, PHONE | HOME, {"given": "Keisha"} | HOME])
def test_what_a_household_shares_finds_nobody(claim: dict[str, object]) -> None:
    assert found(claim, somebody()) is None


def test_two_persons_who_both_answer_are_nobody() -> None:
    assert found(NAME | BORN, somebody(), somebody(phone="")) is None


def test_a_twin_is_not_found_by_the_other_twins_name() -> None:
    assert found(NAME | BORN | PHONE | HOME, somebody(given="Keisa"), somebody(given="Denise")) is None


def test_twins_are_told_apart_by_name() -> None:
    assert found(NAME | BORN | HOME, somebody(given="Denise"), somebody()) == "s-1"


def test_a_parent_is_not_taken_for_the_child_of_the_same_name() -> None:
    parent = somebody(suffix="Sr")
    child = a_child_of(parent, suffix="Jr")
    assert found(NAME | BORN | HOME, child) is None
    assert found(NAME | BORN | HOME, child, parent) == "s-1"


@pytest.mark.parametrize("claim", [NAME | PHONE, NAME | HOME])
def test_a_junior_is_not_found_without_a_birth_date(claim: dict[str, object]) -> None:
    assert found(claim, somebody(suffix="Jr")) is None


def test_a_birth_date_the_index_lacks_cannot_be_agreed_with() -> None:
    assert found(NAME | BORN | PHONE | HOME, somebody(birth_date=None)) is None


def test_one_slip_of_the_caller_still_finds() -> None:
    assert found({"given": "Kiesha", "family": "Satterfield"} | BORN, somebody()) == "s-0"
    assert found(NAME | {"birth_date": date(1984, 5, 18)} | PHONE, somebody()) == "s-0"


def test_two_slips_do_not() -> None:
    assert found({"given": "Kiesha", "family": "Saterfield"} | BORN, somebody()) is None
