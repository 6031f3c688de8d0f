"""A batch in one stroke: all of it, or nothing at all and the long way."""

from collections.abc import Sequence

import psycopg
import pytest
from psycopg import AsyncConnection

from audit.batch import TILE, write
from audit.checkpoint import Receipt
from audit.head import checked, connect
from audit.ledger import no_guard
from audit.merkle import Frontier
from audit.stroke import Holding, stroke
from tests.audit.oracle import SIGNER
from tests.audit.test_tiles import pendings


class Holds:
    """A guard in SQL that wants so many rows and finds one."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted

    def held(self, _: Sequence[object]) -> Holding:
        return Holding("SELECT 1", (), self.wanted)


async def opened(url: str) -> tuple[AsyncConnection, Frontier]:
    connection = await connect(url)
    await checked(connection, SIGNER, None)
    return connection, Frontier()


def size(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT (SELECT size FROM log_head), (SELECT count(*) FROM log_entry)").fetchone()
    assert row is not None
    assert row[0] == row[1]
    return int(row[0])


async def test_a_stroke_stores_what_the_long_way_stores_and_either_goes_on_from_the_other(log_url: str) -> None:
    connection, head = await opened(log_url)
    first = await stroke(connection, SIGNER, no_guard, pendings(["a", "b"]), head)
    assert first is not None
    assert all(isinstance(one, Receipt) for one in first[0])
    (_, head) = await write(connection, SIGNER, no_guard, pendings(["c"]))
    last = await stroke(connection, SIGNER, no_guard, pendings(["d"]), head)
    assert last is not None
    await checked(connection, SIGNER, last[0][0].checkpoint if isinstance(last[0][0], Receipt) else None)
    await connection.close()
    assert size(log_url) == 4


async def test_a_head_that_another_moved_is_left_alone(log_url: str) -> None:
    connection, stale = await opened(log_url)
    await write(connection, SIGNER, no_guard, pendings(["a"]))
    assert await stroke(connection, SIGNER, no_guard, pendings(["b"]), stale) is None
    await connection.close()
    assert size(log_url) == 1


@pytest.mark.parametrize(("wanted", "stands"), [(1, 1), (2, 0), (0, 0)])
async def test_nothing_is_stored_unless_exactly_what_must_hold_holds(log_url: str, wanted: int, stands: int) -> None:
    connection, head = await opened(log_url)
    done = await stroke(connection, SIGNER, Holds(wanted), pendings(["a"]), head)
    await connection.close()
    assert (done is not None) == bool(stands)
    assert size(log_url) == stands


async def test_an_id_that_stands_already_stores_nothing_of_the_batch(log_url: str) -> None:
    connection, _ = await opened(log_url)
    (_, head) = await write(connection, SIGNER, no_guard, pendings(["a"]))
    assert await stroke(connection, SIGNER, no_guard, pendings(["b", "a"]), head) is None
    await connection.close()
    assert size(log_url) == 1


async def test_what_a_stroke_cannot_do_is_left_to_the_long_way(log_url: str) -> None:
    async def in_python_only(_: AsyncConnection, __: Sequence[object]) -> set[int]:
        return set()

    connection, head = await opened(log_url)
    twice = pendings(["a"]) * 2
    fills = pendings([f"n{i}" for i in range(TILE)])
    assert await stroke(connection, SIGNER, in_python_only, pendings(["a"]), head) is None
    assert await stroke(connection, SIGNER, no_guard, twice, head) is None
    assert await stroke(connection, SIGNER, no_guard, fills, head) is None
    await connection.close()
    assert size(log_url) == 0
