"""The hot reads: several statements in one round trip, straight through psycopg, each seeing what is committed now.

For the two reads that every query makes. Everything else goes through `session.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from service.problems import StoreUnavailable

SECONDS = 2.0


class Question(NamedTuple):
    """A statement (psycopg's `%s` placeholders) and its parameters."""

    sql: str
    parameters: Sequence[Any] | Mapping[str, Any]  # whatever psycopg adapts


class Reads:
    """A small pool of read-only connections that answer in pipelines. Open it in the lifespan."""

    def __init__(self, url: str, size: int = 4, seconds: float = SECONDS) -> None:
        options = "-c default_transaction_read_only=on -c statement_timeout=2000 -c timezone=UTC"
        given = {"autocommit": True, "options": options, "connect_timeout": 2, "tcp_user_timeout": 2000}
        plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._pool = AsyncConnectionPool(
            plain, min_size=1, max_size=size, open=False, kwargs=given, timeout=seconds, name="reads"
        )

    async def open(self) -> None:
        """Start connecting; a database that is down is noticed by `ask`."""
        await self._pool.open()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.close(timeout=1)

    async def ask(self, *questions: Question) -> list[list[TupleRow]]:
        """The rows of each statement, in order. Raises StoreUnavailable."""
        try:
            async with self._pool.connection() as connection:
                if len(questions) == 1:  # a pipeline of one costs twice the CPU of a plain question
                    return [await (await connection.execute(*questions[0])).fetchall()]
                async with connection.pipeline():
                    cursors = [await connection.execute(q.sql, q.parameters) for q in questions]
                return [await cursor.fetchall() for cursor in cursors]
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise StoreUnavailable from error
