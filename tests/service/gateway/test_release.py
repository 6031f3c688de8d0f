"""What travels with a release: the law's notices, the duties, the consents' scope, and until when it may be kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from consent.words import EndEvent
from policies.tables import notices
from policies.vocabulary import Agency, Category, Nature, Obligation, Purpose
from service.gateway.ports import Answer, Fault, Outcome
from service.gateway.query import Emergency, Item, Query
from service.gateway.release import Disclosed, Disclosure
from tests.consent.consents import COMPLETE
from tests.service.gateway.world import AT, EMS, LINCOLN, World, a_clinician, a_consent, a_query, found

SUD = Item(Agency.ALLIANCE, Category.SUD_PART2, frozenset({"sud_next_appointment"}))
BEHAVIOR = Item(Agency.ALLIANCE, Category.BH_SUMMARY, frozenset({"assigned_care_manager"}))
BENEFITS = Item(Agency.DSS, Category.BENEFITS_SUMMARY, frozenset({"medicaid_active"}))
ALL = a_consent(custodians=frozenset(Agency), categories=frozenset(Category), **COMPLETE, end=date(2027, 3, 31))
EMERGENCY = Emergency(attested=True, nature=Nature.OVERDOSE, facility="lincoln-main", can_consent=False)


async def left(*items: Item, query: Query | None = None) -> Disclosure:
    world = World()
    world.facts.put(ALL)
    return await world.ask(query or a_query(*items))


@pytest.mark.parametrize(
    ("item", "due"), [(EMS, "NC143_518"), (BENEFITS, "NC108A"), (BEHAVIOR, "NC122C"), (LINCOLN, None)]
)
async def test_the_states_notice_of_each_custodian_travels_with_its_records(item: Item, due: str | None) -> None:
    assert set((await left(item)).notices) == ({due} if due else set())


async def test_the_part_2_notice_travels_with_part_2_records_in_the_regulations_words() -> None:
    disclosure = await left(SUD)
    assert disclosure.notices["PART2"] == notices()["PART2"]
    assert "use or disclosure of this record" in disclosure.notices["PART2"]  # 42 CFR 2.32(a)(1)
    assert Obligation.PART2_NOTICE in disclosure.obligations


async def test_the_part_2_notice_travels_with_part_2_records_of_an_emergency_too() -> None:
    world = World()
    world.facts.put()
    query = a_clinician(SUD, emergency=EMERGENCY)
    disclosure = await world.ask(replace(query, purpose=Purpose.ETREAT))
    assert {Obligation.P2_51_DOCUMENT, Obligation.BTG_REVIEW_24H} <= set(disclosure.obligations)
    assert (set(disclosure.notices), disclosure.consents) == ({"PART2", "NC122C"}, ())


async def test_the_scope_of_a_consent_travels_where_part_2_wants_it_and_only_there() -> None:
    assert [scope.consent for scope in (await left(EMS, SUD)).consents] == ["c-1"]
    assert (await left(EMS)).consents == ()


async def test_a_scope_without_an_end_says_so() -> None:
    world = World()
    part2_only = Item(Agency.LINCOLN, Category.SUD_PART2, SUD.fields)
    world.facts.put(replace(ALL, end=None, end_event=EndEvent.NONE))  # 42 CFR 2.31(a)(7)
    assert [scope.end for scope in (await world.ask(a_query(part2_only))).consents] == [None]


async def test_nothing_travels_for_what_was_permitted_but_not_found() -> None:
    world = World()
    world.facts.put(ALL)
    world.sources.says = [found(Agency.LINCOLN, {LINCOLN.category: LINCOLN.fields})]
    disclosure = await world.ask(a_query(LINCOLN, SUD, EMS))
    assert (dict(disclosure.notices), disclosure.consents) == ({}, ())
    assert Obligation.PART2_NOTICE not in disclosure.obligations


async def test_a_viewer_outside_hipaa_may_keep_it_for_a_day() -> None:
    assert (await left(EMS)).expires_at == AT + timedelta(hours=24)


async def test_what_rests_on_a_consent_expires_with_the_first_of_the_consents() -> None:
    to_lincoln: dict[str, Any] = {"recipients": frozenset({Agency.LINCOLN}), "purposes": frozenset({Purpose.TREAT})}
    sooner = replace(ALL, id="c-2", policy="p-2", **to_lincoln, end=date(2027, 1, 31))
    world = World()
    world.facts.put(replace(ALL, **to_lincoln), sooner)
    disclosure = await world.ask(a_clinician(BENEFITS))
    assert disclosure.expires_at == datetime(2027, 2, 1, 5, 0, tzinfo=UTC)  # midnight in Durham


async def test_what_rests_on_no_consent_and_may_be_kept_does_not_expire() -> None:
    world = World()
    assert (await world.ask(a_clinician())).expires_at is None


async def test_each_item_says_whose_it_is_as_of_when_and_on_what_ground() -> None:
    (item,) = (await left(EMS)).items
    assert (item.custodian, item.category, item.as_of, item.basis) == (Agency.EMS, EMS.category, AT, ("CONSENT",))
    assert item.values == {name: f"EMS.{name}" for name in EMS.fields}


async def test_an_answer_of_custodians_that_are_all_down_says_only_who_is() -> None:
    world = World()
    world.sources.says = [Answer(Agency.EMS, Outcome.UNAVAILABLE, fault=Fault.TIMEOUT)]
    disclosure = await world.ask()
    assert (disclosure.items, disclosure.unavailable, disclosure.empty) == ((), (Agency.EMS,), False)


async def test_no_value_shows_where_a_disclosure_is_printed() -> None:
    disclosure = await left(EMS)
    assert "EMS.last_encounter_date" in str(disclosure.items[0].values)
    assert "EMS.last_encounter_date" not in repr(disclosure)
    assert "EMS.last_encounter_date" not in repr(found(Agency.EMS, {EMS.category: EMS.fields}))
    assert isinstance(disclosure.items[0], Disclosed)
