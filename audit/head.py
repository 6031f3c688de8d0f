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

OPTIONS = " ".join(
    (
        f"-c role={WRITER} -c statement_timeout=2000 -c lock_timeout=1500 -c idle_in_transaction_session_timeout=5000",
        "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3",  # a gateway that lost power
    )
)
HELD = "SELECT set_config(name, '5000', false) FROM pg_settings WHERE name = 'transaction_timeout'"
"""Nobody holds the head longer, not even silent in the middle of a pipeline (PostgreSQL 17 and later)."""


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
    await connection.execute(HELD)
    await _durable(connection)
    origin, checkpoint, edge = await _head(connection, signer)
    if origin != signer.origin:
        raise HeadRefused("the database holds the log of another origin; point LEDGER_ORIGIN at the right one")
    if checkpoint != signer.checkpoint(edge.size, edge.root()):  # Ed25519 signs the same text the same way
        raise HeadRefused("the head was signed with another key, or edited. Open a new origin")
    await _holds(connection, edge.size, edge.root())
    if known is not None:
        size, root = _stated(signer, known)
        if edge.size < size:
            raise HeadRefused(
                "the database is older than a checkpoint held outside: a restored backup? Open a new origin"
            )
        await _holds(connection, size, root)
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
    try:
        return str(row[2]), str(row[3]), frontier(row[:2])
    except ValueError as error:
        raise HeadRefused("the log's head contradicts itself. Open a new origin") from error


def _stated(signer: Signer, known: str) -> tuple[int, bytes]:
    """The size and root of a checkpoint that we signed, whoever cosigned it since. Raises HeadRefused."""
    try:
        _, number, encoded, *_ = known.split("\n")
        size, root = int(number), base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise HeadRefused("the checkpoint held outside cannot be read") from error
    ours = signer.checkpoint(size, root)
    if not known.startswith(ours.partition("\n\n")[0] + "\n\n") or ours.split("\n")[-2] not in known.split("\n"):
        raise HeadRefused("the checkpoint held outside was not signed by this log's key")
    return size, root


async def _holds(connection: AsyncConnection, size: int, root: bytes) -> None:
    """Raises HeadRefused unless the first `size` entries, as stored, hash to `root`."""
    if size == 0:
        return
    nodes = await Nodes.covering(connection, [(0, size)])
    try:
        stored = subtree(0, size, nodes)
    except KeyError as missing:
        raise HeadRefused("entries are missing from the database. Open a new origin") from missing
    if stored != root:
        raise HeadRefused("the database contradicts a signed checkpoint: a fork? Open a new origin")
