"""May this database carry the log? Asked at start and at every reconnect; never extended silently.

A database smaller than, or inconsistent with, the newest checkpoint known outside is a restored backup or a
fork. Extending it would sign a split view with our own key, so it is refused until an operator opens a new origin.
"""

import base64

import psycopg
from psycopg import AsyncConnection

from audit.batch import frontier
from audit.checkpoint import Signer
from audit.merkle import Frontier, subtree
from audit.nodes import Nodes
from audit.tables import WRITER

OPTIONS = f"-c role={WRITER} -c statement_timeout=2000 -c lock_timeout=1500 -c idle_in_transaction_session_timeout=5000"


class HeadRefused(Exception):
    """This database must not be written to. The message says why and what to do."""


async def connect(url: str) -> AsyncConnection:
    """A connection in the writing role, with deadlines on everything."""
    return await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        options=OPTIONS,
        connect_timeout=2,
        tcp_user_timeout=2000,
        application_name="porchlight-log",
    )


async def checked(connection: AsyncConnection, signer: Signer, known: str | None) -> str:
    """The head's checkpoint, if this database is durable, ours, and no older than `known`. Raises HeadRefused."""
    await _durable(connection)
    origin, checkpoint, edge = await _head(connection, signer)
    if origin != signer.origin:
        raise HeadRefused("the database holds the log of another origin; point LEDGER_ORIGIN at the right one")
    if known is not None:
        await _no_older(connection, edge, known)
    return checkpoint


async def _durable(connection: AsyncConnection) -> None:
    cursor = await connection.execute(
        "SELECT current_setting('fsync'), pg_is_in_recovery(), current_setting('full_page_writes')"
    )
    fsync, standby, pages = await cursor.fetchone() or ("off", True, "off")
    if fsync != "on" or pages != "on":
        raise HeadRefused("PostgreSQL runs with fsync or full_page_writes off: an acknowledged entry could be lost")
    if standby:
        raise HeadRefused("this PostgreSQL is a standby; the log writes only to the primary")


async def _head(connection: AsyncConnection, signer: Signer) -> tuple[str, str, Frontier]:
    empty = Frontier()
    await connection.execute(
        "INSERT INTO log_head (origin, size, frontier, checkpoint) VALUES (%s, 0, '', %s) ON CONFLICT DO NOTHING",
        [signer.origin, signer.checkpoint(0, empty.root())],
    )
    cursor = await connection.execute("SELECT size, frontier, origin, checkpoint FROM log_head")
    row = await cursor.fetchone()
    if row is None:
        raise HeadRefused("the log has no head")
    return str(row[2]), str(row[3]), frontier(row[:2])


async def _no_older(connection: AsyncConnection, edge: Frontier, known: str) -> None:
    _, size_line, root_line, *_ = known.split("\n")
    size, root = int(size_line), base64.b64decode(root_line)
    if edge.size < size:
        raise HeadRefused("the database is older than a checkpoint held outside: a restored backup? Open a new origin")
    if size == 0:
        return
    nodes = await Nodes.covering(connection, [(0, size)])
    if subtree(0, size, nodes) != root:
        raise HeadRefused("the database contradicts a checkpoint held outside: a fork? Open a new origin")
