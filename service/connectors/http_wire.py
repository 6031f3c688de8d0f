"""One kept HTTP/1.1 connection to a custodian: a request out, its whole answer in, nothing beside it. TLS or plain.

What a custodian sends is bounded before it is kept: 64 KiB of status and headers, and as much body as the caller
allows. An answer whose end is not told (by length or in chunks, RFC 9112 section 6.3) might be half an answer, so it
is none. Whatever comes unasked, before an answer or behind it, closes the connection.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import cast

import httptools

HEAD_LIMIT = 1 << 16
"""Bytes of status line and headers (and of trailers, and of chunk sizes) that are read."""

WINDOW = 1 << 20
"""Bytes of a streamed body that wait to be taken before the sender has to."""

Headers = dict[bytes, bytes]
"""By lower-cased name; what comes twice is joined by a comma (RFC 9110 section 5.3)."""


class TooLarge(Exception):
    """The answer is larger than was allowed. `status` is its status, 0 where its headers alone were too large."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Malformed(Exception):
    """The answer is no HTTP/1.1 answer, or breaks off, or is packed."""


class Disconnected(ConnectionError):
    """The connection ended before the answer began."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. `content` is empty for HEAD, 204 and 304."""

    status: int
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False)


class Wire(asyncio.Protocol):
    """A connection and the one exchange that may be under way on it. `left` is told when it is gone."""

    def __init__(self, left: "Callable[[Wire], None]") -> None:
        self._left = left
        self._done: asyncio.Future[None] | None = None
        self._more: asyncio.Future[None] | None = None
        self.gone = asyncio.get_running_loop().create_future()
        self.usable = True
        self.idle_since = 0.0

    async def ask(self, request: bytes, limit: int, *, head: bool) -> Response:
        """Send a request and wait for its answer. Raises TooLarge, Malformed or Disconnected."""
        await self._begin(request, limit, head=head)
        return Response(self.status, self.headers, b"".join(self._parts))

    def _begin(self, request: bytes, limit: int, *, head: bool, streamed: bool = False) -> asyncio.Future[None]:
        self.answered = False
        if not self.usable:
            raise Disconnected
        self._limit, self._head, self._streamed = limit, head, streamed
        self._fed = self._size = self._waiting = 0
        self._parts: list[bytes] = []
        self._clean()
        self._parser = httptools.HttpResponseParser(self)
        self._done = done = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return done

    async def stream(self, request: bytes, *, head: bool) -> "AsyncIterator[bytes]":
        """Send a request; `status` and `headers` are there once this returns. Raises as `ask` does, then and later."""
        done = self._begin(request, 1 << 62, head=head, streamed=True)
        done.add_done_callback(_seen)
        while not (self.began or done.done()):
            await self._news()
        if done.done():
            done.result()
        return self._taken(done)

    async def _taken(self, done: asyncio.Future[None]) -> AsyncIterator[bytes]:
        while self._parts or not done.done():
            if not self._parts:
                await self._news()
                continue
            chunk, self._parts, self._waiting = b"".join(self._parts), [], 0
            self._transport.resume_reading()
            yield chunk
        done.result()

    async def _news(self) -> None:
        self._more = asyncio.get_running_loop().create_future()
        try:
            await self._more
        finally:
            self._more = None

    def close(self) -> None:
        """Hang up at once; an exchange under way fails."""
        self.usable = False
        self._transport.abort()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # a stream's transport, says asyncio

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Fail what is under way."""
        self.usable = False
        self._end(Malformed("broken off") if self._done and self.began else Disconnected())
        if not self.gone.done():
            self.gone.set_result(None)
        self._left(self)

    def data_received(self, data: bytes) -> None:
        """Read; what comes unasked, or is too much, or no HTTP, closes the connection."""
        if self._done is None:
            self.close()
            return
        self.answered = True
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._broken(error.__context__)
        else:
            # Chunk sizes, trailers and unended headers cost bytes too. The smallest chunk has five to its one.
            if self._done is not None and self._fed > HEAD_LIMIT + 8 * self._size:
                self._broken(TooLarge(self.status))

    def _broken(self, error: BaseException | None) -> None:
        self._end(error if isinstance(error, (TooLarge, Malformed)) else Malformed("not HTTP"))
        self.close()

    def _end(self, error: Exception | None = None) -> None:
        done, self._done = self._done, None
        if done is not None and not done.done():
            done.set_result(None) if error is None else done.set_exception(error)
        self._wake()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    # What the parser tells. An exception raised here ends the parsing; `data_received` finds it as its context.

    def _clean(self) -> None:
        self.status, self.headers, self.began, self._weight = 0, Headers(), False, 0

    def on_message_begin(self) -> None:
        """An answer begins: the one that is awaited, or one that nobody asked for."""
        if self._done is None:
            raise Malformed("unasked")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer, which is not kept."""
        self._weight += len(name) + len(value)
        if self._weight > HEAD_LIMIT:
            raise TooLarge(0)
        if not self.began:
            name = name.lower()
            self.headers[name] = self.headers[name] + b", " + value if name in self.headers else value

    def on_headers_complete(self) -> None:
        """All headers are there; after those of an interim answer (1xx) others follow."""
        self.status = self._parser.get_status_code()
        if 100 <= self.status < 200:  # noqa: PLR2004
            return
        self.began = True
        self._check()
        self.usable = self.usable and self._parser.should_keep_alive()
        if self._head:
            self._end()
        self._wake()

    def _check(self) -> None:
        """Raise Malformed for another protocol or a packed body, TooLarge for one that says it will be."""
        if self._parser.get_http_version() not in ("1.1", "1.0") or self.status < 100:  # noqa: PLR2004
            raise Malformed("not HTTP/1")
        packed = self.headers.get(b"content-encoding", b"identity").lower() != b"identity"
        if packed or self.headers.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            raise Malformed("packed")
        if int(self.headers.get(b"content-length", b"0")) > self._limit and not self._bodiless():
            raise TooLarge(self.status)

    def _bodiless(self) -> bool:
        return self._head or self.status in (204, 304)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._size += len(body)
        if self._done is None:
            raise Malformed("unasked")
        if self._size > self._limit:
            raise TooLarge(self.status)
        self._parts.append(body)
        if self._streamed:
            self._waiting += len(body)
            if self._waiting > WINDOW:
                self._transport.pause_reading()
            self._wake()

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was an interim one."""
        if self._done is None:
            return
        if self.began:
            self._end()
        else:
            self._clean()


def _seen(done: asyncio.Future[None]) -> None:
    if not done.cancelled():
        done.exception()  # looked at, so that asyncio does not print it when a stream is left half-way
