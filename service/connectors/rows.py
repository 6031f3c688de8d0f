"""A custodian's database, asked one prepared SELECT at a time over a few kept connections, straight through libpq.

A cursor would watch the socket anew for every answer, and on giving up would wait until the server has heard of it.
Here the socket is watched while the connection lives, and giving up closes the connection at once.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

MOST_LINES = 8
"""Connections at once; whoever comes then waits."""

MOST_STATEMENTS = 200
"""Prepared statements on one connection; behind them it is replaced."""

Row = Mapping[str, Any]  # a database row: text, dates and numbers, as the columns' types have them

_STALE = (psycopg.OperationalError, psycopg.errors.FeatureNotSupported)
"""What a kept connection may fail with where a new one would not: it died, or its plan is of another table."""


class Line:
    """One connection and the one question that may be under way on it."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection, self._pg = connection, connection.pgconn
        self._adapted = Transformer(connection)
        self._prepared: dict[bytes, bytes] = {}
        self._done: asyncio.Future[PGresult] | None = None
        self._result: PGresult | None = None
        self._socket, self._loop = connection.fileno(), asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)
        self.usable = True

    async def ask(self, statement: bytes, parameter: str) -> list[Row]:
        """The rows. Raises psycopg.Error. Once asked, any failure or cancellation closes the connection."""
        if "\0" in parameter:  # libpq would end the text there and ask about somebody else
            raise psycopg.DataError("a zero byte")
        try:
            name = self._prepared.get(statement) or await self._prepare(statement)
            self._pg.send_query_prepared(name, [parameter.encode()])
            return self._rows(await self._answer())
        except BaseException:
            self.close()
            raise

    async def _prepare(self, statement: bytes) -> bytes:
        name = b"q%d" % len(self._prepared)
        self._pg.send_prepare(name, statement)
        await self._answer()
        self._prepared[statement] = name
        self.usable = len(self._prepared) < MOST_STATEMENTS
        return name

    async def _answer(self) -> PGresult:
        while self._pg.flush():  # noqa: ASYNC110  # a question is shorter than a socket's buffer: this hardly ever turns
            await asyncio.sleep(0)
        self._done, self._result = self._loop.create_future(), None
        result = await self._done
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise psycopg.errors.error_from_result(result)
        return result

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            while self._done is not None and not self._pg.is_busy():
                result = self._pg.get_result()
                if result is None:
                    self._end()
                    return
                self._result = self._result or result
        except psycopg.Error as error:
            self._end(error)
            self.close()

    def _end(self, error: psycopg.Error | None = None) -> None:
        done, self._done = self._done, None
        if done is None or done.done():
            return
        if error is None and self._result is not None:
            done.set_result(self._result)
        else:
            done.set_exception(error or psycopg.OperationalError("no answer"))

    def _rows(self, result: PGresult) -> list[Row]:
        self._adapted.set_pgresult(result)
        names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
        return self._adapted.load_rows(0, result.ntuples, lambda values: dict(zip(names, values, strict=True)))

    def close(self) -> None:
        """Hang up at once."""
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._socket = -1
            self._pg.finish()
        self.usable = False
        self._end(psycopg.OperationalError("closed"))


class Database:
    """A few lines to one database, each made when it is first needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[Line] = []
        self.lines: set[Line] = set()
        """Every open connection, used or idle."""
        self._room = asyncio.Semaphore(MOST_LINES)

    async def ask(self, statement: bytes, parameter: str) -> list[Row]:
        """The rows of a SELECT with one parameter, `$1`; asked once more where a kept connection failed.

        Raises psycopg.Error.
        """
        async with self._room:
            line = self._kept()
            if line is not None:
                try:
                    return await self._asked(line, statement, parameter)
                except psycopg.errors.QueryCanceled:
                    raise
                except _STALE:
                    pass
            return await self._asked(await self._connected(), statement, parameter)

    async def _asked(self, line: Line, statement: bytes, parameter: str) -> list[Row]:
        try:
            rows = await line.ask(statement, parameter)
        finally:
            if line.usable:
                self._idle.append(line)
            else:
                self.lines.discard(line)
                line.close()
        return rows

    def _kept(self) -> Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
            self.lines.discard(line)
        return None

    async def _connected(self) -> Line:
        line = Line(await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5))
        self.lines.add(line)
        return line

    def close(self) -> None:
        """Hang up on every line."""
        for line in self.lines:
            line.close()
        self.lines.clear()
        self._idle.clear()
