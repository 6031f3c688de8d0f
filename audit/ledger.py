"""The access log's writer: many callers, one durable batch at a time. No log, no data.

Each batch is one transaction: lock the head, ask the guard, insert the entries with dense indexes, the tiles
they filled, and a newly signed checkpoint; COMMIT; only then do the waiting callers get their receipts. Most
batches do all of it in one statement (`stroke`). There is no timer: the next batch starts when the last has
committed. Whatever goes wrong, a caller gets `LedgerDown` and must release nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import AsyncConnection

from audit.batch import Pending, Result, write
from audit.checkpoint import Receipt, Signer
from audit.entry import Entry
from audit.head import HeadRefused, checked, connect
from audit.merkle import Frontier, leaf_hash
from audit.refusals import Duplicate, GuardRefused, LedgerDown
from audit.stroke import NOTHING_TO_HOLD, Holding, stroke
from audit.wire import within

BATCH = 256
QUEUE = 4096
DEADLINE_SECONDS = 2.0
PATIENCE_SECONDS = 3 * DEADLINE_SECONDS
"""The longest a caller waits: for the batch before its own, a new connection, and its own batch."""


Guard = Callable[[AsyncConnection, Sequence[object]], Awaitable[set[int]]]
"""Given the batch's guard tokens, inside its transaction: the positions that may no longer be committed."""


class NoGuard:
    """Refuses nothing."""

    async def __call__(self, _connection: AsyncConnection, _tokens: Sequence[object]) -> set[int]:
        """No position is refused."""
        return set()

    def held(self, _tokens: Sequence[object]) -> Holding:
        """Nothing needs to hold."""
        return NOTHING_TO_HOLD


no_guard = NoGuard()


@dataclass(slots=True)
class _Waiting:
    pending: Pending
    receipt: asyncio.Future[Receipt]


class Ledger:
    """Appends entries durably. Open it once per process; `append` from anywhere on the loop."""

    def __init__(self, url: str, signer: Signer, guard: Guard = no_guard, known: str | None = None) -> None:
        """`known` is the newest checkpoint held outside the database (an anchor or a witness), if any."""
        self.signer = signer
        self._url, self._guard = url, guard
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(QUEUE)
        self._connecting = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._writer: asyncio.Task[None] | None = None
        self._last = known
        self._head: Frontier | None = None

    @property
    def checkpoint(self) -> str | None:
        """The newest checkpoint this process has seen committed."""
        return self._last

    async def open(self) -> None:
        """Connect, refuse a database that has gone back or is not durable, and start writing.

        Raises HeadRefused, or LedgerDown when there is no database.
        """
        try:
            self._connection = await self._connect()
        except (psycopg.Error, OSError, TimeoutError) as error:
            raise LedgerDown("the log's database cannot be reached") from error
        self._writer = asyncio.create_task(self._write(), name="ledger")

    async def close(self) -> None:
        """Commit what is waiting, then stop."""
        writer, self._writer = self._writer, None  # from here on nobody may append
        if writer is not None:
            await self._queue.join()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        self._drop()

    async def append(self, entry: Entry, guard: object = None) -> Receipt:
        """Store the entry durably and return its receipt. Raises LedgerDown, GuardRefused, Duplicate, EntryInvalid."""
        if self._writer is None or self._writer.done():
            raise LedgerDown("the log is not open")
        encoded = entry.encoded()
        pending = Pending(entry, encoded, leaf_hash(encoded), guard)
        waiting = _Waiting(pending, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull as full:
            raise LedgerDown("the log's queue is full") from full
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await waiting.receipt
        except TimeoutError as late:
            raise LedgerDown("the log did not answer in time") from late

    async def alive(self) -> bool:
        """Is there a connection on which the last batch went well (or a new one can be had)."""
        try:
            await self._connected()
        except LedgerDown:
            return False
        return True

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._commit(batch)
            finally:
                _resolve(batch, [LedgerDown("the log has stopped") for _ in batch])
                for _ in batch:
                    self._queue.task_done()

    async def _commit(self, batch: list[_Waiting]) -> None:
        try:
            connection = await self._connected()
            async with within(connection, DEADLINE_SECONDS):
                results = await self._stored(connection, [w.pending for w in batch])
        except Exception as error:  # noqa: BLE001  # whatever it was, guards included: nobody waits for ever, nothing leaves
            self._drop()
            reason = f"the batch was not acknowledged: {type(error).__name__}"
            _resolve(batch, [LedgerDown(reason) for _ in batch])
            return
        committed = [r for r in results if isinstance(r, Receipt)]
        self._last = committed[-1].checkpoint if committed else self._last
        _resolve(batch, [r if isinstance(r, Receipt) else _refusal(r) for r in results])

    async def _stored(self, connection: AsyncConnection, batch: list[Pending]) -> list[Result]:
        """In one stroke where the head is still the one this process left behind; else the long way."""
        head, self._head = self._head, None
        done = await stroke(connection, self.signer, self._guard, batch, head) if head is not None else None
        if done is None:
            done = await write(connection, self.signer, self._guard, batch)
        stored, self._head = done
        return stored

    async def _connected(self) -> AsyncConnection:
        async with self._connecting:  # `alive` may ask while the writer does
            if self._connection is None or self._connection.closed:
                try:
                    self._connection = await self._connect()
                except (psycopg.Error, OSError, TimeoutError, HeadRefused) as error:
                    raise LedgerDown("the log's database cannot be used") from error
            return self._connection

    async def _connect(self) -> AsyncConnection:
        """A connection that was checked; before that, nobody gets to write on it."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            connection = await connect(self._url)
        try:
            async with within(connection, DEADLINE_SECONDS):
                self._last = await checked(connection, self.signer, self._last)
        except BaseException:
            connection.pgconn.finish()
            raise
        return connection

    def _drop(self) -> None:
        connection, self._connection, self._head = self._connection, None, None
        if connection is not None:
            # A half-open connection can hang even its closing, so nobody waits for the server to agree.
            connection.pgconn.finish()


def _refusal(verdict: Literal["guard", "duplicate"]) -> Exception:
    if verdict == "guard":
        return GuardRefused("what the entry rests on has changed")
    return Duplicate("an entry with this id stands in the log")


def _resolve(batch: list[_Waiting], results: Sequence[Receipt | Exception]) -> None:
    for waiting, result in zip(batch, results, strict=True):
        if waiting.receipt.done():
            continue  # the caller went away; the entry stays
        if isinstance(result, Receipt):
            waiting.receipt.set_result(result)
        else:
            waiting.receipt.set_exception(result)
