"""Promise 1: nothing leaves before its entry is durable; if the log cannot accept it, nothing leaves at all."""

from dataclasses import replace

import pytest

from audit.canonical import EntryInvalid
from audit.entry import Kind
from audit.refusals import Duplicate, LedgerDown
from policies.vocabulary import Agency, Nature, Purpose
from service.gateway.ports import Answer, Fault, Outcome
from service.gateway.query import Emergency
from service.problems import AccessDenied, LedgerUnavailable
from tests.service.gateway.world import AT, EMS, LINCOLN, World, a_clinician, a_consent, a_query, a_stranger

BROKEN = [LedgerDown(), Duplicate(), EntryInvalid(), RuntimeError(), TimeoutError()]


def named(error: BaseException) -> str:
    return type(error).__name__


async def test_the_intent_is_logged_before_any_custodian_hears_of_the_person_and_the_outcome_before_the_answer() -> (
    None
):
    world = World()
    await world.ask()
    assert world.events == ["resolve", "read", "decided", "ask EMS", "ask LINCOLN", "released"]


async def test_the_answer_carries_the_receipt_of_the_entry_that_released_it() -> None:
    world = World()
    receipt = (await world.ask()).receipt
    assert receipt is not None
    assert world.ledger.entries[receipt.index].kind is Kind.RELEASED


@pytest.mark.parametrize("error", BROKEN, ids=named)
async def test_without_a_log_for_the_decision_no_custodian_is_asked_and_nothing_leaves(error: BaseException) -> None:
    world = World()
    world.ledger.fails = {Kind.DECIDED: error, Kind.FAILED: LedgerDown()}
    assert type(await world.refusal()) is LedgerUnavailable
    assert (world.sources.asked, world.log) == ([], [])


@pytest.mark.parametrize("error", BROKEN, ids=named)
async def test_without_a_log_for_the_release_nothing_leaves(error: BaseException) -> None:
    world = World()
    world.ledger.fails = {Kind.RELEASED: error, Kind.FAILED: LedgerDown()}
    assert type(await world.refusal()) is LedgerUnavailable
    assert world.log == ["decided permit"]


@pytest.mark.parametrize("error", BROKEN, ids=named)
async def test_an_entry_the_log_does_not_take_is_a_failure_that_is_logged_if_it_can_be(error: BaseException) -> None:
    world = World()
    world.ledger.fails = {Kind.RELEASED: error}
    problem = await world.refusal()
    logged = ["decided permit"] if isinstance(error, LedgerDown | Duplicate) else ["decided permit", "failed problem"]
    assert (problem.status >= 500, world.log) == (True, logged)


@pytest.mark.parametrize("error", BROKEN, ids=named)
async def test_a_failure_that_cannot_be_logged_is_told_as_a_log_that_is_down(error: BaseException) -> None:
    world = World()
    world.sources.fails = [RuntimeError()]
    world.ledger.fails = {Kind.FAILED: error}
    assert type(await world.refusal()) is LedgerUnavailable


async def test_a_denial_is_not_answered_without_its_entry() -> None:
    world = World()
    world.facts.put()
    world.ledger.fails = {Kind.DECIDED: LedgerDown()}
    assert type(await world.refusal()) is LedgerUnavailable


async def test_a_denial_is_logged_with_the_rule_that_refused_each_item() -> None:
    world = World()
    world.facts.put()
    assert type(await world.refusal()) is AccessDenied
    assert world.log == ["decided deny"]
    reasons = {item["key"]: (item["permit"], item["reason"]) for item in world.items(0)}
    assert reasons["EMS/ems.summary"] == (False, "HIPAA_CONSENT_REQUIRED")
    assert reasons["LINCOLN/clinical.summary"] == (False, "HIPAA_CONSENT_REQUIRED")


async def test_asking_about_an_unknown_person_is_logged() -> None:
    world = World()
    assert type(await world.refusal(a_stranger(a_query()))) is AccessDenied
    assert (world.log, world.ledger.entries[0].subject) == (["decided deny"], "")
    assert {item["reason"] for item in world.items(0)} == {"SUBJECT_UNKNOWN"}


async def test_a_permit_that_found_no_record_is_logged_as_nothing_released() -> None:
    world = World()
    world.sources.says = [Answer(Agency.EMS, Outcome.NOT_FOUND), Answer(Agency.LINCOLN, Outcome.FOUND)]
    assert type(await world.refusal()) is AccessDenied
    assert world.log == ["decided permit", "released nothing"]


async def test_a_query_permitted_in_part_is_logged_as_such() -> None:
    world = World()
    world.facts.put(a_consent(custodians=frozenset({Agency.EMS})))
    await world.ask()
    assert world.log == ["decided partial", "released released"]
    assert [item["permit"] for item in world.items(0)] == [True, False]


async def test_every_entry_says_who_asked_about_whom_and_why() -> None:
    world = World()
    await world.ask()
    for entry in world.ledger.entries:
        assert (entry.request, entry.agency, entry.actor, entry.purpose) == ("q-1", "HEART", "heart-1", "COC")
        assert (entry.subject[:3], len(entry.subject), entry.at) == ("e1:", 35, AT)
        assert {name: entry.detail[name] for name in ("role", "partner", "token")} == {
            "role": "heart_navigator",
            "partner": "heart-system",
            "token": "t-1",
        }


async def test_the_decision_stands_in_the_log_so_that_it_can_be_made_again() -> None:
    world = World()
    await world.ask()
    detail = world.ledger.entries[0].detail
    assert (detail["engine"], detail["revision"]) == ("embedded", world.engine.revision)
    assert len(str(detail["input"])) == 64
    assert world.items(0)[0] == {
        "key": "EMS/ems.summary",
        "permit": True,
        "fields": ["encounter_count_365d", "last_encounter_date"],
        "basis": ["CONSENT"],
        "consents": ["c-1@1"],
        "reason": "",
    }


async def test_what_left_stands_in_the_log_and_what_became_of_each_custodian() -> None:
    world = World()
    down = Answer(Agency.LINCOLN, Outcome.UNAVAILABLE, fault=Fault.TIMEOUT)
    values = {EMS.category: {"last_encounter_date": "2026-11-01"}}
    world.sources.says = [Answer(Agency.EMS, Outcome.FOUND, values, AT), down]
    disclosure = await world.ask()
    detail = world.ledger.entries[1].detail
    assert detail["custodians"] == [
        {"custodian": "EMS", "outcome": "found", "fault": ""},
        {"custodian": "LINCOLN", "outcome": "unavailable", "fault": "timeout"},
    ]
    assert world.items(1) == [{"key": "EMS/ems.summary", "fields": ["last_encounter_date"], "basis": ["CONSENT"]}]
    assert (detail["obligations"], detail["notices"]) == (list(disclosure.obligations), list(disclosure.notices))
    assert (detail["revision"], disclosure.unavailable) == (world.engine.revision, (Agency.LINCOLN,))


async def test_an_emergency_is_documented_with_its_nature_and_the_facility() -> None:
    world = World()
    emergency = Emergency(attested=True, nature=Nature.OVERDOSE, facility="lincoln-main", can_consent=False)
    await world.ask(a_clinician(emergency=emergency, items=(EMS,)))
    stated = {"nature": "overdose", "facility": "lincoln-main", "can_consent": False}  # 42 CFR 2.51(c)
    assert world.ledger.entries[0].detail["emergency"] == stated


async def test_an_emergency_that_leaves_something_unsaid_is_documented_too() -> None:
    world = World()
    await world.ask(a_clinician(emergency=Emergency(attested=True)))
    assert world.ledger.entries[0].detail["emergency"] == {"nature": "", "facility": "", "can_consent": True}


async def test_no_emergency_stands_in_an_entry_where_none_was_attested() -> None:
    world = World()
    await world.ask()
    assert "emergency" not in world.ledger.entries[0].detail


async def test_two_queries_of_one_id_are_never_both_released() -> None:
    world = World()
    await world.ask()
    assert type(await world.refusal(replace(a_query(LINCOLN), purpose=Purpose.COC))) is LedgerUnavailable
    assert world.log == ["decided permit", "released released"]
