"""Promise 3: only permitted custodians are asked, only for permitted fields, and what they say is trimmed again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.vocabulary import Agency, Category
from service.gateway.ports import Answer, Fault, Outcome
from service.gateway.query import Item
from service.gateway.release import Disclosure
from service.problems import AccessDenied, StoreUnavailable
from tests.consent.consents import COMPLETE
from tests.service.gateway.world import (
    AT,
    EMS,
    LINCOLN,
    REF,
    World,
    a_clinician,
    a_consent,
    a_query,
    asked,
    found,
    released,
)

WANTED = asked([EMS, LINCOLN])
HONEST = [found(custodian, fields) for custodian, fields in WANTED.items()]
WHOLE = {"EMS/ems.summary": set(EMS.fields), "LINCOLN/clinical.summary": set(LINCOLN.fields)}
LEAK: dict[Category, dict[str, Any]] = {Category.SUD_PART2: {"moud_dose": "x"}}
SUD_AT_ALLIANCE = Item(Agency.ALLIANCE, Category.SUD_PART2, frozenset({"sud_next_appointment"}))


async def said(*answers: Answer, world: World | None = None) -> Disclosure:
    """What leaves when the custodians say this."""
    asking = world or World()
    asking.sources.says = answers
    return await asking.ask()


async def test_only_permitted_custodians_are_asked_and_only_for_permitted_fields() -> None:
    world = World()
    every = Item(EMS.custodian, EMS.category, EMS.fields | {"last_disposition", "transport_destination"})
    await world.ask(a_query(every, LINCOLN, SUD_AT_ALLIANCE))
    assert world.sources.asked == [WANTED]


async def test_a_custodian_the_person_did_not_name_is_never_asked() -> None:
    world = World()
    world.facts.put(a_consent(custodians=frozenset({Agency.EMS})))
    assert released(await world.ask()) == {"EMS/ems.summary": set(EMS.fields)}
    assert world.sources.asked == [asked([EMS])]


async def test_where_nothing_is_permitted_nobody_is_asked() -> None:
    world = World()
    world.facts.put()
    await world.refusal()
    assert world.sources.asked == []


async def test_no_field_the_query_did_not_ask_for_leaves() -> None:
    one = Item(EMS.custodian, EMS.category, frozenset({"last_encounter_date"}))
    world = World()
    world.sources.says = HONEST
    assert released(await world.ask(a_query(one))) == {one.key: {"last_encounter_date"}}


async def test_a_field_too_many_is_dropped() -> None:
    more = found(Agency.EMS, WANTED[Agency.EMS], {EMS.category: {"transport_destination": "x"}})
    world = World()
    assert released(await said(more, HONEST[1], world=world)) == WHOLE
    assert world.items(1)[0]["fields"] == sorted(EMS.fields)


async def test_a_category_too_many_is_dropped() -> None:
    assert released(await said(found(Agency.EMS, WANTED[Agency.EMS], LEAK), HONEST[1])) == WHOLE


async def test_a_custodian_that_was_not_asked_is_not_heard() -> None:
    other = found(Agency.ALLIANCE, {Category.CLINICAL_SUMMARY: LINCOLN.fields, EMS.category: EMS.fields})
    assert released(await said(*HONEST, other)) == WHOLE


async def test_a_custodian_does_not_speak_for_another() -> None:
    lincoln_as_ems = found(Agency.EMS, {LINCOLN.category: LINCOLN.fields})
    world = World()
    world.sources.says = [lincoln_as_ems]
    assert type(await world.refusal()) is AccessDenied


async def test_a_custodian_that_was_not_asked_is_not_said_to_be_down() -> None:
    down = Answer(Agency.ALLIANCE, Outcome.UNAVAILABLE, fault=Fault.TIMEOUT)
    assert (await said(*HONEST, down)).unavailable == ()


async def test_a_custodian_that_answers_twice_is_not_believed() -> None:
    twice = found(Agency.EMS, WANTED[Agency.EMS])
    another = replace(twice, values={EMS.category: {"last_encounter_date": "another person's"}})
    for pair in ([twice, another], [another, twice], [twice, twice]):
        assert released(await said(*pair, HONEST[1])) == {LINCOLN.key: set(LINCOLN.fields)}


@pytest.mark.parametrize("outcome", [Outcome.NOT_FOUND, Outcome.UNAVAILABLE])
async def test_values_beside_an_outcome_other_than_found_are_dropped(outcome: Outcome) -> None:
    assert released(await said(replace(HONEST[0], outcome=outcome), HONEST[1])) == {LINCOLN.key: set(LINCOLN.fields)}


@pytest.mark.parametrize("values", [{}, {EMS.category: {}}, {EMS.category: {"transport_destination": "x"}}])
async def test_a_custodian_that_found_nothing_permitted_leaves_no_trace_in_the_answer(values: Any) -> None:
    assert released(await said(Answer(Agency.EMS, Outcome.FOUND, values, AT), HONEST[1])) == {
        LINCOLN.key: set(LINCOLN.fields)
    }


async def test_each_answer_is_paired_with_its_own_custodian_in_whatever_order_they_come() -> None:
    for answers in ([*HONEST], [*HONEST][::-1]):
        disclosure = await said(*answers)
        assert all(
            value.startswith(f"{i.custodian}.") for i in disclosure.items for value in map(str, i.values.values())
        )
        assert released(disclosure) == WHOLE


async def test_each_item_leaves_on_its_own_ground_and_with_its_own_duties() -> None:
    part2 = a_consent(
        id="c-2",
        organization=Agency.ALLIANCE,
        custodians=frozenset({Agency.ALLIANCE}),
        categories=frozenset({Category.SUD_PART2}),
        **COMPLETE,
    )
    world = World()
    world.facts.put(a_consent(), part2)
    disclosure = await world.ask(a_query(SUD_AT_ALLIANCE, EMS))
    assert [len(item.obligations) for item in disclosure.items] == [10, 7]
    assert [item["consents"] for item in world.items(0)] == [["c-2@1"], ["c-1@1"]]
    assert [scope.consent for scope in disclosure.consents] == ["c-1", "c-2"]


async def test_another_persons_consents_never_judge_this_persons_records() -> None:
    world = World()
    world.facts.held[REF] = replace(world.facts.held[REF], subject="s-2")
    assert type(await world.refusal()) is StoreUnavailable
    assert (world.log, world.sources.asked) == (["failed store-unavailable"], [])


async def test_an_item_asked_twice_shifts_nothing() -> None:
    """`[A, A, B]`: B is judged by its own verdict and its own consents (a peer judged A's records by B's)."""
    world = World()
    world.facts.put(a_consent(custodians=frozenset({Agency.LINCOLN})))
    assert released(await world.ask(a_query(EMS, EMS, LINCOLN))) == {LINCOLN.key: set(LINCOLN.fields)}
    assert [i["permit"] for i in world.items(0)] == [False, False, True]
    assert world.sources.asked == [asked([LINCOLN])]


agencies, categories = st.sampled_from(Agency), st.sampled_from(Category)
names = st.sampled_from(sorted(EMS.fields | LINCOLN.fields | {"moud_dose", "hiv_status", "transport_destination"}))
answers = st.builds(
    Answer,
    custodian=agencies,
    outcome=st.sampled_from(Outcome),
    values=st.dictionaries(categories, st.dictionaries(names, st.text(max_size=3), max_size=4), max_size=4),
)


@settings(deadline=None)
@given(st.lists(answers, max_size=5))
async def test_whatever_the_custodians_say_only_what_is_permitted_leaves(said: list[Answer]) -> None:
    world = World()
    world.sources.says = said
    try:
        disclosure = await world.ask()
    except AccessDenied:
        return
    for key, fields in released(disclosure).items():
        assert fields <= WHOLE.get(key, set())
    assert set(disclosure.unavailable) <= {Agency.EMS, Agency.LINCOLN}


async def test_a_clinician_gets_no_more_for_treatment_than_the_roles_profile() -> None:
    world = World()
    world.facts.put()
    beyond = Item(Agency.EMS, EMS.category, EMS.fields | {"transport_destination", "made_up"})
    assert released(await world.ask(a_clinician(beyond))) == {EMS.key: EMS.fields | {"transport_destination"}}
