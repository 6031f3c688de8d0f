"""What a consent reaches: only what was initialled, together granted, inside its period, to whom it names."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.facts import Ask, ends_at, facts
from consent.model import Consent, DataPeriod, Grant, Person, Programme
from consent.period import PRESENT, carried
from consent.words import SENSITIVE
from policies.vocabulary import Agency, Category, Purpose
from tests.consent.consents import AT, COMPLETE, ITEMS, TODAY, a_consent, categories, consents, held

Pair = tuple[str, str]
HEART = frozenset({Agency.HEART})
COC = frozenset({Purpose.COC})
EVERYTHING = tuple((custodian, category) for custodian in (Agency.EMS, Agency.JUSTICE) for category in Category)
DAY = timedelta(days=1)


def pairs(*on_file: Consent, ask: Ask | None = None) -> set[Pair]:
    """The (custodian, category) that consents carry for HEART's coordination of care, all else being well."""
    asked = ask or Ask(Agency.HEART, Purpose.COC, (*ITEMS, *EVERYTHING), actor="heart-1")
    return {
        (source, category)
        for made in facts(held(*on_file), asked, AT).consents
        if made.recipient and made.purpose and made.started and not made.ended
        for source in made.sources
        for category in made.categories
    }


@given(consents, categories)
def test_taking_an_initial_away_never_widens(consent: Consent, category: Category) -> None:
    fewer = replace(consent, initialled=consent.initialled - {category})
    assert pairs(fewer) <= pairs(consent)


@pytest.mark.parametrize("category", sorted(SENSITIVE))
def test_a_sensitive_category_is_granted_only_where_it_is_initialled(category: Category) -> None:
    named = a_consent(custodians=frozenset({Agency.EMS}), categories=frozenset({category, Category.EMS_SUMMARY}))
    assert pairs(named) == {("EMS", "ems.summary")}
    assert pairs(replace(named, initialled=frozenset({category}))) == {("EMS", "ems.summary"), ("EMS", category)}


def test_an_initial_beside_a_category_that_is_not_there_grants_nothing() -> None:
    assert pairs(a_consent(initialled=frozenset(Category))) == pairs(a_consent())


def test_only_what_a_grant_names_together_is_granted() -> None:
    one = Grant(frozenset({Agency.EMS}), HEART, COC, frozenset({Category.EMS_SUMMARY}))
    other = Grant(frozenset({Agency.JUSTICE}), HEART, COC, frozenset({Category.CLINICAL_SUMMARY}))
    sets = {"custodians": one.custodians | other.custodians, "categories": one.categories | other.categories}
    assert pairs(a_consent(grants=(one, other), **sets)) == {("EMS", "ems.summary"), ("JUSTICE", "clinical.summary")}
    assert len(pairs(a_consent(**sets))) == 4


def test_a_grant_to_somebody_else_or_for_something_else_grants_nothing() -> None:
    wanted = frozenset({Agency.EMS}), frozenset({Category.EMS_SUMMARY})
    elsewhere = Grant(wanted[0], frozenset({Agency.DSS}), COC, wanted[1])
    otherwise = Grant(wanted[0], HEART, frozenset({Purpose.TREAT}), wanted[1])
    both = a_consent(recipients=frozenset({Agency.HEART, Agency.DSS}), purposes=frozenset({Purpose.COC, Purpose.TREAT}))
    assert pairs(replace(both, grants=(elsewhere, otherwise))) == set()


@given(consents)
def test_grants_never_reach_beyond_the_consent_they_stand_in(consent: Consent) -> None:
    assert pairs(consent) <= pairs(replace(consent, grants=()))


def test_a_consent_limited_to_a_programme_covers_what_that_programme_holds_and_no_more() -> None:
    whole = a_consent(**COMPLETE, custodians=frozenset({Agency.JUSTICE, Agency.EMS}), categories=frozenset(Category))
    limited = replace(whole, custodian_programmes=frozenset({Programme(Agency.JUSTICE, "STARR")}))
    assert {c for a, c in pairs(limited) if a == "JUSTICE"} == {"sud.part2"}
    assert {p for p in pairs(limited) if p[0] == "EMS"} == {p for p in pairs(whole) if p[0] == "EMS"}
    unknown = replace(whole, custodian_programmes=frozenset({Programme(Agency.JUSTICE, "unheard-of")}))
    assert {c for a, c in pairs(unknown) if a == "JUSTICE"} == set()


def test_a_consent_that_names_a_person_covers_nobody_else_at_the_agency() -> None:
    named = a_consent(recipient_persons=frozenset({Person(Agency.HEART, "heart-1")}))
    ask = Ask(Agency.HEART, Purpose.COC, ITEMS)
    assert pairs(named)
    assert pairs(named, ask=replace(ask, actor="heart-2")) == pairs(named, ask=ask) == set()
    assert pairs(a_consent(recipient_persons=frozenset({Person(Agency.DSS, "dss-1")}))) == pairs(a_consent())


def test_a_programme_of_the_recipient_that_nobody_vouches_for_is_not_a_named_one() -> None:
    named = a_consent(recipient_programmes=frozenset({Programme(Agency.HEART, "navigation")}))
    ask = Ask(Agency.HEART, Purpose.COC, ITEMS, programme="navigation")
    assert (pairs(named), bool(pairs(named, ask=ask))) == (set(), True)


@pytest.mark.parametrize(
    ("period", "left"),
    [
        (DataPeriod(), set(Category)),
        (DataPeriod(until=TODAY), set(Category)),
        (DataPeriod(until=TODAY - DAY), set()),
        (DataPeriod(since=TODAY + DAY), set()),
        (DataPeriod(since=TODAY), set(PRESENT)),
        (DataPeriod(since=TODAY - 10 * DAY, until=TODAY + DAY), set(PRESENT)),
    ],
)
def test_a_data_period_is_read_strictly(period: DataPeriod, left: set[Category]) -> None:
    assert carried(frozenset(Category), period, TODAY) == left


@given(consents)
def test_a_data_period_never_widens(consent: Consent) -> None:
    assert pairs(consent) <= pairs(replace(consent, data_period=DataPeriod()))


def test_when_the_last_day_of_its_data_has_passed_the_consent_has_ended() -> None:
    over = a_consent(data_period=DataPeriod(until=TODAY - DAY))
    assert ends_at(over) <= AT
    assert all(made.ended for made in facts(held(over), Ask(Agency.HEART, Purpose.COC, ITEMS), AT).consents)


def test_an_end_event_ends_it_from_that_moment() -> None:
    assert pairs(a_consent(ended_at=AT + DAY))
    assert pairs(a_consent(ended_at=AT)) == set()
    assert ends_at(a_consent(ended_at=AT)) == AT


@given(st.lists(consents, max_size=4))
def test_no_more_facts_than_the_rules_take(on_file: list[Consent]) -> None:
    asked = Ask(Agency.HEART, Purpose.COC, (*ITEMS, *EVERYTHING))
    made = facts(held(*on_file), asked, AT).consents
    assert len(made) <= sum(max(1, 2 * len(c.grants) + len(c.custodian_programmes)) + 2 for c in on_file)


@pytest.mark.parametrize(
    ("since", "left"), [(None, {"ems.summary", "housing.status"}), (TODAY, {"housing.status"}), (TODAY + DAY, set())]
)
def test_a_data_period_narrows_what_the_rules_are_told(since: date | None, left: set[str]) -> None:
    both = frozenset({Category.EMS_SUMMARY, Category.HOUSING_STATUS})
    dated = a_consent(custodians=frozenset({Agency.EMS}), categories=both, data_period=DataPeriod(since=since))
    assert {category for _, category in pairs(dated)} == left
