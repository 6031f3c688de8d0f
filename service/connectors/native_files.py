"""Native files in a directory or behind HTTP, read by byte range of a known version.

Whoever reads says which version of the file the ranges are of; another version is `Changed` and never read.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiohttp

from service.connectors.base import Unanswered
from service.connectors.native_files_places import Range
from service.gateway.ports import Fault

_CHUNK = 1 << 20


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


def files(url: str, http: aiohttp.ClientSession) -> Files:
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
    http: aiohttp.ClientSession = field(repr=False)

    async def version(self, name: str) -> Version:
        """By ETag, time of change and size."""
        async with self._ask("HEAD", name) as response:
            _expect(response, 200)
            return _headers(response, response.headers.get("Content-Length", ""))

    async def whole(self, name: str, see: Callable[[bytes], None]) -> Version:
        """Download from first to last byte."""
        async with self._ask("GET", name, timeout=aiohttp.ClientTimeout(total=None, sock_read=30)) as response:
            _expect(response, 200)
            async for chunk in response.content.iter_chunked(_CHUNK):
                await asyncio.to_thread(see, chunk)
            return _headers(response, response.headers.get("Content-Length", ""))

    async def pieces(self, name: str, ranges: Sequence[Range], version: Version) -> list[bytes]:
        """One request for each range; neighbors were joined before."""
        async with together() as group:
            tasks = [group.create_task(self._piece(name, start, end, version)) for start, end in ranges]
        return [task.result() for task in tasks]

    async def _piece(self, name: str, start: int, end: int, version: Version) -> bytes:
        async with self._ask("GET", name, headers={"Range": f"bytes={start}-{end - 1}"}) as response:
            if response.status in (200, 416):  # the range is ignored, or lies beyond the end: another file
                raise Changed
            _expect(response, 206)
            told, _, size = response.headers.get("Content-Range", "").partition("/")
            if _headers(response, size) != version:
                raise Changed
            if told != f"bytes {start}-{end - 1}":
                raise Unanswered(Fault.GARBAGE)
            return await _exactly(response, end - start)

    def _ask(
        self,
        method: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> "aiohttp.client._RequestContextManager":
        return self.http.request(
            method,
            f"{self.base}/{name}",
            headers={"Accept-Encoding": "identity", **(headers or {})},
            allow_redirects=False,
            auto_decompress=False,
            timeout=timeout or aiohttp.ClientTimeout(total=30),
        )


def _expect(response: aiohttp.ClientResponse, status: int) -> None:
    if response.status >= 500:  # noqa: PLR2004
        raise Unanswered(Fault.SERVER_ERROR)
    if response.status >= 400:  # noqa: PLR2004
        raise Unanswered(Fault.REFUSED)
    if response.status != status or response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unanswered(Fault.GARBAGE)


def _headers(response: aiohttp.ClientResponse, size: str) -> Version:
    etag, modified = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
    try:
        at = parsedate_to_datetime(modified).astimezone(UTC) if modified else None
    except ValueError:
        at = None
    return Version((etag, modified, size), at)


async def _exactly(response: aiohttp.ClientResponse, length: int) -> bytes:
    received = bytearray()
    async for chunk in response.content.iter_any():
        received += chunk
        if len(received) > length:
            raise Unanswered(Fault.TOO_LARGE)
    if len(received) < length:
        raise Unanswered(Fault.GARBAGE)
    return bytes(received)
