"""Servers that do to a connector what no server should. Each is a bare TCP server on the loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"


@asynccontextmanager
async def serving(behavior: Behavior, like: str) -> AsyncIterator[str]:
    """Serve; gives the URL `like`, with this server's address in it."""
    under_way: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        under_way.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await behavior(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1")
    try:
        host, port = server.sockets[0].getsockname()
        yield urlunsplit(urlsplit(like)._replace(netloc=f"{host}:{port}"))
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way)


async def request(reader: asyncio.StreamReader) -> bytes:
    """One whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b"0"
    )
    return head + await reader.readexactly(int(length))


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Accept, listen, say nothing."""
    await reader.read(1)
    await asyncio.Event().wait()


def drips(media: bytes) -> Behavior:
    """Promise a body and send a byte of it now and then."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(HEAD % (b"200 OK", media, 1000))
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    return behavior


def hangs_up(media: bytes) -> Behavior:
    """Close in the middle of a body."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(HEAD % (b"200 OK", media, 1000) + b"{<")
        await writer.drain()

    return behavior


def says(status: bytes, media: bytes, body: bytes) -> Behavior:
    """Answer every request with this."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request(reader)
            writer.write(HEAD % (status, media, len(body)) + body)
            await writer.drain()

    return behavior


def floods(media: bytes) -> Behavior:
    """Send spaces without end and without saying how many."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n" % media)
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    return behavior


def redirects(target: str) -> Behavior:
    """Send whoever asks somewhere else."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 307 Look There\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % target.encode())
        await writer.drain()

    return behavior


def swaps(real: str, asked: str, answered: str) -> Behavior:
    """Ask the real system about another person, and pass the answer on."""
    address = urlsplit(real)
    assert len(asked) == len(answered)  # so that no length in the request changes

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = (await request(reader)).replace(asked.encode(), answered.encode())
        there, onward = await asyncio.open_connection(address.hostname, address.port)
        onward.write(sent.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        writer.write(await there.read())
        await writer.drain()
        onward.close()

    return behavior
