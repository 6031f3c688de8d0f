"""Native files in a directory or behind HTTP, read by byte range of a known version.

Whoever reads says which version of the file the ranges are of; another version is `Changed` and never read.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from service.connectors.base import Unanswered, expect, modified
from service.connectors.http import Headers, Http, TooLarge
from service.connectors.native_files_places import Range
from service.gateway.ports import Fault

_CHUNK = 1 << 20

SILENCE = 30.0
"""Seconds without a byte after which a server has gone silent."""


class Changed(Exception):
    """The file is not the one the index was built from."""


@dataclass(frozen=True, slots=True)
class Version:
    """Which state of a file this is. `modified` is when it last changed, if that is known (aware, UTC)."""

    token: tuple[str, ...]
    modified: datetime | None = None


class Files(Protocol):
    """A place with named files. Its methods raise Unanswered or OSError where it does not answer."""

    async def version(self, name: str) -> Version:
        """The file's state now."""

    async def whole(self, name: str, see: Callable[[bytes], None]) -> Version:
        """Show the whole file to `see`, chunk by chunk, outside of the event loop. Changed if it changes meanwhile."""

    async def pieces(self, name: str, ranges: Sequence[Range], version: Version) -> list[bytes]:
        """These bytes of this version. Raises Changed for any other version."""


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks that end together: when one fails the others are cancelled, and that one's own error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def files(url: str, http: Http) -> Files:
    """The files at an `http(s):` URL, a `file:` URL or a plain path."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return HttpFiles(url.rstrip("/"), http)
    return DirectoryFiles(Path(unquote(parts.path) if parts.scheme == "file" else url))


@dataclass(frozen=True, slots=True)
class DirectoryFiles:
    """Files in a directory."""

    directory: Path

    async def version(self, name: str) -> Version:
        """By inode, size and time of change."""
        return _stat(await asyncio.to_thread(os.stat, self.directory / name))

    async def whole(self, name: str, see: Callable[[bytes], None]) -> Version:
        """Read from first to last byte."""
        return await asyncio.to_thread(self._whole, name, see)

    async def pieces(self, name: str, ranges: Sequence[Range], version: Version) -> list[bytes]:
        """Read with pread."""
        return await asyncio.to_thread(self._pieces, name, ranges, version)

    def _whole(self, name: str, see: Callable[[bytes], None]) -> Version:
        with (self.directory / name).open("rb") as file:
            before = _stat(os.fstat(file.fileno()))
            while chunk := file.read(_CHUNK):
                see(chunk)
            if _stat(os.fstat(file.fileno())) != before:
                raise Changed
        return before

    def _pieces(self, name: str, ranges: Sequence[Range], version: Version) -> list[bytes]:
        with (self.directory / name).open("rb") as file:
            if _stat(os.fstat(file.fileno())) != version:
                raise Changed
            return [os.pread(file.fileno(), end - start, start) for start, end in ranges]


def _stat(found: os.stat_result) -> Version:
    token = (str(found.st_ino), str(found.st_size), str(found.st_mtime_ns))
    return Version(token, datetime.fromtimestamp(found.st_mtime, UTC))


@dataclass(frozen=True, slots=True)
class HttpFiles:
    """Files behind an HTTP server that knows Range (RFC 9110 section 14). Follows no redirect."""

    base: str
    http: Http = field(repr=False)

    async def version(self, name: str) -> Version:
        """By ETag, time of change and size."""
        async with asyncio.timeout(SILENCE):
            response = await self.http.request("HEAD", f"{self.base}/{name}")
        expect(response.status, 200)
        return _version(response.headers, _size(response.headers))

    async def whole(self, name: str, see: Callable[[bytes], None]) -> Version:
        """Download from first to last byte, however long that takes while bytes still come."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SILENCE) as patience, self.http.stream("GET", f"{self.base}/{name}") as response:
            expect(response.status, 200)
            async for chunk in response.chunks:
                patience.reschedule(None)
                await asyncio.to_thread(see, chunk)
                patience.reschedule(loop.time() + SILENCE)
            return _version(response.headers, _size(response.headers))

    async def pieces(self, name: str, ranges: Sequence[Range], version: Version) -> list[bytes]:
        """One request for each range; neighbors were joined before."""
        if len(ranges) == 1:
            return [await self._piece(name, *ranges[0], version)]
        async with together() as group:
            tasks = [group.create_task(self._piece(name, start, end, version)) for start, end in ranges]
        return [task.result() for task in tasks]

    async def _piece(self, name: str, start: int, end: int, version: Version) -> bytes:
        asked = f"bytes={start}-{end - 1}"
        url, headers = f"{self.base}/{name}", (("Range", asked),)
        try:
            response = await self.http.request("GET", url, headers=headers, limit=end - start)
        except TooLarge as large:
            if large.status == 200:  # noqa: PLR2004  # the whole of a file that may be another
                raise Changed from None
            expect(large.status or 206, 206)
            raise
        if response.status in (200, 416):  # the range is ignored, or lies beyond the end: another file
            raise Changed
        expect(response.status, 206)
        told, _, size = response.headers.get(b"content-range", b"").partition(b"/")
        if _version(response.headers, size) != version:
            raise Changed
        if told != f"bytes {start}-{end - 1}".encode() or len(response.content) != end - start:
            raise Unanswered(Fault.GARBAGE)
        return response.content


def _size(headers: Headers) -> bytes:
    return headers.get(b"content-length", b"")


def _version(headers: Headers, size: bytes) -> Version:
    token = (headers.get(b"etag", b""), headers.get(b"last-modified", b""), size)
    return Version(tuple(part.decode("latin-1") for part in token), modified(headers))
