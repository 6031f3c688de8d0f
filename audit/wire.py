"""What the log asks of its connection: an end to every wait, and no acknowledgement with a warning."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from psycopg import AsyncConnection
from psycopg.errors import Diagnostic

GRACE_SECONDS = 0.5


class Warned(Exception):
    """The server warned while it committed, so what it acknowledged may be lost."""


@asynccontextmanager
async def within(connection: AsyncConnection, seconds: float) -> AsyncIterator[None]:
    """Whatever is done inside ends in `seconds`, on a half-open connection too. Raises psycopg.Error or TimeoutError.

    Cancelling psycopg asks the server to cancel and waits for its word, which a silent server never gives. So the
    wire is cut instead: libpq sees the connection end, and whoever waits on it gets an OperationalError.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _cut, connection)
    try:
        async with asyncio.timeout(seconds + GRACE_SECONDS):  # for a guard that waits for something else
            yield
    finally:
        timer.cancel()


def _cut(connection: AsyncConnection) -> None:
    if not connection.closed:
        # A copy of the descriptor: psycopg's own must stay open, or its number could become another connection's.
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as wire, suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)


@contextmanager
def unwarned(connection: AsyncConnection) -> Iterator[None]:
    """Raises Warned when the server warns inside.

    PostgreSQL acknowledges a COMMIT that gave up waiting for its synchronous standby, with a warning in the
    server's own language and no code of its own. So any warning at all counts.
    """
    warnings: list[Diagnostic] = []

    def notice(diagnostic: Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            warnings.append(diagnostic)

    connection.add_notice_handler(notice)
    try:
        yield
    finally:
        connection.remove_notice_handler(notice)
    if warnings:
        raise Warned("the commit was acknowledged with a warning")
