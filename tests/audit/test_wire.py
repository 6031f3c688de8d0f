"""An end to every wait, and no acknowledgement with a warning."""

import asyncio
import time

import psycopg
import pytest
from psycopg import AsyncConnection

from audit.wire import Warned, unwarned, within

WARN = "DO $$ BEGIN RAISE {} 'attention' USING ERRCODE = '{}'; END $$"


async def connected(url: str) -> AsyncConnection:
    return await AsyncConnection.connect(url, autocommit=True)


@pytest.mark.parametrize("state", ["01000", "57P01"])
async def test_a_warning_counts_whatever_it_says(shared_url: str, state: str) -> None:
    async with await connected(shared_url) as connection:
        with pytest.raises(Warned), unwarned(connection):
            await connection.execute(WARN.format("WARNING", state).encode())


@pytest.mark.parametrize("level", ["NOTICE", "INFO"])
async def test_a_notice_does_not_count(shared_url: str, level: str) -> None:
    async with await connected(shared_url) as connection:
        with unwarned(connection):
            await connection.execute(WARN.format(level, "00000").encode())


async def test_a_warning_inside_a_pipeline_counts(shared_url: str) -> None:
    async with await connected(shared_url) as connection:
        with pytest.raises(Warned), unwarned(connection):
            async with connection.pipeline():
                await connection.execute("COMMIT")  # outside a transaction: a warning, and still acknowledged


async def test_a_warning_before_or_after_does_not_count(shared_url: str) -> None:
    async with await connected(shared_url) as connection:
        await connection.execute(WARN.format("WARNING", "01000").encode())
        with unwarned(connection):
            await connection.execute("SELECT 1")
        await connection.execute(WARN.format("WARNING", "01000").encode())


async def test_an_error_is_told_before_a_warning(shared_url: str) -> None:
    async with await connected(shared_url) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero), unwarned(connection):
            await connection.execute(f"{WARN.format('WARNING', '01000')}; SELECT 1/0".encode())


async def test_a_query_that_takes_too_long_ends_with_the_connection(shared_url: str) -> None:
    async with await connected(shared_url) as connection:
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            async with within(connection, 0.1):
                await connection.execute("SELECT pg_sleep(60)")
        assert time.monotonic() - began < 2
        assert connection.closed


async def test_waiting_for_something_else_ends_too(shared_url: str) -> None:
    async with await connected(shared_url) as connection:
        with pytest.raises(TimeoutError):
            async with within(connection, 0.1):
                await asyncio.Event().wait()


async def test_what_ends_in_time_leaves_the_connection_alone(shared_url: str) -> None:
    async with await connected(shared_url) as connection:
        async with within(connection, 0.05):
            await connection.execute("SELECT 1")
        await asyncio.sleep(0.1)
        assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
