"""A unix socket in front of PostgreSQL's own, which can stop forwarding (half-open), be cut, and be mended."""

import asyncio
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

NAME = ".s.PGSQL.5432"


class Wire:
    """Forwards connections to the database at `url`; `url` of its own is the way through it."""

    def __init__(self, url: str, directory: Path) -> None:
        parts = urlsplit(url)
        self._target = f"{parse_qs(parts.query)['host'][0]}/{NAME}"
        self._path = directory / NAME
        self.url = parts._replace(query=f"host={quote(str(directory), safe='')}").geturl()
        self.sends, self.answers = asyncio.Event(), asyncio.Event()
        """Whether what the client sends, and what the server answers, is forwarded."""
        self.accepted = 0
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        """Forward, for new connections. What was silent stays so for ever."""
        self.sends, self.answers = asyncio.Event(), asyncio.Event()
        self.sends.set()
        self.answers.set()
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._connected, self._path)

    def hold(self) -> None:
        """Fall silent in both directions, with every connection open: a half-open connection."""
        self.sends.clear()
        self.answers.clear()

    async def cut(self) -> None:
        """Close everything, and refuse new connections."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._path.unlink(missing_ok=True)
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        there, back = await asyncio.open_unix_connection(self._target)
        for source, sink, gate in ((reader, back, self.sends), (there, writer, self.answers)):
            task = asyncio.create_task(_carry(source, sink, gate))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    try:
        with suppress(ConnectionError):
            while piece := await source.read(1 << 16):
                await gate.wait()
                sink.write(piece)
                await sink.drain()
        await gate.wait()  # silence hides the end of a connection too
    finally:
        sink.close()
