"""A native file read by identifier.

What is kept in memory is an `Index`: identifier to byte ranges, and no value of care. A query reads just the ranges of
the person it is about. When the file has changed, the index is built anew before anything is read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Generic, Protocol

from service.connectors.base import LIMIT, Unanswered
from service.connectors.native_files import SILENCE, Changed, Files, Version
from service.connectors.native_files_places import Form, Index, joined
from service.gateway.ports import Fault

_MOST_RANGES = 512


class Indexer(Protocol[Form]):
    """Builds an index from a file's chunks."""

    def see(self, chunk: bytes) -> None:
        """The next bytes of the file. Raises ValueError for a file that is not what it should be."""

    def close(self) -> Index[Form]:
        """The end of the file. Raises ValueError likewise."""


@dataclass(frozen=True, slots=True, repr=False)
class Found(Generic[Form]):
    """One identifier's bytes, in the file's order, and how to read them."""

    pieces: list[bytes]
    form: Form
    as_of: datetime | None


class IndexedFile(Generic[Form]):
    """A file read by identifier. The index is built once for all who wait for it, whether or not they have the time."""

    def __init__(self, files: Files, name: str, indexer: Callable[[], Indexer[Form]]) -> None:
        self._files, self._name, self._indexer = files, name, indexer
        self._built: tuple[Version, Index[Form]] | None = None
        self._building: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to build the index, unless that is under way."""
        if self._building is None or self._building.done():
            self._building = asyncio.create_task(self._build())
            self._building.add_done_callback(_seen)

    async def stop(self) -> None:
        """Build no more."""
        if self._building:
            self._building.cancel()
            await asyncio.wait([self._building])

    async def known(self, identifier: str) -> bool:
        """Whether the file, as it is now, has anything under this identifier."""
        _, index = await self._current()
        if identifier in index.places:
            return True
        _, index = await self._current(anew=True)
        return identifier in index.places

    async def batches(self, size: int = 500) -> AsyncIterator[Found[Form]]:
        """The whole file by way of its index, so many identifiers at a time. Raises Changed if the file changes."""
        version, index = await self._current(anew=True)
        identifiers = iter(index.places)
        while some := list(islice(identifiers, size)):
            ranges = joined([place for identifier in some for place in index.places[identifier]])
            async with asyncio.timeout(SILENCE):
                pieces = await self._files.pieces(self._name, ranges, version)
            yield Found(pieces, index.form, index.made or version.modified)

    async def find(self, identifier: str) -> Found[Form] | None:
        """What stands under an identifier; None if nothing does. Raises Unanswered, OSError or ValueError."""
        if not await self.known(identifier):
            return None
        try:
            return await self._find(identifier, *await self._current())
        except Changed:
            return await self._find(identifier, *await self._current(anew=True))

    async def _find(self, identifier: str, version: Version, index: Index[Form]) -> Found[Form] | None:
        ranges = joined(index.places.get(identifier, ()))
        if len(ranges) > _MOST_RANGES or sum(end - start for start, end in ranges) > LIMIT:
            raise Unanswered(Fault.TOO_LARGE)
        pieces = await self._files.pieces(self._name, ranges, version) if ranges else []
        return Found(pieces, index.form, index.made or version.modified) if pieces else None

    async def _current(self, *, anew: bool = False) -> tuple[Version, Index[Form]]:
        if self._built is None or (anew and await self._files.version(self._name) != self._built[0]):
            self.start()
            assert self._building is not None  # noqa: S101  # started above
            await asyncio.shield(self._building)
        assert self._built is not None  # noqa: S101  # or the building raised
        return self._built

    async def _build(self) -> None:
        indexer = self._indexer()
        version = await self._files.whole(self._name, indexer.see)
        self._built = (version, await asyncio.to_thread(indexer.close))


def _seen(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not print it; `_current` raises it to whoever asks
