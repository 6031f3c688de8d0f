"""Promise 4: after a revocation commits, no disclosure under that consent can be. Caches may only say no."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from consent.model import Consent, Denial, Directive, DirectiveKind, EpochToken, Held
from consent.store import epochs_hold
from policies.engines.memo import Memo
from policies.vocabulary import Agency, Reason
from service.gateway.decide import decide
from service.gateway.ports import Answer, Outcome, Standing
from service.problems import AccessDenied, StoreUnavailable
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
    released,
    revoked,
    rules,
)

DO_NOT_SHARE = Directive("d-1", 1, REF, DirectiveKind.DO_NOT_SHARE, Denial(recipient=Agency.LINCOLN), AT)


def while_asking(world: World, *changes: Sequence[Consent | Directive]) -> None:
    """Put each change on file while custodians are being asked: the first while first asked, and so on."""
    coming = iter(changes)

    def change() -> None:
        for entries in coming:
            world.facts.put(*entries)
            return

    world.sources.meanwhile = change


async def test_a_revocation_while_custodians_are_asked_is_decided_again_and_refused() -> None:
    world = World()
    while_asking(world, [revoked(a_consent())])
    assert type(await world.refusal()) is AccessDenied
    assert world.log == ["decided permit", "decided deny"]
    assert {item["reason"] for item in world.items(1)} == {Reason.CONSENT_REVOKED}


async def test_a_narrower_consent_while_custodians_are_asked_is_what_the_release_rests_on() -> None:
    world = World()
    narrower = a_consent(id="c-2", signed_at=AT, custodians=frozenset({Agency.LINCOLN}))
    while_asking(world, [a_consent(), narrower])
    assert released(await world.ask()) == {LINCOLN.key: set(LINCOLN.fields)}
    assert world.log == ["decided permit", "decided partial", "released released"]
    assert world.sources.asked == [asked([EMS, LINCOLN]), asked([LINCOLN])]


async def test_each_time_it_is_decided_again_is_an_entry_of_its_own() -> None:
    world = World()
    while_asking(world, [a_consent()], [a_consent()])
    await world.ask()
    ids = ["q-1/decided/1", "q-1/decided/2", "q-1/decided/3", "q-1/released/3"]
    assert [entry.id for entry in world.ledger.entries] == ids


async def test_consent_that_changes_every_time_ends_in_503_and_nothing_leaves() -> None:
    world = World()
    while_asking(world, [a_consent()], [a_consent()], [a_consent()])
    assert type(await world.refusal()) is StoreUnavailable
    assert world.log == ["decided permit"] * 3 + ["failed store-unavailable"]


async def test_a_first_objection_while_custodians_are_asked_stops_a_release_that_needed_no_consent() -> None:
    world = World()
    world.facts.put()
    while_asking(world, [DO_NOT_SHARE])
    assert type(await world.refusal(a_clinician())) is AccessDenied
    assert world.log == ["decided permit", "decided deny"]
    assert {item["reason"] for item in world.items(1)} == {Reason.CONSENT_DENIES}


async def test_a_revocation_that_finds_no_record_is_decided_again_too() -> None:
    world = World()
    world.sources.says = [Answer(Agency.EMS, Outcome.NOT_FOUND), Answer(Agency.LINCOLN, Outcome.NOT_FOUND)]
    while_asking(world, [revoked(a_consent())])
    assert type(await world.refusal()) is AccessDenied
    assert world.log == ["decided permit", "decided deny"]


async def test_a_person_without_an_epoch_is_released_nothing() -> None:
    world = World()
    world.sources.meanwhile = world.facts.held.clear
    assert type(await world.refusal(a_clinician())) is StoreUnavailable
    assert world.log == ["decided permit", "failed store-unavailable"]


async def test_a_decision_about_nobody_rests_on_nobodys_epoch() -> None:
    standing = Standing(role_confirmed=True, relationship=True)
    decided = await decide(a_query(), None, (Held("", 0), standing), rules(), AT)
    assert (decided.token, decided.permitted) == (None, False)


async def test_a_remembered_decision_never_survives_a_revocation() -> None:
    memo = Memo(rules())
    world = World(engine=memo)
    await world.ask(a_query(id="q-1"))
    await world.ask(a_query(id="q-2"))
    assert memo.hits == 1  # it does remember
    world.facts.put(revoked(a_consent()))
    assert type(await world.refusal(a_query(id="q-3"))) is AccessDenied


async def test_a_remembered_decision_never_survives_a_do_not_share() -> None:
    world = World()
    world.facts.put()
    await world.ask(a_clinician(id="q-1"))
    world.facts.put(DO_NOT_SHARE)
    assert type(await world.refusal(a_clinician(id="q-2"))) is AccessDenied


async def test_a_remembered_decision_never_survives_the_consents_last_day() -> None:
    world = World(now=datetime(2027, 6, 1, 3, 59, tzinfo=UTC))  # 31 May, 23:59 in Durham
    await world.ask(a_query(id="q-1"))
    world.now = datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
    assert type(await world.refusal(a_query(id="q-2"))) is AccessDenied


async def test_a_remembered_decision_never_serves_whoever_lost_the_care_relationship() -> None:
    world = World()
    await world.ask(a_query(id="q-1"))
    world.facts.standing = replace(world.facts.standing, relationship=False)
    assert type(await world.refusal(a_query(id="q-2"))) is AccessDenied


class FakeConnection:
    """The epochs as a database holds them, and what was asked of it."""

    def __init__(self, **epochs: int) -> None:
        self.epochs, self.asked = epochs, list[str]()

    async def execute(self, statement: str, parameters: list[list[str]]) -> Any:
        self.asked.append(statement)
        self.rows = [(s, e) for s, e in self.epochs.items() if s in parameters[0]]
        return self

    async def fetchall(self) -> list[tuple[str, int]]:
        return self.rows


async def moved(connection: FakeConnection, *tokens: object) -> set[int]:
    return await epochs_hold(cast("Any", connection), tokens)


@pytest.mark.parametrize(("read_at", "refused"), [(3, set[int]()), (2, {0}), (4, {0})])
async def test_the_guard_names_whoever_was_decided_at_another_epoch(read_at: int, refused: set[int]) -> None:
    assert await moved(FakeConnection(s1=3), EpochToken("s1", read_at)) == refused


async def test_the_guard_names_a_person_without_an_epoch_row() -> None:
    assert await moved(FakeConnection(s1=3), EpochToken("s2", 0), EpochToken("", 0), EpochToken("s1", 3)) == {0, 1}


async def test_the_guard_judges_each_entry_of_a_batch_by_its_own_token() -> None:
    tokens = [None, EpochToken("s1", 3), EpochToken("s1", 2), EpochToken("s2", 1), "not a token", EpochToken("s1", 3)]
    assert await moved(FakeConnection(s1=3, s2=2), *tokens) == {2, 3}


async def test_the_guard_holds_the_epochs_it_read_until_the_log_has_committed() -> None:
    connection = FakeConnection(s1=3)
    await moved(connection, EpochToken("s1", 3))
    assert connection.asked[0].endswith("ORDER BY subject_ref FOR SHARE")  # in one order, or two logs deadlock


async def test_the_guard_asks_nothing_for_entries_that_rest_on_no_consent() -> None:
    connection = FakeConnection()
    assert await moved(connection, None, None) == set()
    assert connection.asked == []
