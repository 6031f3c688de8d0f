"""The life of a consent: which change may follow which, and what cannot stand as one consent at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from consent import lifecycle, store
from consent.faults import faults
from consent.lifecycle import EXPIRED, MAY_BECOME, TransitionRefused, require, state
from consent.model import Consent, DataPeriod, Denial, Grant, Person, Programme
from consent.words import Channel, DirectiveKind, Signer, Status
from policies.vocabulary import Agency, Category, Purpose
from service.db.session import snapshot, transaction
from tests.consent.consents import AT, REF, TODAY, a_consent, a_directive, consents, means

ALLOWED = {
    ("draft", "active"),
    ("draft", "revoked"),
    ("draft", "entered-in-error"),
    ("active", "superseded"),
    ("active", "revoked"),
    ("active", "entered-in-error"),
    ("superseded", "revoked"),
    ("superseded", "entered-in-error"),
}
DAY = timedelta(days=1)


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_a_consents_life_goes_these_ways_and_no_others(before: Status, after: Status) -> None:
    if (before, after) in ALLOWED:
        require(a_consent(status=before), after)
    else:
        with pytest.raises(TransitionRefused):
            require(a_consent(status=before), after)


@given(consents, st.lists(st.sampled_from(Status), max_size=6))
def test_what_was_taken_back_or_struck_out_never_comes_back(consent: Consent, wished: list[Status]) -> None:
    was_over = False
    for status in wished:
        if status in MAY_BECOME[consent.status]:
            consent = replace(consent, status=status)
            assert not was_over
        was_over = consent.status in {Status.REVOKED, Status.ENTERED_IN_ERROR}


def test_expiry_is_computed_and_stored_nowhere() -> None:
    assert state(a_consent(), AT) == "active"
    assert state(a_consent(end=TODAY - DAY), AT) == EXPIRED
    assert state(a_consent(status=Status.REVOKED, end=TODAY - DAY), AT) == "revoked"
    assert EXPIRED not in set(Status)


def alone(*categories: Category) -> Consent:
    return a_consent(categories=frozenset(categories))


@pytest.mark.parametrize(
    "consent",
    [
        alone(Category.SUD_COUNSELING_NOTES, Category.EMS_SUMMARY),
        alone(Category.PSYCHOTHERAPY_NOTES, Category.BH_SUMMARY),
        alone(Category.PSYCHOTHERAPY_NOTES, Category.SUD_COUNSELING_NOTES),
        a_consent(purposes=frozenset({Purpose.HLEGAL, Purpose.COC})),
        a_consent(channel=Channel.WITNESSED_MARK),
        a_consent(end=TODAY - 400 * DAY),
        a_consent(data_period=DataPeriod(TODAY, TODAY - DAY)),
        a_consent(supersedes="c-1"),
        a_consent(custodian_programmes=frozenset({Programme(Agency.JUSTICE, "STARR")})),
        a_consent(recipient_programmes=frozenset({Programme(Agency.JUSTICE, "STARR")})),
        a_consent(recipient_persons=frozenset({Person(Agency.DSS, "dss-1")})),
        a_consent(initialled=frozenset({Category.COMMUNICABLE})),
        a_consent(grants=(Grant(frozenset(), frozenset(), frozenset(), frozenset()),)),
        a_consent(grants=(Grant(frozenset(Agency), frozenset(), frozenset(), frozenset()),) * 65),
    ],
)
def test_what_cannot_stand_as_one_consent_is_refused_with_its_reason(consent: Consent) -> None:
    assert faults(consent)


@pytest.mark.parametrize(
    "consent",
    [
        a_consent(),
        alone(Category.PSYCHOTHERAPY_NOTES),
        a_consent(purposes=frozenset({Purpose.HLEGAL})),
        a_consent(channel=Channel.WITNESSED_MARK, witness="w-1"),
    ],
)
def test_what_can_stand_is_not_refused(consent: Consent) -> None:
    assert faults(consent) == ()


GUARDIAN = replace(a_directive(DirectiveKind.GUARDIAN), id="d-g", reference="order-1")


@pytest.mark.parametrize(
    ("changes", "carries"),
    [
        ({}, False),
        ({"signer": Signer.GUARDIAN, "authority_document": "order-1"}, True),
        ({"signer": Signer.GUARDIAN, "authority_document": "order-2"}, False),
        ({"signer": Signer.GUARDIAN}, False),
        ({"signer": Signer.HC_AGENT, "authority_document": "order-1"}, False),
    ],
)
def test_where_a_court_named_a_guardian_only_that_guardian_signs(changes: dict[str, Any], carries: bool) -> None:
    (made,) = means(a_consent(**changes), GUARDIAN).consents
    assert made.signer is carries
    (before,) = means(a_consent(**changes), replace(GUARDIAN, withdrawn=True)).consents
    assert before.signer is a_consent(**changes).signer_authorized


def test_a_notice_dated_ahead_was_not_given_yet() -> None:
    notice = a_directive(DirectiveKind.A7_NOTICE, custodian=Agency.ALLIANCE)
    given_on = [means(replace(notice, on=day)).custodians[Agency.ALLIANCE].a7_notice for day in (TODAY, TODAY + DAY)]
    assert given_on == [True, False]


@pytest.mark.parametrize("kind", [DirectiveKind.NPP_GIVEN, DirectiveKind.PART2_PATIENT_NOTICE])
def test_that_a_notice_was_handed_over_opens_and_closes_nothing(kind: DirectiveKind) -> None:
    assert means(a_consent(), replace(a_directive(kind, custodian=Agency.EMS), on=TODAY)) == means(a_consent())


async def recorded(engine: AsyncEngine, *signed: Consent) -> dict[str, Consent]:
    for consent in signed:
        async with transaction(engine) as connection:
            await store.record_signed(connection, consent, AT)
    async with snapshot(engine) as connection:
        return {c.id: c for c in (await store.on_file(connection, [REF]))[REF].consents}


async def test_a_newer_consent_supersedes_the_older_by_a_version_of_it(engine: AsyncEngine) -> None:
    newer = a_consent(id="c-2", signed_at=AT - DAY)
    on_file = await recorded(engine, a_consent(), newer)
    assert on_file["c-1"] == a_consent(version=2, status=Status.SUPERSEDED)
    assert on_file["c-2"] == replace(newer, supersedes="c-1")


@pytest.mark.parametrize(
    "newer",
    [
        a_consent(id="c-2", signed_at=AT + DAY, denials=(Denial(),)),
        a_consent(id="c-2", signed_at=AT - DAY, policy="p-2"),
        a_consent(id="c-2", signed_at=AT - DAY, organization=Agency.EMS),
        a_consent(id="c-2", signed_at=a_consent().signed_at - DAY),
    ],
    ids=["ahead of the clock", "another policy", "another agency", "signed before it"],
)
async def test_other_consents_supersede_nothing(engine: AsyncEngine, newer: Consent) -> None:
    on_file = await recorded(engine, a_consent(), newer)
    assert (on_file["c-1"], on_file["c-2"]) == (a_consent(), newer)


async def test_a_struck_consent_brings_nothing_back_and_may_still_be_taken_back(engine: AsyncEngine) -> None:
    await recorded(engine, a_consent(), a_consent(id="c-2", signed_at=AT - DAY))
    async with transaction(engine) as connection:
        struck = await store.become(connection, "c-2", Status.ENTERED_IN_ERROR, AT)
        assert await store.revoke(connection, "c-2", AT) == struck
        with pytest.raises(lifecycle.TransitionRefused):
            await store.become(connection, "c-2", Status.ACTIVE, AT)
        held = (await store.on_file(connection, [REF]))[REF]
    assert means(*held.consents).consents == ()


async def test_an_end_event_is_a_version_and_is_recorded_once(engine: AsyncEngine) -> None:
    await recorded(engine, a_consent())
    async with transaction(engine) as connection:
        first = await store.end(connection, "c-1", AT)
        assert await store.end(connection, "c-1", AT + DAY) == first == a_consent(version=2, ended_at=AT)
        await store.revoke(connection, "c-1", AT)
        assert await store.end(connection, "c-9", AT) is None


async def test_a_directive_is_withdrawn_only_by_the_agency_that_put_it_on_file(engine: AsyncEngine) -> None:
    mine = replace(a_directive(), organization=Agency.HEART)
    async with transaction(engine) as connection:
        await store.append(connection, mine, AT)
        assert await store.withdraw(connection, "d-1", Agency.DSS, AT) is None
        first = await store.withdraw(connection, "d-1", Agency.HEART, AT)
        assert await store.withdraw(connection, "d-1", Agency.HEART, AT + DAY) == first
    assert first == replace(mine, version=2, withdrawn=True)
