"""Durham County DSS: its nightly NC FAST extract, read over SQL in one round trip.

A person is asked for by IndividualID (the CNDS id). Only the columns that permitted fields need are selected; SSN,
the APS flag, notes and protective cases are never named (G.S. 108A-80, 7 CFR 272.1(c), 42 CFR 431.300).
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from functools import lru_cache

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from policies.vocabulary import Agency
from service.connectors.base import Unanswered, found, guarded, not_found
from service.connectors.http import Http
from service.connectors.nc_fast import OF_THE_PERSON, OFFERS, PROGRAMS, READINGS, Rows
from service.gateway.ports import Answer, Clock, Connector, Fault, Sighting, Wanted

_MOST_CASES = 100


@lru_cache(maxsize=256)
def _question(columns: frozenset[str]) -> sql.Composed:
    """One statement for one set of columns; the case table is left alone where no field needs it."""
    of_the_case = columns - OF_THE_PERSON
    names = [
        *(sql.Identifier("i", c) for c in sorted(columns & OF_THE_PERSON)),
        *(sql.Identifier("c", c) for c in sorted(of_the_case)),
    ]
    shared = sql.SQL(", ").join(map(sql.Literal, PROGRAMS))
    cases = sql.SQL('LEFT JOIN "Case" c ON c."IndividualID" = i."IndividualID" AND c."ProgramType" IN ({})').format(
        shared
    )
    return sql.SQL(
        'SELECT i."IndividualID", (SELECT max("ExtractedAt") FROM "Extract") AS "ExtractedAt"{} '
        'FROM "Individual" i {} WHERE i."IndividualID" = %s LIMIT {}'
    ).format(
        sql.SQL("").join(sql.SQL(", ") + name for name in names),
        cases if of_the_case else sql.SQL(""),
        sql.Literal(_MOST_CASES + 1),
    )


class Dss:
    """DSS's records by SQL. Opens lazily: a database that is down is noticed by `fetch`, never by `open`."""

    custodian = Agency.DSS
    offers = OFFERS

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[DictRow]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=8,
            open=False,
            name="dss",
            kwargs={"autocommit": True, "row_factory": dict_row, "connect_timeout": 5},
        )
        self._failed_connects = 0  # as of the last answer
        self._leaving: set[asyncio.Task[Rows]] = set()

    async def open(self) -> None:
        """Begin to connect."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Let go of every connection."""
        for task in self._leaving:
            task.cancel()
        await self._pool.close(timeout=1)

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        """One SELECT of just the columns the wanted fields need."""
        return await guarded(self.custodian, self._fetch(wanted, seconds), seconds)

    async def _fetch(self, wanted: Wanted, seconds: float) -> Answer:
        readings = {
            c: {f: READINGS[c][f] for f in fields & OFFERS[c]} for c, fields in wanted.fields.items() if c in OFFERS
        }
        columns = frozenset(column for fields in readings.values() for needs, _ in fields.values() for column in needs)
        rows = await self._prompt(self._rows(_question(columns), wanted.local_id, seconds * 0.9))
        if not rows:
            return not_found(self.custodian)
        _check(rows, wanted.local_id)
        today = self._clock().date()
        values = {c: {name: read(rows, today) for name, (_, read) in fields.items()} for c, fields in readings.items()}
        return found(self.custodian, values, wanted.fields, rows[0]["ExtractedAt"])

    async def _prompt(self, work: Coroutine[None, None, Rows]) -> Rows:
        """Leave at once when the deadline strikes: psycopg would first wait for a hanging server to hear of it."""
        task = asyncio.create_task(work)
        self._leaving.add(task)
        task.add_done_callback(self._left)
        try:
            return await asyncio.shield(task)
        finally:
            task.cancel()

    def _left(self, task: asyncio.Task[Rows]) -> None:
        self._leaving.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not print it

    async def _rows(self, question: sql.Composed, local_id: str, seconds: float) -> Rows:
        try:
            rows = await self._select(question, local_id, seconds)
        except psycopg.errors.QueryCanceled:
            raise Unanswered(Fault.TIMEOUT) from None
        except PoolTimeout:
            # The pool says only that no connection came: whether the server refuses or is silent, its count tells.
            refused = self._connects_failed() > self._failed_connects
            raise Unanswered(Fault.REFUSED if refused else Fault.TIMEOUT) from None
        except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege):
            raise Unanswered(Fault.REFUSED) from None
        self._failed_connects = self._connects_failed()
        return rows

    def _connects_failed(self) -> int:
        return self._pool.get_stats().get("connections_errors", 0)

    async def _select(self, question: sql.Composed, local_id: str, seconds: float) -> Rows:
        """Ask; once more if the connection had died in the pool, as after a restart of DSS's server."""
        async with self._pool.connection(timeout=seconds) as connection:
            try:
                return await (await connection.execute(question, (local_id,))).fetchall()
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
        await self._pool.check()  # where one died, others may have
        async with self._pool.connection(timeout=seconds) as connection:
            return await (await connection.execute(question, (local_id,))).fetchall()

    async def feed(self) -> AsyncIterator[Sighting]:
        """Everybody DSS knows. Whose address is confidential comes without address and phone."""
        async with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(name="feed") as cursor,
        ):
            cursor.itersize = 1000
            await cursor.execute(_FEED)
            async for row in cursor:
                yield _sighting(row)


_FEED = sql.SQL("""
    SELECT "IndividualID", "FirstName", "MiddleName", "LastName", "Suffix", "DOB", "Sex", "AddressConfidential",
           "AddressLine1", "City", "Zip", "HomePhone",
           EXISTS (SELECT FROM "Case" c WHERE c."IndividualID" = i."IndividualID" AND c."ProgramType" = 'MA')
           AS medicaid
      FROM "Individual" i
""")


def _check(rows: Rows, local_id: str) -> None:
    """Raise Unanswered where the answer is about somebody else, or is more than anybody's."""
    if any(row["IndividualID"] != local_id for row in rows):
        raise Unanswered(Fault.WRONG_PERSON)
    if len(rows) > _MOST_CASES:
        raise Unanswered(Fault.TOO_LARGE)


def _sighting(row: DictRow) -> Sighting:
    told = row["AddressConfidential"] == "N"
    return Sighting(
        custodian=Agency.DSS,
        local_id=row["IndividualID"],
        given=row["FirstName"] or "",
        family=row["LastName"] or "",
        middle=row["MiddleName"] or "",
        suffix=row["Suffix"] or "",
        birth_date=row["DOB"],
        sex=row["Sex"] or "",
        street=(told and row["AddressLine1"]) or "",
        city=(told and row["City"]) or "",
        zip=(told and row["Zip"]) or "",
        phone=(told and row["HomePhone"]) or "",
        # The CNDS id is the number on the Medicaid card of whoever has one.
        medicaid_id=row["IndividualID"] if row["medicaid"] else "",
    )


def connect(url: str, http: Http, clock: Clock) -> Connector:  # noqa: ARG001  # all agencies connect alike
    """DSS's connector. `url` is its database's, for example `postgresql://gateway_reader@host/dss`."""
    return Dss(url, clock)
