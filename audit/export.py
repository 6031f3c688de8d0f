"""The log as a C2SP directory (tlog-tiles) that `python -m audit.verify log` checks offline.

    checkpoint  vkey  tile/<L>/<N>[.p/<W>]  tile/entries/<N>[.p/<W>]  columns/<N>[.p/<W>]

`columns` is ours: the search columns as the database holds them (JSON lines, in the order of `entry.COLUMNS`),
so that an outsider sees whether one was edited. The export judges nothing; the verifier does. The checkpoint is
written last: a directory without one was never finished.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from audit.batch import TILE, tile_root
from audit.canonical import instant
from audit.entry import COLUMNS

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
HEAD = "SELECT size, checkpoint FROM log_head"
ENTRIES = f"SELECT index, leaf, entry, {', '.join(COLUMNS)} FROM log_entry WHERE index < %s ORDER BY index"  # noqa: S608
TILES = """
SELECT level, index, hashes FROM log_tile
WHERE (index + 1) * power(256::numeric, level + 1) <= %s ORDER BY level, index
"""
BELOW = "SELECT index, hashes FROM log_tile WHERE level = %s AND index >= %s AND index < %s ORDER BY index"


class ExportFailed(Exception):
    """The log cannot be exported whole. The message names the first place that is missing."""


async def export(
    connection: AsyncConnection, directory: Path, vkey: str, progress: Callable[[int], None] | None = None
) -> int:
    """Write the log as of now, in one snapshot, and return its size. Raises ExportFailed, psycopg.Error, OSError.

    `connection` has no transaction open and may read the log (the reader role will do). Memory holds one bundle of
    256 entries at a time; `progress` hears of each bundle's entries.
    """
    async with connection.transaction():
        await connection.execute(SNAPSHOT)
        row = await (await connection.execute(HEAD)).fetchone()
        if row is None:
            raise ExportFailed("the database holds no log")
        size, checkpoint = int(row[0]), str(row[1])
        await _bundles(connection, directory, size, progress or (lambda _: None))
        await _tiles(connection, directory, size)
    await asyncio.to_thread(_write, directory / "vkey", f"{vkey}\n".encode())
    await asyncio.to_thread(_write, directory / "checkpoint", checkpoint.encode())
    return size


def tile_name(number: int, width: int = TILE) -> str:
    """`x001/x234/067`, and `.p/W` behind it when fewer than 256 wide."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *above, last = (digits[i : i + 3] for i in range(0, len(digits), 3))
    return "/".join([*(f"x{part}" for part in above), last]) + (f".p/{width}" if width < TILE else "")


async def _bundles(connection: AsyncConnection, directory: Path, size: int, progress: Callable[[int], None]) -> None:
    """Entry bundles, their columns, and the partial level-0 tile at the right edge."""
    done = 0
    async for rows in _streamed(connection, ENTRIES, size):
        gap = next((done + i for i, row in enumerate(rows) if row[0] != done + i), None)
        if gap is not None:
            raise ExportFailed(f"entry {gap} is missing from the database")
        name = tile_name(done // TILE, len(rows))
        await asyncio.to_thread(_write, directory / "tile/entries" / name, _bundle(rows))
        await asyncio.to_thread(_write, directory / "columns" / name, _columns(rows))
        if len(rows) < TILE:
            await asyncio.to_thread(_write, directory / "tile/0" / name, b"".join(bytes(row[1]) for row in rows))
        done += len(rows)
        progress(len(rows))
    if done != size:
        raise ExportFailed(f"entry {done} is missing from the database")


async def _tiles(connection: AsyncConnection, directory: Path, size: int) -> None:
    """Full tiles as stored, and the partial ones above level 0 from the full tiles below them."""
    async for rows in _streamed(connection, TILES, size):
        for level, index, hashes in rows:
            await asyncio.to_thread(_write, directory / "tile" / str(level) / tile_name(index), bytes(hashes))
    level, width = 1, size // TILE
    while width:
        first = width - width % TILE
        cursor = await connection.execute(BELOW, [level - 1, first, width])
        roots = [tile_root(bytes(hashes)) for _, hashes in await cursor.fetchall()]
        if roots:
            name = tile_name(first // TILE, len(roots))
            await asyncio.to_thread(_write, directory / "tile" / str(level) / name, b"".join(roots))
        level, width = level + 1, width // TILE


async def _streamed(connection: AsyncConnection, statement: str, size: int) -> AsyncIterator[list[TupleRow]]:
    async with connection.cursor("log_export") as cursor:  # on the server: rows come as they are asked for
        await cursor.execute(statement, [size])
        while rows := await cursor.fetchmany(TILE):
            yield rows


def _bundle(rows: list[TupleRow]) -> bytes:
    bodies = [bytes(row[2]) for row in rows]
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


def _columns(rows: list[TupleRow]) -> bytes:
    at = 3 + COLUMNS.index("at")
    lines = [[instant(value) if i == at else value for i, value in enumerate(row)][3:] for row in rows]
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
