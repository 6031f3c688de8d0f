"""Reading the log: entries by index, the checkpoint, and proofs for any entry and any two sizes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from audit.merkle import EMPTY_ROOT, consistency, inclusion, subtree
from audit.nodes import Nodes
from audit.refusals import LedgerDown
from audit.tables import READER

PAGE = "SELECT index, entry FROM log_entry WHERE index >= %s ORDER BY index LIMIT %s"


class NoSuchEntry(Exception):
    """The log has no such index or size."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as it stands in the log: its index and exact bytes."""

    index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf stands in a tree: its hash, the tree's root, and the audit path."""

    leaf: bytes
    root: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That one tree extends another: both roots, and the proof."""

    old_root: bytes
    new_root: bytes
    path: tuple[bytes, ...]


class Trail:
    """The log's reading side, in the reading role."""

    def __init__(self, url: str) -> None:
        options = f"-c role={READER} -c statement_timeout=5000 -c default_transaction_isolation=repeatable\\ read"
        self._pool = AsyncConnectionPool(
            url, min_size=0, max_size=4, open=False, kwargs={"options": options, "connect_timeout": 2}, name="trail"
        )

    async def open(self) -> None:
        """Start the pool."""
        await self._pool.open()

    async def close(self) -> None:
        """Stop the pool."""
        await self._pool.close()

    async def entries(self, after: int, limit: int) -> list[Logged]:
        """Up to `limit` entries from index `after` on."""
        async with self._reading() as connection:
            cursor = await connection.execute(PAGE, [after, limit])
            return [Logged(int(index), bytes(entry)) for index, entry in await cursor.fetchall()]

    async def checkpoint(self) -> str:
        """The newest signed checkpoint."""
        async with self._reading() as connection:
            return await _checkpoint(connection)

    async def inclusion(self, index: int, size: int) -> Inclusion:
        """The proof that entry `index` is in the tree of `size`. Raises NoSuchEntry."""
        async with self._reading() as connection:
            await _within(connection, index < size, size)
            span = await _spans(connection, [(0, size), (index, index + 1)], lambda s: inclusion(index, size, s))
            return Inclusion(span(index, index + 1), span(0, size), tuple(inclusion(index, size, span)))

    async def consistency(self, old: int, new: int) -> Consistency:
        """The proof that the tree of `new` extends the tree of `old`. Raises NoSuchEntry."""
        async with self._reading() as connection:
            await _within(connection, old <= new, new)
            span = await _spans(connection, [(0, old), (0, new)], lambda s: consistency(old, new, s))
            return Consistency(span(0, old), span(0, new), tuple(consistency(old, new, span)))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._pool.connection(timeout=2) as connection:
                yield connection
        except psycopg.Error as error:
            raise LedgerDown("the log cannot be read") from error


Span = Callable[[int, int], bytes]


async def _spans(connection: AsyncConnection, also: list[tuple[int, int]], walk: Callable[[Span], object]) -> Span:
    """The hashes of every leaf range that `walk` asks for, read at once: walked once to note, once for real."""
    wanted = [span for span in also if span[1]]

    def note(low: int, high: int) -> bytes:
        wanted.append((low, high))
        return b""

    walk(note)
    nodes = await Nodes.covering(connection, wanted)
    return lambda low, high: subtree(low, high, nodes) if high else EMPTY_ROOT


async def _checkpoint(connection: AsyncConnection) -> str:
    row = await (await connection.execute("SELECT checkpoint FROM log_head")).fetchone()
    if row is None:
        raise NoSuchEntry
    return str(row[0])


async def _within(connection: AsyncConnection, ordered: bool, size: int) -> None:
    held = int((await _checkpoint(connection)).split("\n")[1])
    if not ordered or size > held:
        raise NoSuchEntry
