"""A batch in one stroke: one statement, one round trip, one commit, for the batch that meets no surprise.

The writer remembers the head it left behind. The statement moves the head only if it is still that one and the guard's
rows still hold, and stores the entries only if it moved the head. If it did not (another gateway wrote, consent
changed), nothing happened, and the batch goes the long way of `batch.write`, which finds out why.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from audit.batch import ENTRIES, MOVE, REQUESTS, TILE, Pending, Result, columns_of, results
from audit.checkpoint import Signer
from audit.merkle import Frontier
from audit.wire import unwarned


class Holding(NamedTuple):
    """A guard in SQL: a statement that locks and returns one row for each thing that still holds, and how many must."""

    sql: str
    parameters: Sequence[object]
    rows: int


@runtime_checkable
class SqlGuard(Protocol):
    """A guard that can say in one statement whether a whole batch may be committed."""

    def held(self, tokens: Sequence[object]) -> Holding:
        """The statement for these tokens."""


NOTHING_TO_HOLD = Holding("SELECT 1 WHERE false", (), 0)

STROKE = f"""
WITH held AS MATERIALIZED ({{held}}),
head AS ({MOVE} WHERE size = %s AND frontier = %s AND (SELECT count(*) FROM held) = %s RETURNING true),
entries AS ({ENTRIES} WHERE EXISTS (SELECT FROM head)),
requests AS ({REQUESTS} WHERE EXISTS (SELECT FROM head))
SELECT EXISTS (SELECT FROM head)
"""  # noqa: S608  # constants, and a guard's own statement
"""The long way's own three statements, each with its condition."""


async def stroke(
    connection: AsyncConnection, signer: Signer, guard: object, batch: Sequence[Pending], head: Frontier
) -> tuple[list[Result], Frontier] | None:
    """The batch's receipts and the new head; None when nothing was done and the long way must find out why.

    Raises psycopg.Error and Warned as `batch.write` does; then nothing is known to stand.
    """
    held = _held(guard, batch)
    fills_a_tile = (head.size + len(batch)) // TILE > head.size // TILE
    if held is None or fills_a_tile or len({p.entry.id for p in batch}) < len(batch):
        return None
    growth = head.grown(p.leaf for p in batch)
    checkpoint = signer.checkpoint(growth.frontier.size, growth.frontier.root())
    columns = columns_of(batch, head.size)
    moved = [growth.frontier.size, b"".join(growth.frontier.roots), checkpoint, head.size, b"".join(head.roots)]
    asked = [*held.parameters, *moved, held.rows, *columns, [p.entry.id for p in batch], [p.leaf for p in batch]]
    sql = STROKE.format(held=held.sql)
    try:
        with unwarned(connection):
            row = await (await connection.execute(sql.encode(), asked)).fetchone()
    except UniqueViolation:
        return None  # an id that stands already: the long way says whose
    if row != (True,):
        return None
    return results([None] * len(batch), growth, checkpoint, len(batch)), growth.frontier


def _held(guard: object, batch: Sequence[Pending]) -> Holding | None:
    """What the guard wants held; None for a guard that cannot say it in SQL."""
    tokens = [p.guard for p in batch]
    if isinstance(guard, SqlGuard):
        return guard.held(tokens)
    return None
