"""The three ways to use the database. Nobody else in the service commits.

A database that is gone, slow or full is `StoreUnavailable`; what the statement itself did wrong
(a broken constraint, a missing right) stays SQLAlchemy's own error for the caller to read.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVarTuple

from sqlalchemy import Row, Select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.problems import StoreUnavailable

Columns = TypeVarTuple("Columns")


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """All of it or nothing: commits on success, rolls back on any exception, cancellation included."""
    async with _connected(engine) as connection:
        yield connection
        await connection.commit()


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Several reads that see one moment (repeatable read, read only)."""
    async with _connected(engine) as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


async def read(
    engine: AsyncEngine, statement: Select[*Columns], parameters: Mapping[str, object] | None = None
) -> Sequence[Row[*Columns]]:
    """One read in a single round trip: what is committed now, outside any transaction block. All rows at once.

    On a hot path build `statement` once, with `bindparam`s: building costs more than reading.
    """
    async with _connected(engine) as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        return (await connection.execute(statement, parameters)).all()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that is rolled back, or closed when broken, on the way out."""
    try:
        async with engine.connect() as connection:
            yield connection
    except (OperationalError, InterfaceError, PoolExhausted) as error:
        raise StoreUnavailable from error
