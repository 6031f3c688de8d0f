"""When the database fails: refused within the deadline, nothing hangs, and it heals by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from audit import head
from audit import ledger as module
from audit import wire as deadlines
from audit.head import checked
from audit.ledger import Guard, Ledger, no_guard
from audit.refusals import Duplicate, LedgerDown
from tests.audit.entries import entry, ids
from tests.audit.oracle import SIGNER
from tests.audit.wire import Wire

DEADLINE = 0.5


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE_SECONDS", DEADLINE)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 3 * DEADLINE)
    monkeypatch.setattr(deadlines, "GRACE_SECONDS", 0.1)


class Trouble:
    """A guard that makes trouble for the first batch only."""

    def __init__(self, trouble: Guard) -> None:
        self.trouble: Guard | None = trouble

    async def __call__(self, connection: AsyncConnection, tokens: Sequence[object]) -> set[int]:
        trouble, self.trouble = self.trouble, None
        return await (trouble or no_guard)(connection, tokens)


async def refused(ledger: Ledger, name: str) -> float:
    """Seconds until this entry was refused."""
    began = time.monotonic()
    with pytest.raises(LedgerDown):
        await ledger.append(entry(name))
    return time.monotonic() - began


async def heals(ledger: Ledger, name: str) -> None:
    """Append, however often it takes until the server has let go of what the lost connection locked."""
    async with asyncio.timeout(10):
        while True:
            try:
                await ledger.append(entry(name))
            except LedgerDown:
                continue
            return


async def terminated(connection: AsyncConnection, _: Sequence[object]) -> set[int]:
    await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return set()


async def broken(_: AsyncConnection, __: Sequence[object]) -> set[int]:
    raise RuntimeError


async def aborted(connection: AsyncConnection, _: Sequence[object]) -> set[int]:
    await connection.execute("SELECT 1/0")
    return set()


async def asleep(_: AsyncConnection, __: Sequence[object]) -> set[int]:
    await asyncio.Event().wait()
    return set()


async def busy(connection: AsyncConnection, _: Sequence[object]) -> set[int]:
    await connection.execute("SELECT pg_sleep(60)")
    return set()


@pytest.mark.parametrize("trouble", [terminated, broken, aborted, asleep, busy])
async def test_a_batch_that_fails_is_refused_in_time_and_the_next_stands(log_url: str, trouble: Guard) -> None:
    ledger = Ledger(log_url, SIGNER, Trouble(trouble))
    await ledger.open()
    assert await refused(ledger, "a") < 4
    await heals(ledger, "b")
    await ledger.close()
    assert ids(log_url) == ["b"]


async def test_a_head_locked_by_somebody_else_is_refused_in_time(ledger: Ledger, log_url: str) -> None:
    async with await AsyncConnection.connect(log_url) as other:
        await other.execute("SELECT FROM log_head FOR UPDATE")
        assert await refused(ledger, "a") < 4
    assert (await ledger.append(entry("b"))).index == 0


@pytest.fixture
async def through(wire: Wire) -> AsyncIterator[Ledger]:
    """A ledger that reaches its database through the wire."""
    made = Ledger(wire.url, SIGNER)
    await made.open()
    yield made
    await made.close()


async def test_a_half_open_connection_is_refused_in_time_and_heals(through: Ledger, wire: Wire, log_url: str) -> None:
    await through.append(entry("a"))
    wire.hold()
    assert DEADLINE / 2 < await refused(through, "b") < 4
    assert await refused(through, "c") < 4  # a new connection, which falls silent too
    await wire.mend()
    assert (await through.append(entry("d"))).index == 1  # at once: nobody still waits for what is silent
    assert ids(log_url) == ["a", "d"]


HALF_SECOND = head.OPTIONS.replace("session_timeout=5000", "session_timeout=500")
IN_PIPELINE = head.OPTIONS.replace("session_timeout=5000", "session_timeout=0")


async def test_who_falls_silent_inside_the_transaction_loses_the_head(
    wire: Wire, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silence(_: AsyncConnection, __: Sequence[object]) -> set[int]:
        wire.hold()
        return await asleep(_, __)

    monkeypatch.setattr(head, "OPTIONS", HALF_SECOND)
    monkeypatch.setattr(head, "HELD", "SELECT 1")  # as on PostgreSQL 16 and before
    ledger = Ledger(wire.url, SIGNER, Trouble(silence))
    await ledger.open()
    assert await refused(ledger, "a") < 4
    await wire.mend()
    await heals(ledger, "b")
    await ledger.close()
    assert ids(log_url) == ["b"]


async def test_who_falls_silent_inside_a_pipeline_loses_the_head(
    ledger: Ledger, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head, "OPTIONS", IN_PIPELINE)
    monkeypatch.setattr(head, "HELD", head.HELD.replace("5000", "500"))
    async with await head.connect(log_url) as silent:
        await head.checked(silent, SIGNER, None)
        with suppress(psycopg.OperationalError):  # the server ended it
            async with silent.pipeline():
                await silent.execute("BEGIN")
                await (await silent.execute("SELECT size FROM log_head FOR UPDATE")).fetchone()
                await heals(ledger, "a")
    assert ids(log_url) == ["a"]


async def test_an_acknowledgement_that_is_lost_counts_as_failure_and_the_entry_is_known_again(
    wire: Wire, log_url: str
) -> None:
    async def silence(_: AsyncConnection, __: Sequence[object]) -> set[int]:
        wire.answers.clear()  # the commit will arrive; its acknowledgement will not
        return set()

    ledger = Ledger(wire.url, SIGNER, Trouble(silence))
    await ledger.open()
    assert await refused(ledger, "a") < 4
    await wire.mend()
    with pytest.raises(Duplicate):
        await ledger.append(entry("a"))
    await ledger.close()
    assert ids(log_url) == ["a"]


async def test_nobody_in_a_long_queue_waits_for_ever(
    through: Ledger, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    await through.append(entry("a"))
    wire.hold()
    began = time.monotonic()
    given_out = await asyncio.gather(*(through.append(entry(f"n-{i}")) for i in range(12)), return_exceptions=True)
    assert {type(one) for one in given_out} == {LedgerDown}
    assert time.monotonic() - began < 5  # not twelve deadlines one after the other
    await wire.mend()


async def test_a_database_that_goes_away_and_comes_back(through: Ledger, wire: Wire, log_url: str) -> None:
    await through.append(entry("a"))
    await wire.cut()
    for name in "bc":
        await refused(through, name)
    await wire.mend()
    await heals(through, "d")
    assert ids(log_url) == ["a", "d"]


async def test_a_database_that_is_not_there_cannot_be_opened(wire: Wire) -> None:
    await wire.cut()
    ledger = Ledger(wire.url, SIGNER)
    with pytest.raises(LedgerDown):
        await ledger.open()
    with pytest.raises(LedgerDown):
        await ledger.append(entry("a"))
    assert not await ledger.alive()


async def test_a_half_open_connection_cannot_be_opened_either(wire: Wire) -> None:
    wire.hold()
    with pytest.raises(LedgerDown):
        async with asyncio.timeout(5):
            await Ledger(wire.url, SIGNER).open()


async def test_a_connection_that_falls_silent_while_it_is_checked(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silenced(*arguments: Any) -> str:
        wire.hold()
        return await checked(*arguments)

    monkeypatch.setattr(module, "checked", silenced)
    began = time.monotonic()
    with pytest.raises(LedgerDown):
        await Ledger(wire.url, SIGNER).open()
    assert time.monotonic() - began < 4


async def test_alive_tells_whether_a_connection_can_be_had(through: Ledger, wire: Wire) -> None:
    assert await through.alive()
    await wire.cut()
    await refused(through, "a")
    assert not await through.alive()
    await wire.mend()
    assert await through.alive()
    assert (await through.append(entry("b"))).index == 0


async def test_asking_whether_it_is_alive_makes_no_second_connection(through: Ledger, wire: Wire) -> None:
    await wire.cut()
    await refused(through, "a")
    await wire.mend()
    before = wire.accepted
    await asyncio.gather(through.append(entry("b")), *(through.alive() for _ in range(5)))
    assert wire.accepted == before + 1
