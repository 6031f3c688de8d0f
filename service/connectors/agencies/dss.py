"""Durham County DSS: its nightly NC FAST extract, read over SQL in one round trip.

A person is asked for by IndividualID (the CNDS id). Only the columns that permitted fields need are selected; SSN,
the APS flag, notes and protective cases are never named (G.S. 108A-80, 7 CFR 272.1(c), 42 CFR 431.300).
"""

from collections.abc import AsyncIterator
from functools import lru_cache

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from policies.vocabulary import Agency
from service.connectors.base import Unanswered, found, guarded, not_found
from service.connectors.http import Http
from service.connectors.nc_fast import OF_THE_PERSON, OFFERS, PROGRAMS, READINGS, Rows
from service.connectors.rows import Database
from service.gateway.ports import Answer, Clock, Connector, Fault, Sighting, Wanted

_MOST_CASES = 100


@lru_cache(maxsize=256)
def _question(columns: frozenset[str]) -> bytes:
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
    question = sql.SQL(
        'SELECT i."IndividualID", (SELECT max("ExtractedAt") FROM "Extract") AS "ExtractedAt"{} '
        'FROM "Individual" i {} WHERE i."IndividualID" = $1 LIMIT {}'
    ).format(
        sql.SQL("").join(sql.SQL(", ") + name for name in names),
        cases if of_the_case else sql.SQL(""),
        sql.Literal(_MOST_CASES + 1),
    )
    return question.as_string().encode()


class Dss:
    """DSS's records by SQL. Opens lazily: a database that is down is noticed by `fetch`, never by `open`."""

    custodian = Agency.DSS
    offers = OFFERS

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._url, self._database = url, Database(url)

    async def open(self) -> None:
        """Nothing to do: a connection is made when it is first needed."""

    async def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        """One SELECT of just the columns the wanted fields need."""
        return await guarded(self.custodian, self._fetch(wanted), seconds)

    async def _fetch(self, wanted: Wanted) -> Answer:
        readings = {
            c: {f: READINGS[c][f] for f in fields & OFFERS[c]} for c, fields in wanted.fields.items() if c in OFFERS
        }
        columns = frozenset(column for fields in readings.values() for needs, _ in fields.values() for column in needs)
        rows = await self._rows(_question(columns), wanted.local_id)
        if not rows:
            return not_found(self.custodian)
        _check(rows, wanted.local_id)
        today = self._clock().date()
        values = {c: {name: read(rows, today) for name, (_, read) in fields.items()} for c, fields in readings.items()}
        return found(self.custodian, values, wanted.fields, rows[0]["ExtractedAt"])

    async def _rows(self, question: bytes, local_id: str) -> Rows:
        try:
            return await self._database.ask(question, local_id)
        except psycopg.errors.QueryCanceled:
            raise Unanswered(Fault.TIMEOUT) from None
        except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege):
            raise Unanswered(Fault.REFUSED) from None

    async def feed(self) -> AsyncIterator[Sighting]:
        """Everybody DSS knows. Whose address is confidential comes without address and phone."""
        async with (
            await psycopg.AsyncConnection.connect(self._url, row_factory=dict_row, connect_timeout=5) as connection,
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
