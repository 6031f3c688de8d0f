"""One batch, one transaction: integrate entries into the tree in the same commit that stores them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from psycopg import AsyncConnection, AsyncCursor

from audit.checkpoint import Receipt, Signer
from audit.entry import Entry
from audit.merkle import Frontier, Growth
from audit.wire import unwarned

TILE = 256
Result: TypeAlias = Receipt | Literal["guard", "duplicate"]


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry on its way: its bytes, its leaf hash, and what the guard needs to know of it."""

    entry: Entry
    encoded: bytes
    leaf: bytes
    guard: object


HEAD = "SELECT size, frontier FROM log_head FOR UPDATE"
KNOWN = "SELECT id FROM log_request WHERE id = ANY(%s)"
TEXTS = ("kind", "outcome", "request", "subject", "agency", "actor", "purpose")
ENTRY_COLUMNS = {"index": "bigint", "leaf": "bytea", "entry": "bytea", "id": "text", "at": "timestamptz"}
ENTRY_COLUMNS |= dict.fromkeys(TEXTS, "text")
ENTRIES = (
    f"INSERT INTO log_entry ({', '.join(ENTRY_COLUMNS)}) "  # noqa: S608  # constants
    f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in ENTRY_COLUMNS.values())})"
)
REQUESTS = "INSERT INTO log_request (id, leaf) SELECT * FROM unnest(%s::text[], %s::bytea[])"
MOVE = "UPDATE log_head SET size = %s, frontier = %s, checkpoint = %s"


async def write(
    connection: AsyncConnection,
    signer: Signer,
    guard: Callable[[AsyncConnection, Sequence[object]], Awaitable[set[int]]],
    batch: Sequence[Pending],
) -> tuple[list[Result], Frontier]:
    """Commit the batch and return one result each, in order, and the head it leaves behind.

    Raises psycopg.Error, Warned or ValueError; then nothing is known to stand and the connection must be dropped.
    BEGIN and COMMIT travel inside the pipelines, so a batch costs three round trips and one flush to disk.
    """
    async with connection.cursor() as cursor:
        head, known = await _begin(connection, cursor, batch)
        refused = await guard(connection, [p.guard for p in batch])
        verdicts = _verdicts(batch, known, refused)
        accepted = [p for p, verdict in zip(batch, verdicts, strict=True) if verdict is None]
        if not accepted:
            await cursor.execute("ROLLBACK")
            return [v for v in verdicts if v is not None], head
        growth = head.grown(p.leaf for p in accepted)
        checkpoint = signer.checkpoint(growth.frontier.size, growth.frontier.root())
        await _store_tiles(cursor, growth, accepted)
        with unwarned(connection):
            async with connection.pipeline():
                await _store(cursor, accepted, growth, checkpoint)
                await cursor.execute("COMMIT")
    return results(verdicts, growth, checkpoint, len(accepted)), growth.frontier


async def _begin(
    connection: AsyncConnection, cursor: AsyncCursor, batch: Sequence[Pending]
) -> tuple[Frontier, set[str]]:
    """Lock the head. From here to COMMIT this is the only writer in the world."""
    async with connection.pipeline():
        await cursor.execute("BEGIN")
        await cursor.execute("SET LOCAL synchronous_commit = on")
        await cursor.execute(HEAD)
        head = frontier(await cursor.fetchone())
    # Outside the pipeline, whose end disarms PostgreSQL's idle-in-transaction timeout: a gateway that falls silent
    # here must lose the head, or no other could ever write.
    await cursor.execute(KNOWN, [[p.entry.id for p in batch]])
    return head, {str(found[0]) for found in await cursor.fetchall()}


def frontier(row: Sequence[object] | None) -> Frontier:
    """The frontier in a head row (size, concatenated 32-byte roots). Raises ValueError when the row is odd."""
    if row is None or not isinstance(row[0], int) or not isinstance(row[1], bytes) or len(row[1]) % 32:
        raise ValueError("the log has no head")
    roots = tuple(row[1][i : i + 32] for i in range(0, len(row[1]), 32))
    if len(roots) != row[0].bit_count():
        raise ValueError("the log's head contradicts itself")
    return Frontier(row[0], roots)


def _verdicts(
    batch: Sequence[Pending], known: set[str], refused: set[int]
) -> list[Literal["guard", "duplicate"] | None]:
    seen, verdicts = set(known), list[Literal["guard", "duplicate"] | None]()
    for position, pending in enumerate(batch):
        if position in refused:
            verdicts.append("guard")
        elif pending.entry.id in seen:
            verdicts.append("duplicate")
        else:
            verdicts.append(None)
            seen.add(pending.entry.id)
    return verdicts


async def _store(cursor: AsyncCursor, accepted: Sequence[Pending], growth: Growth, checkpoint: str) -> None:
    first = growth.frontier.size - len(accepted)
    await cursor.execute(ENTRIES.encode(), columns_of(accepted, first))
    await cursor.execute(REQUESTS, [[p.entry.id for p in accepted], [p.leaf for p in accepted]])
    await cursor.execute(MOVE, [growth.frontier.size, b"".join(growth.frontier.roots), checkpoint])


def columns_of(accepted: Sequence[Pending], first: int) -> list[list[object]]:
    """The entries' columns, in the order of ENTRY_COLUMNS, from index `first` on."""
    entries = [p.entry for p in accepted]
    return [
        [*range(first, first + len(accepted))],
        [p.leaf for p in accepted],
        [p.encoded for p in accepted],
        [e.id for e in entries],
        [e.at for e in entries],
        *([str(getattr(e, name)) for e in entries] for name in TEXTS),
    ]


async def _store_tiles(cursor: AsyncCursor, growth: Growth, accepted: Sequence[Pending]) -> None:
    """Every tile this batch filled, bottom up (C2SP tlog-tiles: full tiles only)."""
    level, size = 0, growth.frontier.size
    before = size - len(accepted)
    while size // TILE > before // TILE:
        for index in range(before // TILE, size // TILE):
            await _store_tile(cursor, growth, level, index)
        level, size, before = level + 1, size // TILE, before // TILE


async def _store_tile(cursor: AsyncCursor, growth: Growth, level: int, index: int) -> None:
    span = range(index * TILE, (index + 1) * TILE)
    fresh = {i: growth.nodes[level * 8, i] for i in span if (level * 8, i) in growth.nodes}
    missing = [i for i in span if i not in fresh]
    if missing and level == 0:
        await cursor.execute("SELECT index, leaf FROM log_entry WHERE index = ANY(%s)", [missing])
        fresh |= {int(i): bytes(leaf) for i, leaf in await cursor.fetchall()}
    elif missing:
        await cursor.execute(
            "SELECT index, hashes FROM log_tile WHERE level = %s AND index = ANY(%s)", [level - 1, missing]
        )
        fresh |= {int(i): tile_root(bytes(hashes)) for i, hashes in await cursor.fetchall()}
    hashes = b"".join(fresh[i] for i in span)
    await cursor.execute("INSERT INTO log_tile (level, index, hashes) VALUES (%s, %s, %s)", [level, index, hashes])


def tile_root(hashes: bytes) -> bytes:
    """The Merkle tree hash over a full tile's 256 hashes."""
    return Frontier().grown(hashes[i : i + 32] for i in range(0, len(hashes), 32)).frontier.root()


def results(
    verdicts: Sequence[Literal["guard", "duplicate"] | None], growth: Growth, checkpoint: str, count: int
) -> list[Result]:
    """One result per verdict: a receipt for each that was stored (the last `count` leaves), else the verdict."""
    index = growth.frontier.size - count
    found: list[Result] = []
    for verdict in verdicts:
        if verdict is not None:
            found.append(verdict)
        else:
            found.append(Receipt(index, growth.nodes[0, index], tuple(growth.proof(index)), checkpoint))
            index += 1
    return found
