"""DSS's connector against a real PostgreSQL that holds a real extract."""

import csv
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from policies.vocabulary import Agency, Category
from service.connectors.agencies import dss
from service.connectors.http import Http
from service.connectors.nc_fast import OFFERS, READINGS
from service.county.dss import CASE, INDIVIDUAL, Writer
from service.county.people import Person, people
from service.county.systems.dss import READER, WITHHELD, load
from service.db.embedded import NAME, Embedded
from service.gateway.ports import Answer, Clock, Connector, Fault, Fields, Outcome, Wanted

TODAY = date(2026, 11, 23)
SHARED = {"Individual": INDIVIDUAL.split(), "Case": CASE.split()}


def clock() -> datetime:
    return datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def county() -> list[Person]:
    return [person for person in people(3, 400) if Agency.DSS in person.seen]


@pytest.fixture(scope="module")
def extract(county: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("county")
    writer = Writer(directory, TODAY)
    for person in county:
        writer.add(person)
    writer.close()
    return directory / "dss"


@pytest.fixture(scope="module")
def owner(cluster: Embedded, extract: Path) -> Iterator[str]:
    """The URL of DSS's database as its owner."""
    name = f"dss_{uuid4().hex}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        assert load(cluster.url(name), extract)
        yield cluster.url(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def url(owner: str) -> str:
    return owner.replace(f"//{NAME}@", f"//{READER}@")


@asynccontextmanager
async def connected(url: str, at: Clock = clock) -> AsyncIterator[Connector]:
    async with Http() as http:
        connector = dss.connect(url, http, at)
        await connector.open()
        yield connector
        await connector.close()


@pytest.fixture
async def connector(url: str) -> AsyncIterator[Connector]:
    async with connected(url) as opened:
        yield opened


def write_case(owner: str, local_id: str, **columns: object) -> None:
    """Give a person exactly one case."""
    with psycopg.connect(owner) as connection:
        connection.execute('DELETE FROM nightly."Case" WHERE "IndividualID" = %s', (local_id,))
        row = {"IndividualID": local_id} | columns
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        statement = sql.SQL('INSERT INTO nightly."Case" ({}) VALUES ({})')
        connection.execute(statement.format(names, sql.SQL(", ").join(sql.Placeholder() * len(row))), [*row.values()])


async def ask(connector: Connector, local_id: str, fields: Fields = OFFERS, seconds: float = 5) -> Answer:
    return await connector.fetch(Wanted(local_id, fields), seconds)


async def test_everybody_in_the_extract_is_found_under_their_own_name(
    connector: Connector, county: list[Person]
) -> None:
    for person in county[:50]:
        seen = person.seen[Agency.DSS]
        answer = await ask(connector, seen.local_id)
        assert answer.outcome is Outcome.FOUND
        assert str(answer.values[Category.IDENTITY_CORE]["legal_name"]).startswith(seen.given)
        assert answer.as_of == datetime(2026, 11, 23, tzinfo=UTC)


async def test_only_what_is_wanted_comes_back(connector: Connector, county: list[Person]) -> None:
    wanted = {
        Category.IDENTITY_CORE: frozenset({"legal_name"}),
        Category.HOUSING_STATUS: frozenset({"homeless_status"}),
    }
    answer = await ask(connector, county[0].seen[Agency.DSS].local_id, wanted)
    assert {c: set(v) for c, v in answer.values.items()} == {c: set(f) for c, f in wanted.items()}


async def test_fields_dss_does_not_offer_are_not_answered(connector: Connector, county: list[Person]) -> None:
    wanted = {Category.IDENTITY_SSN: frozenset({"ssn"}), Category.CONTACT: frozenset({"last_seen_date"})}
    answer = await ask(connector, county[0].seen[Agency.DSS].local_id, wanted)
    assert (answer.outcome, answer.values) == (Outcome.FOUND, {})


async def test_an_unknown_person_is_not_found(connector: Connector) -> None:
    assert (await ask(connector, "000000000K")).outcome is Outcome.NOT_FOUND


async def test_an_active_case_shows_benefits_and_when_they_must_be_renewed(
    connector: Connector, owner: str, county: list[Person]
) -> None:
    local_id = county[1].seen[Agency.DSS].local_id
    case = {
        "ProgramType": "FNS",
        "CaseStatus": "Active",
        "CertificationStart": "2026-10-01",
        "OutstandingVerifications": 0,
    }
    write_case(
        owner, local_id, **case, CertificationEnd="2027-03-31", RecertificationDue="2027-03-01", Caseworker="C W"
    )
    answer = await ask(connector, local_id)
    assert answer.values[Category.BENEFITS_SUMMARY] == {
        "medicaid_active": False,
        "snap_active": True,
        "recert_due_date": "2027-03-01",
        "documents_ready": True,
    }
    assert answer.values[Category.CARE_TEAM]["worker_name"] == "C W"


async def test_benefits_end_with_the_certification_by_the_clock_at_the_time_of_asking(
    url: str, owner: str, county: list[Person]
) -> None:
    local_id = county[2].seen[Agency.DSS].local_id
    case = {
        "ProgramType": "MA",
        "CaseStatus": "Active",
        "CertificationStart": "2026-01-01",
        "HealthPlan": "Tailored Plan",
    }
    write_case(owner, local_id, **case, CertificationEnd="2026-12-31")
    for day, active in ((datetime(2026, 12, 31, tzinfo=UTC), True), (datetime(2027, 1, 1, tzinfo=UTC), False)):
        async with connected(url, lambda day=day: day) as connector:
            answer = await ask(connector, local_id)
        assert answer.values[Category.BENEFITS_SUMMARY]["medicaid_active"] is active
        assert ("medicaid_id" in answer.values[Category.IDENTITY_CORE]) is active


async def test_a_pending_application_is_named_in_words(connector: Connector, owner: str, county: list[Person]) -> None:
    local_id = county[3].seen[Agency.DSS].local_id
    write_case(owner, local_id, ProgramType="FNS", CaseStatus="Pending")
    answer = await ask(connector, local_id)
    assert answer.values[Category.BENEFITS_SUMMARY]["pending_application_type"] == ("Food and Nutrition Services",)


async def test_a_protective_case_and_its_worker_are_never_seen(
    connector: Connector, owner: str, county: list[Person]
) -> None:
    local_id = county[4].seen[Agency.DSS].local_id
    write_case(
        owner, local_id, ProgramType="APS", CaseStatus="Active", CertificationStart="2026-11-01", Caseworker="A P S"
    )
    answer = await ask(connector, local_id)
    assert Category.CARE_TEAM not in answer.values
    assert "A P S" not in str(answer.values)


async def test_protective_cases_are_not_asked_for_even_where_dss_hides_none(owner: str, county: list[Person]) -> None:
    local_id = county[7].seen[Agency.DSS].local_id
    write_case(
        owner, local_id, ProgramType="CPS", CaseStatus="Active", CertificationStart="2026-11-01", Caseworker="C P S"
    )
    async with connected(f"{owner}&options=-csearch_path%3Dnightly") as as_owner:
        answer = await ask(as_owner, local_id)
    assert answer.outcome is Outcome.FOUND
    assert "C P S" not in str(answer.values)


async def test_a_confidential_address_hides_phone_and_area(
    connector: Connector, owner: str, county: list[Person]
) -> None:
    local_id = county[5].seen[Agency.DSS].local_id
    with psycopg.connect(owner) as connection:
        hide = 'UPDATE nightly."Individual" SET "AddressConfidential" = %s WHERE "IndividualID" = %s'
        connection.execute(hide, ("Y", local_id))
    assert Category.CONTACT not in (await ask(connector, local_id)).values
    hidden = [seen async for seen in connector.feed() if seen.local_id == local_id]
    assert [(seen.street, seen.zip, seen.phone) for seen in hidden] == [("", "", "")]


@pytest.mark.parametrize("column", sorted(WITHHELD))
def test_dss_itself_gives_the_gateways_role_no_right_to_withheld_columns(url: str, column: str) -> None:
    table = "Individual" if column in SHARED["Individual"] else "Case"
    question = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(question)


def test_dss_itself_hides_protective_cases_from_the_gateways_role(url: str, owner: str, county: list[Person]) -> None:
    write_case(owner, county[6].seen[Agency.DSS].local_id, ProgramType="CPS", CaseStatus="Active")
    count = """SELECT count(*) FROM nightly."Case" WHERE "ProgramType" IN ('APS', 'CPS')"""
    with psycopg.connect(url) as as_reader, psycopg.connect(owner) as as_owner:
        assert as_reader.execute(count).fetchone() == (0,)
        assert as_owner.execute(count).fetchone() != (0,)


def test_the_gateways_role_cannot_write(url: str) -> None:
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute('DELETE FROM "Individual"')


def test_no_reading_names_a_withheld_column() -> None:
    needed = {column for fields in READINGS.values() for columns, _ in fields.values() for column in columns}
    assert needed <= {*SHARED["Individual"], *SHARED["Case"]} - WITHHELD


async def test_the_feed_holds_everybody_once_and_no_ssn(connector: Connector, county: list[Person]) -> None:
    fed = {seen.local_id: seen async for seen in connector.feed()}
    assert set(fed) == {person.seen[Agency.DSS].local_id for person in county}
    assert not any(seen.ssn4 for seen in fed.values())
    expected = county[0].seen[Agency.DSS]
    got = fed[expected.local_id]
    assert (got.given, got.family, got.birth_date) == (expected.given, expected.family, expected.birth_date)
    assert (got.street, got.phone) == (expected.street, expected.phone)


async def test_a_database_that_is_not_there_is_unavailable_and_refused(tmp_path: Path) -> None:
    async with connected(f"postgresql://nobody@/dss?host={tmp_path}") as connector:
        answer = await ask(connector, "000000000K", seconds=0.3)
    assert (answer.outcome, answer.fault, answer.values) == (Outcome.UNAVAILABLE, Fault.REFUSED, {})


async def test_a_database_that_hangs_costs_no_more_than_the_deadline(
    connector: Connector, owner: str, county: list[Person]
) -> None:
    local_id = county[0].seen[Agency.DSS].local_id
    await ask(connector, local_id)
    with stopped(owner):
        begun = monotonic()
        answer = await ask(connector, local_id, seconds=0.3)
        assert monotonic() - begun < 1
    assert (answer.outcome, answer.fault) == (Outcome.UNAVAILABLE, Fault.TIMEOUT)


async def test_a_connection_lost_between_two_queries_is_replaced(
    connector: Connector, owner: str, county: list[Person]
) -> None:
    local_id = county[0].seen[Agency.DSS].local_id
    await ask(connector, local_id)
    with psycopg.connect(owner) as connection:
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", (READER,))
    assert (await ask(connector, local_id)).outcome is Outcome.FOUND


async def test_an_extract_of_another_shape_is_garbage(connector: Connector, owner: str, county: list[Person]) -> None:
    rename = 'ALTER TABLE nightly."Individual" RENAME COLUMN "DOB" TO "Born"'
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(rename)
        answer = await ask(connector, county[0].seen[Agency.DSS].local_id)
        connection.execute('ALTER TABLE nightly."Individual" RENAME COLUMN "Born" TO "DOB"')
    assert (answer.outcome, answer.fault) == (Outcome.UNAVAILABLE, Fault.GARBAGE)


async def test_an_answer_about_anybody_but_the_one_asked_for_is_refused(
    connector: Connector, owner: str, county: list[Person]
) -> None:
    """A padded column answers to an id that is not quite the one it then gives."""
    retype = 'ALTER TABLE nightly."Individual" ALTER COLUMN "IndividualID" TYPE {}'
    wanted = {Category.IDENTITY_CORE: frozenset({"legal_name"})}
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL(retype).format(sql.SQL("char(12)")))
        answer = await ask(connector, county[0].seen[Agency.DSS].local_id, wanted)
        connection.execute(sql.SQL(retype).format(sql.SQL("text")))
    assert (answer.outcome, answer.fault, answer.values) == (Outcome.UNAVAILABLE, Fault.WRONG_PERSON, {})


def test_the_same_extract_is_not_loaded_twice_and_a_broken_one_leaves_the_old(
    owner: str, extract: Path, tmp_path: Path
) -> None:
    assert not load(owner, extract)
    for name in ("Individual", "Case", "Extract"):
        (tmp_path / f"{name}.csv").write_text((extract / f"{name}.csv").read_text("utf-8").replace("NCFAST-", "NEXT-"))
    with (tmp_path / "Case.csv").open("a", newline="") as file:
        csv.writer(file).writerow(["one value too few"])
    with pytest.raises(psycopg.errors.BadCopyFileFormat):
        load(owner, tmp_path)
    with psycopg.connect(owner) as connection:
        assert connection.execute('SELECT count(*) > 0 FROM nightly."Individual"').fetchone() == (True,)


class stopped:  # noqa: N801  # reads as a word: `with stopped(owner):`
    """The reader's backends, stopped in their tracks: connections stay open and say nothing."""

    def __init__(self, owner: str) -> None:
        with psycopg.connect(owner) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", (READER,)).fetchall()
        self._pids = [int(row[0]) for row in rows]

    def __enter__(self) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGCONT)
