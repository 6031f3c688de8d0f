"""Transactions: all or nothing, and a database that fails is one clear problem."""

import asyncio
import traceback

import pytest
from sqlalchemy import func, select, table, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from service.db.engine import engine as make_engine
from service.db.engine import psycopg_url
from service.db.session import read, snapshot, transaction
from service.problems import StoreUnavailable

ADD = text("INSERT INTO person (ref) VALUES ('s-' || md5(:word))")
COUNT = select(func.count()).select_from(table("person"))

VALUE = "Somebody"


async def count(engine: AsyncEngine) -> int:
    return (await read(engine, COUNT))[0][0]


async def test_a_transaction_that_succeeds_is_kept(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        await connection.execute(ADD, {"word": "a"})
    assert await count(engine) == 1


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
async def test_a_transaction_that_fails_leaves_nothing(engine: AsyncEngine, error: type[BaseException]) -> None:
    async def fail() -> None:
        async with transaction(engine) as connection:
            await connection.execute(ADD, {"word": "a"})
            raise error

    with pytest.raises(error):
        await fail()
    assert await count(engine) == 0


async def test_a_snapshot_sees_one_moment(engine: AsyncEngine) -> None:
    async with snapshot(engine) as connection:
        before = await connection.scalar(COUNT)
        async with transaction(engine) as other:
            await other.execute(ADD, {"word": "a"})
        assert await connection.scalar(COUNT) == before == 0


async def test_a_snapshot_cannot_write(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with snapshot(engine) as connection:
            await connection.execute(ADD, {"word": "a"})


async def test_a_read_leaves_no_transaction_open(engine: AsyncEngine) -> None:
    await count(engine)
    open_now = select(func.count()).select_from(table("pg_stat_activity")).where(text("state LIKE 'idle in%'"))
    assert (await read(engine, open_now))[0][0] == 0


@pytest.mark.parametrize("statement", ["INSERT INTO person (ref) VALUES (:v)", "SELECT CAST(:v AS date)"])
async def test_an_error_never_prints_the_value_it_was_about(engine: AsyncEngine, statement: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with transaction(engine) as connection:
            await connection.execute(text(statement), {"v": VALUE})
    printed = "".join(traceback.format_exception(caught.value))
    assert VALUE not in printed
    assert caught.value.orig is not None


async def test_a_broken_constraint_still_says_which(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError, match="person_ref_check"):
        async with transaction(engine) as connection:
            await connection.execute(text("INSERT INTO person (ref) VALUES ('x')"))


async def test_a_slow_statement_is_a_store_that_is_unavailable(engine: AsyncEngine) -> None:
    async def sleep() -> None:
        async with transaction(engine) as connection:
            await connection.execute(text("SET LOCAL statement_timeout = '20ms'"))
            await connection.execute(text("SELECT pg_sleep(10)"))

    with pytest.raises(StoreUnavailable):
        await sleep()


async def test_every_connection_carries_its_deadlines(engine: AsyncEngine) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    shown = await read(engine, select(*(func.current_setting(name) for name in names)))
    assert shown[0] == ("5s", "4s", "30s")


async def test_a_database_that_is_not_there_is_a_store_that_is_unavailable() -> None:
    nowhere = make_engine("postgresql://porchlight@/porchlight?host=/nonexistent")
    with pytest.raises(StoreUnavailable):
        await count(nowhere)
    await nowhere.dispose()


@pytest.mark.parametrize("given", ["postgresql://h/d", "postgresql+psycopg://h/d", "postgresql+asyncpg://h/d"])
def test_any_spelling_of_postgresql_becomes_psycopg(given: str) -> None:
    assert psycopg_url(given).drivername == "postgresql+psycopg"


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with postgresql"):
        psycopg_url("sqlite:///file")
