"""A no is a no: denials inside a consent, and directives beside consents, only ever take away."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent.model import Consent, Denial, Directive, DirectiveKind, Status
from policies.request import CustodianFacts
from policies.vocabulary import Agency, Category
from tests.consent.consents import (
    AT,
    ITEMS,
    TODAY,
    a_consent,
    a_directive,
    denials,
    directives,
    many,
    means,
    moments,
)

NOTHING = frozenset[tuple[Agency, Category]]()


@settings(deadline=None)
@given(many, st.lists(directives, max_size=4), directives, moments)
def test_taking_a_directive_away_never_narrows_and_adding_one_never_widens(
    on_file: list[Consent], said: list[Directive], more: Directive, at: datetime
) -> None:
    assume(more.kind is not DirectiveKind.GUARDIAN)  # who may sign is another matter
    with_it, without = means(*on_file, *said, more, at=at), means(*on_file, *said, at=at)
    assert without.denied <= with_it.denied
    assert without.restricted <= with_it.restricted
    assert with_it.consents == without.consents


@pytest.mark.parametrize(
    ("scope", "refused"),
    [
        ({}, set(ITEMS)),
        ({"recipient": Agency.HEART}, set(ITEMS)),
        ({"recipient": Agency.JUSTICE}, set()),
        ({"custodian": Agency.EMS}, {ITEMS[0]}),
        ({"category": Category.BH_SUMMARY}, {ITEMS[2]}),
        ({"recipient": Agency.HEART, "custodian": Agency.LINCOLN, "category": Category.CLINICAL_SUMMARY}, {ITEMS[1]}),
        ({"recipient": Agency.JUSTICE, "custodian": Agency.EMS}, set()),
        ({"custodian": Agency.EMS, "category": Category.BH_SUMMARY}, set()),
    ],
)
def test_a_do_not_share_refuses_what_its_scope_says_and_nothing_else(
    scope: dict[str, Any], refused: set[tuple[Agency, Category]]
) -> None:
    assert means(a_consent(), a_directive(**scope)).denied == refused
    inside = a_consent(denials=(Denial(**scope),))
    assert means(inside).denied == refused


def test_a_withdrawn_directive_refuses_nothing() -> None:
    for kind in DirectiveKind:
        taken_back = replace(a_directive(kind, custodian=Agency.EMS), withdrawn=True)
        assert means(taken_back) == means()


def test_a_restriction_restricts_and_a_do_not_share_denies() -> None:
    restriction = a_directive(DirectiveKind.RESTRICTION, custodian=Agency.EMS)
    assert (means(restriction).restricted, means(restriction).denied) == (frozenset(ITEMS[:1]), NOTHING)
    assert (means(a_directive()).restricted, means(a_directive()).denied) == (NOTHING, frozenset(ITEMS))


def test_a_notice_and_an_objection_stand_for_the_custodian_they_name() -> None:
    notice = a_directive(DirectiveKind.A7_NOTICE, custodian=Agency.ALLIANCE)
    objection = replace(notice, kind=DirectiveKind.A7_OBJECTION, scope=Denial(custodian=Agency.LINCOLN))
    assert means(notice, objection).custodians == {
        Agency.EMS: CustodianFacts(),
        Agency.LINCOLN: CustodianFacts(a7_objection=True),
        Agency.ALLIANCE: CustodianFacts(a7_notice=True),
    }
    assert (means(notice, objection).denied, means(notice, objection).restricted) == (NOTHING, NOTHING)


REFUSING = a_consent(denials=(Denial(custodian=Agency.EMS),))


def test_a_refusal_outlives_the_period_of_the_consent_it_stands_in() -> None:
    assert means(replace(REFUSING, end=TODAY - timedelta(days=1))).denied == {ITEMS[0]}


def test_a_refusal_stands_from_signing_until_it_is_revoked_or_replaced() -> None:
    assert means(REFUSING, at=REFUSING.signed_at).denied == {ITEMS[0]}
    assert means(REFUSING, at=REFUSING.signed_at - timedelta(seconds=1)).denied == set()
    assert means(replace(REFUSING, status=Status.REVOKED)).denied == set()
    assert means(REFUSING, a_consent(id="c-2", signed_at=AT)).denied == set()


def test_a_consent_dated_tomorrow_lifts_no_refusal_today() -> None:
    tomorrow = a_consent(id="c-2", signed_at=AT + timedelta(days=1))
    assert means(REFUSING, tomorrow).denied == {ITEMS[0]}
    assert not means(REFUSING, tomorrow).consents[0].started


def test_a_revocation_dated_ahead_of_our_clock_still_brings_nothing_back() -> None:
    ahead = a_consent(id="c-2", signed_at=AT + timedelta(minutes=2), status=Status.REVOKED)
    assert [made.status for made in means(a_consent(), ahead).consents] == ["revoked"]


@settings(deadline=None)
@given(st.lists(denials, min_size=1, max_size=3), moments)
def test_refusals_add_up(said: list[Denial], at: datetime) -> None:
    one_by_one = [means(Directive("d", 1, "s-1", DirectiveKind.DO_NOT_SHARE, scope, at)).denied for scope in said]
    together = [Directive(f"d-{i}", 1, "s-1", DirectiveKind.DO_NOT_SHARE, scope, at) for i, scope in enumerate(said)]
    assert means(*together).denied == frozenset[tuple[Agency, Category]]().union(*one_by_one)
