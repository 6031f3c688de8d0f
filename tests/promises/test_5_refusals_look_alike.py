"""Promise 5: refusals look alike. What is about the asker may be told; what is about the person goes to the log only.

42 CFR 2.13(c), G.S. 108A-80.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from policies.vocabulary import ABOUT_THE_ASKER, Agency, Category, Reason
from service.gateway.ports import Answer, Fault, Outcome
from service.gateway.query import Item, Query
from service.problems import AccessDenied
from tests.service.gateway.engines import refusing
from tests.service.gateway.world import (
    AT,
    EMS,
    LINCOLN,
    PERSON,
    World,
    a_consent,
    a_query,
    a_stranger,
    found,
    revoked,
)

NOT_THE_ROLES = Item(Agency.LINCOLN, Category.BH_CLINICAL, frozenset({"bh_diagnoses"}))
BLOCKED = Item(Agency.ALLIANCE, Category.PSYCHOTHERAPY_NOTES, frozenset({"unlisted"}))


def no_consent(world: World) -> None:
    world.facts.put()


def revoked_consent(world: World) -> None:
    world.facts.put(revoked(a_consent()))


def nobody_by_that_name(world: World) -> None:
    world.subjects.people.clear()


def no_record_there(world: World) -> None:
    world.sources.says = [Answer(Agency.EMS, Outcome.NOT_FOUND), Answer(Agency.LINCOLN, Outcome.NOT_FOUND)]


def found_nothing_permitted(world: World) -> None:
    world.sources.says = [found(Agency.EMS, {EMS.category: frozenset({"transport_destination"})})]


def closed_custodian_down(world: World) -> None:
    world.facts.put()
    world.sources.says = [Answer(Agency.EMS, Outcome.UNAVAILABLE, fault=Fault.TIMEOUT)]


def a_minor(world: World) -> None:
    world.subjects.people["E-1"] = replace(PERSON, birth_date=date(2012, 1, 2))


def no_care_relationship(world: World) -> None:
    world.facts.standing = replace(world.facts.standing, relationship=False)


CAUSES = [
    no_consent,
    revoked_consent,
    nobody_by_that_name,
    no_record_there,
    found_nothing_permitted,
    closed_custodian_down,
    a_minor,
    no_care_relationship,
]
QUESTIONS = [a_query(), a_query(EMS, LINCOLN, NOT_THE_ROLES), a_query(EMS, BLOCKED, NOT_THE_ROLES)]


async def refused(cause: Callable[[World], None], query: Query) -> AccessDenied:
    world = World()
    cause(world)
    problem = await world.refusal(query)
    assert isinstance(problem, AccessDenied)
    assert world.log[0].startswith("decided")
    return problem


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: str(cause.__name__))
@pytest.mark.parametrize("query", QUESTIONS, ids=["plain", "with-too-much", "with-a-hard-block"])
async def test_whatever_the_cause_about_the_person_the_refusal_is_the_same(
    cause: Callable[[World], None], query: Query
) -> None:
    seen, known = await refused(cause, query), await refused(no_consent, query)
    assert seen.document("/v1/queries/x") == known.document("/v1/queries/x")
    assert str(seen) == str(known)


@pytest.mark.parametrize("query", QUESTIONS[1:], ids=["with-too-much", "with-a-hard-block"])
async def test_reasons_about_the_asker_are_told_alike_whether_or_not_the_person_exists(query: Query) -> None:
    exists, unknown = (
        await World().refusal(replace(query, items=query.items[2:])),
        await World().refusal(a_stranger(replace(query, items=query.items[2:]))),
    )
    assert exists.reasons == unknown.reasons == (Reason.NOT_NECESSARY_FOR_ROLE,)


async def test_the_reason_about_the_person_is_in_the_log_and_nowhere_else() -> None:
    world = World()
    revoked_consent(world)
    problem = await world.refusal(a_query(EMS, LINCOLN, NOT_THE_ROLES))
    assert problem.reasons == (Reason.NOT_NECESSARY_FOR_ROLE,)
    assert [item["reason"] for item in world.items(0)] == [
        Reason.CONSENT_REVOKED,
        Reason.CONSENT_REVOKED,
        Reason.NOT_NECESSARY_FOR_ROLE,
    ]


ASKERS = {
    "NO_AGENCY_AGREEMENT",
    "ROLE_NOT_ADMITTED",
    "PURPOSE_BLOCKED",
    "PURPOSE_NOT_ALLOWED_FOR_ROLE",
    "CATEGORY_BLOCKED",
    "NOT_NECESSARY_FOR_ROLE",
    "BTG_NOT_ATTESTED",
}


@pytest.mark.parametrize("reason", Reason)
async def test_of_all_reasons_only_those_about_the_asker_are_told(reason: Reason) -> None:
    problem = await World(engine=refusing(reason)).refusal()
    assert problem.reasons == ((reason,) if reason in ASKERS else ())
    assert {str(r) for r in ABOUT_THE_ASKER} == ASKERS


async def answered_about_ems(world: World) -> object:
    return replace(await world.ask(), receipt=None)


async def test_within_an_answer_a_closed_custodian_looks_like_one_without_a_record() -> None:
    closed, empty = World(), World()
    closed.facts.put(a_consent(custodians=frozenset({Agency.EMS})))
    empty.sources.says = [found(Agency.EMS, {EMS.category: EMS.fields}), Answer(Agency.LINCOLN, Outcome.NOT_FOUND)]
    assert await answered_about_ems(closed) == await answered_about_ems(empty)


async def test_within_an_answer_a_consent_behind_nothing_does_not_show() -> None:
    soon = a_consent(id="c-2", organization=Agency.LINCOLN, custodians=frozenset({Agency.LINCOLN}), end=AT.date())
    ems = a_consent(custodians=frozenset({Agency.EMS}))
    one, both = World(), World()
    one.facts.put(ems)
    both.facts.put(ems, soon)
    both.sources.says = [found(Agency.EMS, {EMS.category: EMS.fields}), Answer(Agency.LINCOLN, Outcome.NOT_FOUND)]
    assert await answered_about_ems(one) == await answered_about_ems(both)


async def test_a_custodian_that_is_down_is_named_only_where_the_asker_may_know() -> None:
    down = Answer(Agency.LINCOLN, Outcome.UNAVAILABLE, fault=Fault.TIMEOUT)
    may, may_not = World(), World()
    may_not.facts.put(a_consent(custodians=frozenset({Agency.EMS})))
    for world in (may, may_not):
        world.sources.says = [found(Agency.EMS, {EMS.category: EMS.fields}), down]
    assert ((await may.ask()).unavailable, (await may_not.ask()).unavailable) == ((Agency.LINCOLN,), ())
