"""A wire to PostgreSQL that can be cut, hung and mended while the gateway is at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit


class Wire:
    """A relay on the loopback to a PostgreSQL behind a unix socket."""

    def __init__(self, url: str) -> None:
        there = urlsplit(url)
        self._socket = f"{parse_qs(there.query)['host'][0]}/.s.PGSQL.5432"
        self._target = f"{there.username}@127.0.0.1:{{}}{there.path}?sslmode=disable&gssencmode=disable"
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._whole = True
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    def cut(self) -> None:
        """Every connection ends, and no new one is had."""
        self._whole = False
        for task in self._tasks:
            task.cancel()

    def hang(self) -> None:
        """Connections stand, new ones too, and nothing moves on them."""
        self._flowing.clear()

    def mend(self) -> None:
        """As if nothing had been."""
        self._whole = True
        self._flowing.set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Wire"]:
        """The wire, until the end of the block."""
        server = await asyncio.start_server(self._connected, "127.0.0.1")
        self.url = f"postgresql://{self._target.format(server.sockets[0].getsockname()[1])}"
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self._whole and task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            with suppress(ConnectionError, asyncio.CancelledError):
                await self._relayed(reader, writer)
        writer.transport.abort()

    async def _relayed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_unix_connection(self._socket)
        both = [asyncio.create_task(self._pumped(*way)) for way in ((reader, onward), (there, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)  # one direction's end is the other's
        finally:
            for way in both:
                way.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            onward.transport.abort()

    async def _pumped(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while received := await reader.read(65536):
            await self._flowing.wait()
            writer.write(received)
            await writer.drain()
