"""Put rosters and caseloads into our tables.

What is brought in replaces all that was known of the agencies it names: whoever is no
longer listed is out. Nothing is committed here, so a bad row leaves all as it was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Delete, Table, Update, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.vocabulary import Agency
from service.identity.staff import Assignment, Post, read_assignments, read_posts
from service.identity.tables import caseload, roster

Staff = TypeVar("Staff", Post, Assignment)

_BATCH: Final = 5_000


async def load_roster(connection: AsyncConnection, path: Path) -> int:
    """Replace the rosters of the agencies in the file; how many posts. Raises BadStaffFile."""
    return await put_roster(connection, read_posts(path))


async def load_caseload(connection: AsyncConnection, path: Path) -> int:
    """Replace the caseloads of the agencies in the file; how many relationships. Raises BadStaffFile."""
    return await put_caseload(connection, read_assignments(path))


async def put_roster(connection: AsyncConnection, posts: Iterable[Post]) -> int:
    """The same from code. A post that is not among `posts` becomes inactive, and stays known."""
    return await _replace(connection, roster, posts, update(roster).values(active=False))


async def put_caseload(connection: AsyncConnection, assignments: Iterable[Assignment]) -> int:
    """The same from code, streamed: `assignments` may be millions."""
    return await _replace(connection, caseload, assignments, delete(caseload))


async def _replace(connection: AsyncConnection, table: Table, rows: Iterable[Staff], forget: Update | Delete) -> int:
    count, named = 0, set[Agency]()
    write = insert(table)
    changing = {column.name: write.excluded[column.name] for column in table.columns if not column.primary_key}
    write = write.on_conflict_do_update(constraint=table.primary_key, set_=changing)
    for batch in _batches(rows):
        new = {row.agency for row in batch} - named
        await connection.execute(forget.where(table.c.agency.in_([agency.value for agency in new])))
        await connection.execute(write, [_columns(row) for row in batch])
        count, named = count + len(batch), named | new
    return count


def _batches(rows: Iterable[Staff]) -> Iterator[list[Staff]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _columns(row: Post | Assignment) -> dict[str, object]:
    return {name: str(value) if isinstance(value, str) else value for name, value in asdict(row).items()}
