"""The HTTP/1.1 client by which the gateway asks custodians: few bytes, few turns of the loop, nothing by surprise.

It follows no redirect, keeps no cookie, unpacks nothing, reads no proxy from the environment. An https URL is verified
against the machine's authorities, or those of the context given. How long to wait is the caller's (asyncio.timeout);
whoever gives up half-way costs the connection, which is never used again.
"""

import asyncio
import re
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from service.connectors.http_wire import Disconnected, Headers, Malformed, Response, TooLarge, Wire

__all__ = ["Disconnected", "Headers", "Http", "Malformed", "Response", "Streamed", "TooLarge"]

Pairs = Iterable[tuple[str, str]]

LIMIT = 1 << 20
"""Bytes of a body that are read unless the caller says otherwise."""

MOST_WIRES = 64
"""Connections to one origin at once; whoever comes then waits."""

IDLE_SECONDS = 15.0
"""A connection idle for longer is not used again: the other side may have forgotten it."""

_URL = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:(/[!-\"$-~]*)|)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~]*")
_OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect", "upgrade"})
_REPEATABLE = frozenset({"GET", "HEAD"})

_Origin = tuple[str, str, int]


@dataclass(slots=True)
class Streamed:
    """An answer whose body is read chunk by chunk as it comes."""

    status: int
    headers: Headers = field(repr=False)
    chunks: AsyncIterator[bytes] = field(repr=False)


class _Pool:
    """The connections to one origin; the one used last is used next."""

    def __init__(self) -> None:
        self.idle: deque[Wire] = deque()
        self.room = asyncio.Semaphore(MOST_WIRES)


class Http:
    """The client. One for the process; close it in the loop that used it."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._trust = trust
        self._pools: dict[_Origin, _Pool] = {}
        self.wires: set[Wire] = set()
        """Every open connection, used or idle."""
        self._closed = False

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Pairs = (),
        body: bytes = b"",
        limit: int = LIMIT,
        repeatable: bool | None = None,
    ) -> Response:
        """The whole answer.

        A kept connection that ends before a byte of it is replaced once, if the request is `repeatable` (GET and HEAD
        are).
        Raises OSError where nobody answers, TooLarge, Malformed, and ValueError for a request that cannot be written.
        """
        origin, message = _written(method, url, headers, body)
        again = method in _REPEATABLE if repeatable is None else repeatable
        pool = self._pool(origin)
        async with pool.room:
            wire = _kept(pool)
            if wire is not None:
                try:
                    return await self._asked(wire, pool, message, limit, head=method == "HEAD")
                except Disconnected:
                    if wire.answered or not again:
                        raise
            return await self._asked(await self._connected(origin), pool, message, limit, head=method == "HEAD")

    async def _asked(self, wire: Wire, pool: _Pool, message: bytes, limit: int, *, head: bool) -> Response:
        try:
            response = await wire.ask(message, limit, head=head)
        except BaseException:
            wire.close()
            raise
        _keep(wire, pool)
        return response

    @asynccontextmanager
    async def stream(self, method: str, url: str, *, headers: Pairs = ()) -> AsyncIterator[Streamed]:
        """An answer of any length, read as it comes. Left half-way, the connection is closed. Raises as `request`."""
        origin, message = _written(method, url, headers, b"")
        pool = self._pool(origin)
        async with pool.room:
            wire = await self._connected(origin)
            try:
                chunks = await wire.stream(message, head=method == "HEAD")
                yield Streamed(wire.status, wire.headers, chunks)
            finally:
                wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up on everybody and wait until that is done."""
        self._closed = True
        wires = list(self.wires)
        for wire in wires:
            wire.close()
        await asyncio.gather(*(wire.gone for wire in wires))

    def _pool(self, origin: _Origin) -> _Pool:
        if self._closed:
            raise Disconnected
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = _Pool()
        return pool

    async def _connected(self, origin: _Origin) -> Wire:
        scheme, host, port = origin
        if scheme == "https" and self._trust is None:
            self._trust = ssl.create_default_context()
        loop = asyncio.get_running_loop()
        trust = self._trust if scheme == "https" else None
        _, wire = await loop.create_connection(lambda: Wire(self._left), host, port, ssl=trust)
        self.wires.add(wire)
        if self._closed:
            wire.close()
        return wire

    def _left(self, wire: Wire) -> None:
        self.wires.discard(wire)


def _kept(pool: _Pool) -> Wire | None:
    """A connection that may still be used, or None."""
    while pool.idle:
        wire = pool.idle.pop()
        if wire.usable and time.monotonic() - wire.idle_since < IDLE_SECONDS:
            return wire
        wire.close()
    return None


def _keep(wire: Wire, pool: _Pool) -> None:
    """Keep a connection for the next, and hang up on one that nobody has needed for long."""
    if not wire.usable:
        wire.close()
        return
    wire.idle_since = time.monotonic()
    pool.idle.append(wire)
    if wire.idle_since - pool.idle[0].idle_since > IDLE_SECONDS:
        pool.idle.popleft().close()


def _written(method: str, url: str, headers: Pairs, body: bytes) -> tuple[_Origin, bytes]:
    """Where a request goes, and its bytes. Raises ValueError for whatever could be read as more than one request."""
    parts = _URL.fullmatch(url)
    if parts is None or not method.isupper() or not method.isalpha() or not method.isascii():
        raise ValueError("not a request that can be sent")
    origin, authority = _origin(*parts.group(1, 2, 3))
    lines = "".join([_line(name, value) for name, value in headers])
    length = f"Content-Length: {len(body)}\r\n" if body or method not in _REPEATABLE else ""
    head = (
        f"{method} {parts[4] or '/'} HTTP/1.1\r\nHost: {authority}\r\nAccept-Encoding: identity\r\n{lines}{length}\r\n"
    )
    return origin, head.encode("ascii") + body


@lru_cache(maxsize=64)
def _origin(scheme: str, host: str, port: str | None) -> tuple[_Origin, str]:
    number = int(port) if port else {"http": 80, "https": 443}[scheme]
    if number > 65535:  # noqa: PLR2004  # ports have sixteen bits
        raise ValueError("not a port")
    return (scheme, host.strip("[]"), number), f"{host}:{port}" if port else host


def _line(name: str, value: str) -> str:
    if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _OURS:
        raise ValueError("not a header that can be sent")
    return f"{name}: {value}\r\n"
