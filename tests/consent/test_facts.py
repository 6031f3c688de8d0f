"""What is on file, as facts for the rules: in force to the day in Durham, the newest stands, and a no is a no."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.facts import Ask, current, ends_at, facts
from consent.model import Consent, Denial, Directive, Signer, Status
from policies.request import MAX_CONSENTS, ConsentFacts
from policies.vocabulary import Agency, Category, Purpose
from tests.consent.consents import (
    ASK,
    AT,
    COMPLETE,
    ITEMS,
    TODAY,
    a_consent,
    agencies,
    consents,
    directives,
    held,
    many,
    means,
    moments,
)

DURHAM = ZoneInfo("America/New_York")
SHORT_AND_LONG_DAYS = [date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14), date(2026, 12, 31), date(2028, 2, 29)]
ALL_ASKS = st.builds(Ask, agencies, st.sampled_from(Purpose), st.just(ITEMS))


def fact(consent: Consent, at: datetime = AT) -> ConsentFacts:
    """The one fact a consent makes."""
    (made,) = facts(held(consent), ASK, at).consents
    return made


@pytest.mark.parametrize("day", SHORT_AND_LONG_DAYS)
def test_a_consent_holds_through_its_last_day_in_durham_and_not_a_moment_longer(day: date) -> None:
    midnight = datetime.combine(day + timedelta(days=1), time(), DURHAM).astimezone(UTC)
    consent = a_consent(start=date(2026, 1, 1), end=day)
    assert not fact(consent, midnight - timedelta(microseconds=1)).ended
    assert fact(consent, midnight).ended


@pytest.mark.parametrize("day", SHORT_AND_LONG_DAYS)
def test_a_consent_begins_with_its_first_day_in_durham(day: date) -> None:
    midnight = datetime.combine(day, time(), DURHAM).astimezone(UTC)
    consent = a_consent(signed_at=datetime(2025, 12, 1, tzinfo=UTC), start=day, end=None)
    assert not fact(consent, midnight - timedelta(microseconds=1)).started
    assert fact(consent, midnight).started


def test_a_consent_does_not_begin_before_it_is_signed() -> None:
    consent = a_consent(signed_at=AT)
    assert [fact(consent, AT - timedelta(seconds=1)).started, fact(consent, AT).started] == [False, True]


@pytest.mark.parametrize(("days", "within"), [(364, True), (365, True), (366, False)])
def test_a_consent_is_within_a_year_365_days_after_signing_and_no_longer(days: int, within: bool) -> None:
    signed = datetime.combine(TODAY - timedelta(days=days), time(23, 59), DURHAM)
    assert fact(a_consent(signed_at=signed, start=date(2025, 1, 1))).within_year is within


def test_the_day_of_signing_is_durhams() -> None:
    evening = datetime(2025, 11, 23, 2, 0, tzinfo=UTC)  # the 22nd in Durham, 366 days ago
    assert not fact(a_consent(signed_at=evening, start=date(2025, 1, 1))).within_year


@pytest.mark.parametrize(
    ("end", "instant"),
    [
        (date(2026, 11, 1), datetime(2026, 11, 2, 5, 0, tzinfo=UTC)),  # the day of 25 hours
        (date(2027, 3, 14), datetime(2027, 3, 15, 4, 0, tzinfo=UTC)),  # the day of 23 hours
        (date(2030, 1, 1), datetime(2027, 6, 2, 4, 0, tzinfo=UTC)),  # a year and its last day after 1 June 2026
        (None, datetime(2027, 6, 2, 4, 0, tzinfo=UTC)),
    ],
)
def test_a_consent_ends_with_its_last_day_or_a_year_after_signing(end: date | None, instant: datetime) -> None:
    assert ends_at(a_consent(end=end)) == instant


@settings(deadline=None)
@given(consents, moments)
def test_from_its_end_on_a_consent_carries_nothing_and_until_then_its_time_is_not_up(
    consent: Consent, at: datetime
) -> None:
    active = replace(consent, status=Status.ACTIVE, grants=(), custodian_programmes=frozenset())
    made = fact(active, at)
    assert (at < ends_at(active)) == (made.within_year and not made.ended)


def test_a_consent_without_a_stated_end_says_so() -> None:
    assert [fact(a_consent(end=None)).limited, fact(a_consent()).limited] == [False, True]


def test_a_newer_narrower_consent_stands_for_the_older_wider_one() -> None:
    newer = a_consent(id="c-0", signed_at=AT - timedelta(days=1), custodians=frozenset({Agency.EMS}))
    (made,) = means(a_consent(), newer).consents
    assert made.sources == ("EMS",)


def test_of_two_signed_at_one_instant_one_stands_whatever_their_order() -> None:
    pair = (a_consent(id="c-1"), a_consent(id="c-2", custodians=frozenset({Agency.EMS})))
    assert current(pair) == current(pair[::-1]) == [pair[1]]


def test_consents_of_other_policies_or_organizations_stand_side_by_side() -> None:
    others = a_consent(id="c-2", policy="p-2"), a_consent(id="c-3", organization=Agency.EMS)
    assert len(current([a_consent(), *others])) == 3


@pytest.mark.parametrize(
    ("signer", "document", "counts"),
    [
        (Signer.SELF, None, True),
        (Signer.PARENT, None, False),
        (Signer.PARENT, "order-1", False),  # 42 CFR 2.14, G.S. 90-21.5
        (Signer.GUARDIAN, None, False),
        (Signer.GUARDIAN, "", False),
        (Signer.GUARDIAN, "order-1", True),
        (Signer.HC_AGENT, None, False),
        (Signer.HC_AGENT, "order-1", True),
    ],
)
def test_only_the_person_or_an_evidenced_representative_signs(
    signer: Signer, document: str | None, counts: bool
) -> None:
    assert fact(a_consent(signer=signer, authority_document=document)).signer is counts


def test_a_revoked_newest_does_not_bring_the_older_back() -> None:
    newest = a_consent(id="c-2", signed_at=AT, status=Status.REVOKED)
    assert [made.status for made in means(a_consent(), newest).consents] == ["revoked"]


def test_a_revoked_consent_carries_nothing_but_that_it_was_revoked() -> None:
    made = fact(a_consent(status=Status.REVOKED, **COMPLETE))
    empty = {name: getattr(made, name) for name in ConsentFacts.__slots__ if name != "status"}
    assert made.status == "revoked"
    assert not any(empty.values())


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ENTERED_IN_ERROR, Status.SUPERSEDED])
def test_what_was_never_in_force_or_is_no_more_stands_for_nothing(status: Status) -> None:
    newest = a_consent(id="c-2", signed_at=AT, status=status, custodians=frozenset({Agency.EMS}))
    assert means(a_consent(), newest) == means(a_consent())
    assert means(newest).consents == ()


def test_a_consent_that_covers_the_whole_question_says_so() -> None:
    assert fact(a_consent(**COMPLETE)) == ConsentFacts(
        status="active",
        started=True,
        ended=False,
        limited=True,
        within_year=True,
        recipient=True,
        purpose=True,
        part2_elements=True,
        signer=True,
        sources=("ALLIANCE", "EMS", "LINCOLN"),
        categories=("bh.summary", "clinical.summary", "ems.summary"),
    )


def test_a_consent_that_names_somebody_else_says_no_more_than_its_time() -> None:
    made = fact(a_consent(**COMPLETE, recipients=frozenset({Agency.JUSTICE})))
    assert (made.started, made.limited, made.within_year, made.signer) == (True, True, True, True)
    assert (made.recipient, made.purpose, made.part2_elements, made.sources, made.categories) == (
        *(False, False, False),
        *((), ()),
    )


def test_a_consent_reaches_the_custodians_and_categories_it_names_and_no_others() -> None:
    made = fact(a_consent(custodians=frozenset({Agency.EMS}), categories=frozenset({Category.BH_SUMMARY})))
    assert (made.sources, made.categories) == (("EMS",), ("bh.summary",))


@settings(deadline=None)
@given(many, ALL_ASKS, moments)
def test_only_what_is_asked_enters_the_facts(on_file: list[Consent], ask: Ask, at: datetime) -> None:
    for made in facts(held(*on_file), ask, at).consents:
        assert set(made.sources) <= {custodian for custodian, _ in ask.items}
        assert set(made.categories) <= {category for _, category in ask.items}
        assert not made.recipient or any(ask.recipient in c.recipients for c in on_file)
        assert not made.purpose or any(ask.purpose in c.purposes for c in on_file)


@settings(deadline=None)
@given(many, st.lists(directives, max_size=4), moments, st.randoms(use_true_random=False))
def test_the_order_things_were_filed_in_means_nothing(
    on_file: list[Consent], said: list[Directive], at: datetime, random: object
) -> None:
    entries: list[Consent | Directive] = [*on_file, *said]
    mixed = list(entries)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis's own Random
    assert means(*mixed, at=at) == means(*entries, at=at)


@settings(deadline=None)
@given(many, moments)
def test_equal_consents_are_one_fact_and_every_consent_that_stands_is_behind_its_own(
    on_file: list[Consent], at: datetime
) -> None:
    meant = means(*on_file, at=at)
    assert list(meant.consents) == sorted(set(meant.consents))
    for place, made in enumerate(meant.consents):
        assert all(made in facts(held(consent), ASK, at).consents for consent in meant.behind[place])
    assert {c.id for group in meant.behind for c in group} == {c.id for c in current(on_file)}


@settings(deadline=None)
@given(many, consents, moments)
def test_a_consent_under_a_policy_of_its_own_changes_nothing_about_the_others(
    on_file: list[Consent], more: Consent, at: datetime
) -> None:
    alone = replace(more, id="c-alone", policy="p-alone")
    with_it, without = means(*on_file, alone, at=at), means(*on_file, at=at)
    assert set(without.consents) <= set(with_it.consents)
    assert without.denied <= with_it.denied
    assert without.restricted == with_it.restricted


def test_a_thousand_consents_on_one_person_come_to_few_facts() -> None:
    renewed = [
        a_consent(id=f"c-{n}", organization=agency, policy=f"p-{n % 3}", signed_at=AT - timedelta(days=n))
        for n, agency in enumerate([*Agency] * 125)
    ]
    elsewhere = [a_consent(id=f"x-{n}", policy=f"x-{n}", status=Status.REVOKED) for n in range(1000)]
    meant = means(*renewed, *elsewhere)
    assert len(meant.consents) <= 3 < MAX_CONSENTS
    assert sum(map(len, meant.behind)) == len(current(renewed)) + 1000


def test_three_consents_mean_the_same_in_every_order() -> None:
    three = [
        a_consent(denials=(Denial(),)),
        a_consent(id="c-2", policy="p-2", end=None),
        a_consent(id="c-3", signed_at=AT, status=Status.REVOKED),
    ]
    assert all(means(*order) == means(*three) for order in permutations(three))
