"""Promise 2: unknown, error, timeout, undefined and malformed all refuse. A denial is the absence of a permit."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from audit.entry import Kind
from consent.model import Denial, Directive, DirectiveKind
from policies.decision import PolicyError
from policies.vocabulary import Agency, Category, Nature, Purpose, Reason, Role
from service.gateway.ports import Standing
from service.gateway.query import Emergency, Item, Query
from service.problems import AccessDenied, StoreUnavailable
from tests.service.gateway.engines import permitting_everything, raising
from tests.service.gateway.world import AT, PERSON, REF, World, a_clinician, a_consent, a_query, a_stranger, rules

ERRORS = [
    RuntimeError("x"),
    ValueError("x"),
    KeyError("x"),
    TimeoutError("x"),
    RecursionError("x"),
    MemoryError("x"),
    AssertionError("x"),
    ExceptionGroup("x", [OSError("x")]),
    StopAsyncIteration("x"),
    PolicyError("x"),
    StoreUnavailable(),
]


def named(error: BaseException) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", ERRORS, ids=named)
@pytest.mark.parametrize("port", ["subjects", "facts", "sources"])
async def test_an_error_in_any_port_refuses_and_is_logged(port: str, error: BaseException) -> None:
    world = World()
    getattr(world, port).fails.append(error)
    problem = await world.refusal()
    assert (problem.status in {500, 503}, world.log[-1]) == (True, f"failed {problem.slug}")
    assert Kind.RELEASED not in world.events


@pytest.mark.parametrize("error", ERRORS, ids=named)
async def test_an_error_of_the_rules_refuses_and_is_logged(error: BaseException) -> None:
    world = World(engine=raising(error))
    problem = await world.refusal()
    assert (problem.status in {500, 503}, world.log) == (True, [f"failed {problem.slug}"])
    assert world.sources.asked == []


async def test_each_cause_is_told_and_logged_by_its_own_name() -> None:
    causes = {"policy-unavailable": PolicyError(), "store-unavailable": StoreUnavailable(), "problem": KeyError()}
    for slug, error in causes.items():
        world = World(engine=raising(error))
        assert (await world.refusal()).slug == slug
        assert world.log == [f"failed {slug}"]


async def test_the_failure_entry_is_about_the_person_if_the_person_was_placed() -> None:
    placed, unplaced = World(engine=raising(PolicyError())), World()
    unplaced.subjects.fails.append(StoreUnavailable())
    await placed.refusal()
    await unplaced.refusal()
    assert [bool(world.ledger.entries[0].subject) for world in (placed, unplaced)] == [True, False]


async def test_a_caller_who_goes_away_gets_nothing() -> None:
    world = World()
    world.sources.fails.append(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await world.ask()
    assert world.log == ["decided permit"]


async def test_with_nothing_on_file_nothing_is_permitted() -> None:
    world = World()
    world.facts.put()
    assert type(await world.refusal()) is AccessDenied


async def test_what_the_person_refused_is_refused_item_by_item() -> None:
    world = World()
    restriction = Directive("d-1", 1, REF, DirectiveKind.RESTRICTION, Denial(custodian=Agency.EMS), AT)
    do_not_share = Directive("d-2", 1, REF, DirectiveKind.DO_NOT_SHARE, Denial(custodian=Agency.LINCOLN), AT)
    world.facts.put(a_consent(), restriction, do_not_share)
    assert type(await world.refusal()) is AccessDenied
    assert [i["reason"] for i in world.items(0)] == [Reason.RESTRICTION_AGREED, Reason.CONSENT_DENIES]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({}, ""),
        ({"capable_refusal": True}, Reason.PATIENT_CAPABLE_REFUSES),
        ({"can_consent": True}, Reason.PART2_CONSENT_REQUIRED),
        ({"attested": False}, Reason.BTG_NOT_ATTESTED),
    ],
)
async def test_an_emergency_opens_part_2_only_where_all_of_it_is_attested(stated: Any, reason: str) -> None:
    world = World()
    world.facts.put()
    sud = Item(Agency.ALLIANCE, Category.SUD_PART2, frozenset({"sud_next_appointment"}))
    emergency = Emergency(
        **{"attested": True, "nature": Nature.OVERDOSE, "facility": "f", "can_consent": False} | stated
    )
    with contextlib.suppress(AccessDenied):
        await world.ask(replace(a_clinician(sud), emergency=emergency, purpose=Purpose.ETREAT))
    assert [i["reason"] for i in world.items(0)] == [reason]


async def test_an_unknown_person_is_refused_even_by_rules_that_permit_everything() -> None:
    world = World(engine=permitting_everything())
    assert type(await world.refusal(a_stranger(a_query()))) is AccessDenied
    assert world.sources.asked == []


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(role_confirmed=False, relationship=True), Reason.ROLE_NOT_ADMITTED),
        (Standing(role_confirmed=True, relationship=False), Reason.NO_CARE_RELATIONSHIP),
    ],
)
async def test_without_a_confirmed_role_or_a_care_relationship_nothing_leaves(standing: Standing, reason: str) -> None:
    world = World()
    world.facts.standing = standing
    assert type(await world.refusal()) is AccessDenied
    assert {i["reason"] for i in world.items(0)} == {reason}


async def test_an_agency_without_an_agreement_gets_nothing() -> None:
    world = World()
    query = a_query(asker=replace(a_query().asker, agreement_active=False))
    assert (await world.refusal(query)).reasons == (Reason.NO_AGENCY_AGREEMENT,)


def questions() -> list[Query]:
    """Every role with every purpose, as HEART's; only its navigator coordinating care is admitted."""
    asker = a_query().asker
    return [a_query(asker=replace(asker, role=role), purpose=purpose) for role in Role for purpose in Purpose]


async def test_of_all_roles_and_purposes_only_the_admitted_one_gets_anything() -> None:
    admitted = []
    for query in questions():
        try:
            await World().ask(query)
        except AccessDenied:
            continue
        admitted.append((query.asker.role, query.purpose))
    assert admitted == [(Role.HEART_NAVIGATOR, Purpose.COC)]


@pytest.mark.parametrize(
    ("born", "now", "adult"),
    [
        (date(2008, 11, 23), datetime(2026, 11, 23, 5, 0, tzinfo=UTC), True),
        (date(2008, 11, 23), datetime(2026, 11, 23, 4, 59, tzinfo=UTC), False),  # still the 22nd in Durham
        (date(2008, 11, 24), datetime(2026, 11, 23, 15, 0, tzinfo=UTC), False),
        (date(2008, 2, 29), datetime(2026, 2, 28, 15, 0, tzinfo=UTC), False),
        (date(2030, 1, 1), datetime(2026, 11, 23, 15, 0, tzinfo=UTC), False),
        (None, datetime(2026, 11, 23, 15, 0, tzinfo=UTC), False),
    ],
)
async def test_whoever_is_not_certainly_an_adult_today_in_durham_is_refused(
    born: date | None, now: datetime, adult: bool
) -> None:
    world = World(engine=rules(), now=now)
    world.subjects.people["E-1"] = replace(PERSON, birth_date=born)
    with contextlib.suppress(AccessDenied):
        await world.ask()
    minors = {i["reason"] for i in world.items(0)} == {Reason.MINOR_MANUAL_REVIEW}
    assert minors is not adult
