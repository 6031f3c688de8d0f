"""The synthetic county is the same every time, realistic in its troubles, and holds nobody real."""

import re
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from policies.vocabulary import Agency
from service.county.county_truth import Neighbor, neighbors
from service.county.people import AGENCIES, Person, people

SEED = 7


@pytest.fixture(scope="module")
def county() -> list[Person]:
    return list(people(SEED, 4000))


@pytest.fixture(scope="module")
def truth() -> list[Neighbor]:
    return list(neighbors(SEED, 4000))


def test_a_person_is_the_same_however_many_are_drawn(county: list[Person]) -> None:
    assert [*people(SEED, 7)] == county[:7]
    assert [*people(SEED + 1, 7)] != county[:7]


def test_everybody_is_known_somewhere_and_most_to_one_or_two_agencies(county: list[Person]) -> None:
    known = Counter(len(person.seen) for person in county)
    assert set(known) == {1, 2, 3, 4}
    assert known[1] + known[2] > 0.85 * len(county)


def test_under_one_in_a_hundred_is_familiar_adult_and_known_to_all_four(county: list[Person]) -> None:
    familiar = [person for person in county if person.familiar]
    assert 0.005 <= len(familiar) / len(county) <= 0.01
    assert all(set(person.seen) == set(AGENCIES) for person in familiar)
    born = [seen.birth_date for person in familiar for seen in person.seen.values() if seen.birth_date]
    assert max(born) < date(2008, 1, 1)


@pytest.mark.parametrize("agency", AGENCIES)
def test_no_two_people_share_an_agencys_number_and_numbers_do_not_run_in_order(
    county: list[Person], agency: Agency
) -> None:
    ids = [person.seen[agency].local_id for person in county if agency in person.seen]
    assert len(set(ids)) == len(ids)
    rising = sum(a < b for a, b in pairwise(ids)) / len(ids)
    assert 0.4 < rising < 0.6


def test_a_medicaid_number_has_north_carolinas_form_and_one_owner(county: list[Person]) -> None:
    owners = {(seen.medicaid_id, p.number) for p in county for seen in p.seen.values() if seen.medicaid_id}
    assert all(re.fullmatch(r"[1-9]\d{8}[KLMNPQRST]", number) for number, _ in owners)
    assert len({number for number, _ in owners}) == len(owners)


def test_the_agencies_disagree_about_names_and_birth_dates(county: list[Person]) -> None:
    several = [list(person.seen.values()) for person in county if len(person.seen) > 1]
    names = sum(len({(s.given, s.family) for s in seen}) > 1 for seen in several) / len(several)
    born = sum(len({s.birth_date for s in seen if s.birth_date}) > 1 for seen in several) / len(several)
    assert 0.15 < names < 0.5
    assert 0.01 < born < 0.1


def test_ems_never_knows_a_medicaid_number_and_lincoln_only_some(county: list[Person]) -> None:
    carried = Counter(agency for p in county for agency, seen in p.seen.items() if seen.medicaid_id)
    known = Counter(agency for p in county for agency in p.seen)
    assert carried[Agency.EMS] == 0
    assert 0.3 < carried[Agency.LINCOLN] / known[Agency.LINCOLN] < 0.7


def test_many_without_a_home_have_no_address_or_a_shelters(county: list[Person]) -> None:
    streets = Counter(seen.street for p in county if p.homeless for seen in p.seen.values())
    assert streets[""] > 0.3 * streets.total()
    assert max(count for street, count in streets.items() if street) > 5


def test_twins_share_all_but_their_given_name_and_numbers(truth: list[Neighbor]) -> None:
    twins = [(a, b) for a, b in pairwise(truth) if (a.birth_date, a.home) == (b.birth_date, b.home)]
    assert len(twins) > 10
    for a, b in twins:
        assert (a.family, a.before) == (b.family, b.before)
        assert a.given != b.given
        assert a.cnds != b.cnds


def test_a_junior_has_his_fathers_name_and_a_later_birth_date(truth: list[Neighbor]) -> None:
    pairs = [(a, b) for a, b in pairwise(truth) if b.suffix == "Jr"]
    assert len(pairs) > 10
    for senior, junior in pairs:
        assert (senior.given, senior.family, senior.home) == (junior.given, junior.family, junior.home)
        assert (junior.birth_date - senior.birth_date).days > 365 * 18


def test_every_phone_number_is_fictional(county: list[Person]) -> None:
    phones = {seen.phone for p in county for seen in p.seen.values() if seen.phone}
    assert all(re.fullmatch(r"\d{3}-555-\d{4}", phone) for phone in phones)
