"""Consents in a real PostgreSQL: nothing is edited, every change moves the epoch, one statement reads all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.tables import WRITER
from consent import store
from consent.model import Consent, Directive, EpochToken, Held, Status
from service.db.session import snapshot, transaction
from tests.consent.consents import AT, REF, a_consent, a_directive


async def put(engine: AsyncEngine, *entries: Consent | Directive) -> None:
    for entry in entries:
        async with transaction(engine) as connection:
            await store.append(connection, entry, AT)


async def on_file(engine: AsyncEngine, subject: str = REF) -> Held:
    async with snapshot(engine) as connection:
        return (await store.on_file(connection, [subject]))[subject]


async def revoke(engine: AsyncEngine, consent: str = "c-1") -> Consent | None:
    async with transaction(engine) as connection:
        return await store.revoke(connection, consent, AT)


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """What is sent meanwhile."""
    sent: list[str] = []

    def note(*sending: Any) -> None:
        sent.append(sending[2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_what_was_recorded_is_what_is_on_file(engine: AsyncEngine) -> None:
    await put(engine, a_consent(), a_directive())
    assert await on_file(engine) == Held(REF, 2, (a_consent(),), (a_directive(),))


async def test_the_newest_version_is_on_file_and_the_older_ones_stay(engine: AsyncEngine) -> None:
    await put(engine, a_consent(), a_consent(version=2, language="es"))
    assert [c.version for c in (await on_file(engine)).consents] == [2]
    async with snapshot(engine) as connection:
        count = await connection.scalar(text("SELECT count(*) FROM consent_version"))
    assert count == 2


@pytest.mark.parametrize("statement", ["UPDATE consent_version SET version = 9", "DELETE FROM consent_version"])
@pytest.mark.parametrize("where", ["", " WHERE false"])
async def test_a_recorded_version_cannot_be_edited_or_deleted(engine: AsyncEngine, statement: str, where: str) -> None:
    await put(engine, a_consent())
    with pytest.raises(DBAPIError, match="consents are never edited"):
        async with transaction(engine) as connection:
            await connection.execute(text(statement + where))
    assert (await on_file(engine)).consents == (a_consent(),)


@pytest.mark.parametrize("statement", ["TRUNCATE consent_version", "TRUNCATE consent_epoch CASCADE"])
async def test_the_versions_cannot_be_emptied(engine: AsyncEngine, statement: str) -> None:
    await put(engine, a_consent())
    with pytest.raises(DBAPIError, match="consents are never edited"):
        async with transaction(engine) as connection:
            await connection.execute(text(statement))


async def test_replication_tricks_do_not_switch_the_refusal_off(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    async with transaction(engine) as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="consents are never edited"):
            await connection.execute(text("DELETE FROM consent_version"))


@pytest.mark.parametrize("statement", ["UPDATE consent_epoch SET epoch = epoch + 1", "DELETE FROM consent_version"])
async def test_the_logs_own_role_can_neither_move_an_epoch_nor_touch_a_version(
    engine: AsyncEngine, statement: str
) -> None:
    await put(engine, a_consent())
    async with transaction(engine) as connection:
        await connection.execute(text(f"SET LOCAL ROLE {WRITER}"))
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(text(statement))


async def test_every_change_moves_the_epoch(engine: AsyncEngine) -> None:
    seen = []
    for change in (a_consent(), a_directive(), a_consent(version=2), replace(a_directive(), version=2, withdrawn=True)):
        await put(engine, change)
        seen.append((await on_file(engine)).epoch)
    await revoke(engine)
    assert [*seen, (await on_file(engine)).epoch] == [1, 2, 3, 4, 5]


async def test_a_change_of_one_person_moves_nobody_elses_epoch(engine: AsyncEngine) -> None:
    await put(engine, a_consent(), a_consent(id="c-2", subject="s-2"), a_consent(id="c-3", subject="s-2"))
    assert ((await on_file(engine)).epoch, (await on_file(engine, "s-2")).epoch) == (1, 2)


async def test_the_version_and_the_epoch_commit_together_or_not_at_all(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    async with engine.connect() as connection:
        await store.append(connection, a_consent(version=2), AT)
        await connection.rollback()
    assert await on_file(engine) == Held(REF, 1, (a_consent(),))


async def test_a_version_that_stands_is_not_recorded_again(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    with pytest.raises(store.VersionConflict):
        await put(engine, a_consent(language="es"))
    assert await on_file(engine) == Held(REF, 1, (a_consent(),))


async def test_of_two_next_versions_at_once_one_is_recorded(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    both = await asyncio.gather(
        put(engine, a_consent(version=2, language="es")),
        put(engine, a_consent(version=2, language="fr")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in both if outcome is not None] == [store.VersionConflict]
    assert (await on_file(engine)).epoch == 2


async def test_a_revoked_consent_is_a_newer_version_of_it(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    revoked = await revoke(engine)
    assert revoked == a_consent(version=2, status=Status.REVOKED, revoked_at=AT)
    assert await on_file(engine) == Held(REF, 2, (revoked,))


async def test_revoking_twice_changes_nothing(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    first = await revoke(engine)
    async with transaction(engine) as connection:
        again = await store.revoke(connection, "c-1", AT + timedelta(days=1))
    assert first == again
    assert (await on_file(engine)).epoch == 2


async def test_revoking_twice_at_once_changes_nothing_either(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    async with transaction(engine) as connection:
        first = await store.revoke(connection, "c-1", AT)
        second = asyncio.create_task(revoke(engine))
        done, _ = await asyncio.wait([second], timeout=0.3)
        assert not done
    assert await second == first
    assert (await on_file(engine)).epoch == 2


async def test_revoking_what_does_not_exist_changes_nothing(engine: AsyncEngine) -> None:
    await put(engine, a_directive())
    assert (await revoke(engine, "c-9"), await revoke(engine, "d-1")) == (None, None)


async def test_a_consent_is_read_by_its_id(engine: AsyncEngine) -> None:
    await put(engine, a_consent(), a_consent(version=2, language="es"), a_consent(id="c-2", policy="p-2"))
    async with snapshot(engine) as connection:
        assert await store.read(connection, "c-1") == a_consent(version=2, language="es")
        assert await store.read(connection, "c-9") is None


async def test_one_statement_reads_everything_of_everybody(engine: AsyncEngine) -> None:
    for n in range(5):
        await put(
            engine, a_consent(id=f"c-{n}", subject=f"s-{n}"), replace(a_directive(), id=f"d-{n}", subject=f"s-{n}")
        )
    with statements(engine) as sent:
        async with transaction(engine) as connection:
            held = await store.on_file(connection, [f"s-{n}" for n in range(6)])
    assert len(sent) == 1
    assert {s: (h.epoch, [c.id for c in h.consents], [d.id for d in h.directives]) for s, h in held.items()} == {
        f"s-{n}": (2, [f"c-{n}"], [f"d-{n}"]) for n in range(5)
    }


async def test_a_person_made_known_has_an_epoch_and_nothing_on_file(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        assert await store.on_file(connection, [REF]) == {}
        await store.known(connection, [REF, "s-2"])
    assert await on_file(engine) == Held(REF, 0)


async def test_making_a_person_known_again_moves_nothing(engine: AsyncEngine) -> None:
    await put(engine, a_consent())
    async with transaction(engine) as connection:
        await store.known(connection, [REF])
    assert await on_file(engine) == Held(REF, 1, (a_consent(),))


async def moved(url: str, *tokens: object) -> set[int]:
    async with await psycopg.AsyncConnection.connect(url, options=f"-c role={WRITER}") as connection:
        return await store.epochs_hold(connection, tokens)


async def test_the_guard_reads_the_epochs_as_they_are_in_the_logs_own_role(
    engine: AsyncEngine, database_url: str
) -> None:
    await put(engine, a_consent(), a_consent(id="c-2", subject="s-2"))
    tokens = [EpochToken(REF, 1), EpochToken("s-2", 0), None, EpochToken("s-3", 0), EpochToken("s-2", 1)]
    assert await moved(database_url, *tokens) == {1, 3}
    await revoke(engine)
    assert await moved(database_url, *tokens) == {0, 1, 3}


async def test_a_revocation_waits_for_a_release_that_holds_the_epoch(engine: AsyncEngine, database_url: str) -> None:
    await put(engine, a_consent())
    async with await psycopg.AsyncConnection.connect(database_url, options=f"-c role={WRITER}") as log:
        assert await store.epochs_hold(log, [EpochToken(REF, 1)]) == set()
        revoking = asyncio.create_task(revoke(engine))
        done, _ = await asyncio.wait([revoking], timeout=0.3)
        assert not done
        await log.commit()
        assert await revoking is not None


async def test_a_release_waits_for_a_revocation_under_way_and_then_is_refused(
    engine: AsyncEngine, database_url: str
) -> None:
    await put(engine, a_consent())
    async with transaction(engine) as connection:
        await store.revoke(connection, "c-1", AT)
        guarding = asyncio.create_task(moved(database_url, EpochToken(REF, 1)))
        done, _ = await asyncio.wait([guarding], timeout=0.3)
        assert not done
    assert await guarding == {0}
