"""Take the custodians' feeds into the index: streamed, in batches, each batch one transaction.

Taking the same feed in again changes nothing. Memory holds one batch and its neighborhood, whatever the feed's length.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, fields
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.db.session import transaction
from service.gateway.ports import Sighting
from service.subjects import store
from service.subjects.keys import keys
from service.subjects.model import of_sighting
from service.subjects.neighborhood import Changes, Name, Neighborhood, named

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """What a feed came to: lines read and refused, persons made, links written, and questions for a human."""

    lines: int = 0
    refused: int = 0
    persons: int = 0
    links: int = 0
    questions: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """The sum of two batches."""
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


async def take_in(
    engine: AsyncEngine,
    feed: AsyncIterator[Sighting],
    *,
    batch: int = BATCH,
    progress: Callable[[int], None] = lambda _: None,
) -> Tally:
    """Index a feed. `progress` hears the number of lines after each batch. Raises StoreUnavailable."""
    total = Tally()
    async for lines in _batches(feed, batch):
        async with transaction(engine) as connection:
            await store.alone(connection)
            total += await _absorb(connection, lines)
        progress(len(lines))
    return total


async def _absorb(connection: AsyncConnection, lines: list[Sighting]) -> Tally:
    # The last line about an identifier is the newest; a line without one, or that cannot be stored, names nobody.
    newest = {named(seen): seen for seen in lines if storable(seen)}
    changes = await _changes(connection, newest)
    await store.write(connection, changes)
    refused = sum(not storable(seen) for seen in lines)
    return Tally(len(lines), refused, len(changes.persons), len(changes.links), len(changes.questions))


async def _changes(connection: AsyncConnection, newest: dict[Name, Sighting]) -> Changes:
    wanted = {key for seen in newest.values() for key in keys(of_sighting(seen))}
    blocks: dict[int, set[str]] = {}
    for key, ref in await connection.execute(store.BLOCKS, {"keys": list(wanted)}):
        blocks.setdefault(key, set()).add(ref)
    linked = await connection.execute(store.REFS_NAMED, store.names_asked(newest))
    refs = {ref for (ref,) in linked}.union(*blocks.values())
    links = await connection.execute(store.LINKS, {"refs": list(refs)})
    neighborhood = Neighborhood(map(store.sighting, links), blocks, new_ref)
    for seen in newest.values():
        neighborhood.absorb(seen)
    return neighborhood.changes


def new_ref() -> str:
    """A reference that says nothing about the person: 122 random bits."""
    return f"s-{uuid4().hex}"


def storable(seen: Sighting) -> bool:
    """Whether a line has an identifier, and text that PostgreSQL can hold."""
    texts = [value for f in fields(seen) if isinstance(value := getattr(seen, f.name), str)]
    return bool(seen.local_id) and all(map(store.fits, texts))


async def _batches(feed: AsyncIterator[Sighting], size: int) -> AsyncIterator[list[Sighting]]:
    lines: list[Sighting] = []
    async for seen in feed:
        lines.append(seen)
        if len(lines) >= size:
            yield lines
            lines = []
    if lines:
        yield lines
