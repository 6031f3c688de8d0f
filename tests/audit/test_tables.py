"""The database itself holds the log to its promises."""

import psycopg
import pytest

from audit.ledger import Ledger
from audit.tables import READER, WRITER
from tests.audit.entries import entry, ids, rows

CHANGES = ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}")
COLUMN = {"log_entry": "subject", "log_entry_0": "subject", "log_request": "id", "log_tile": "hashes"}


def denied(url: str, statement: str, role: str = "none") -> str:
    """The SQLSTATE with which this statement is refused to this role (`none`: to the owner)."""
    with psycopg.connect(url) as connection:
        connection.execute(f"SET ROLE {role}".encode())
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement.encode())
    return str(refused.value.sqlstate)


@pytest.fixture
async def one(ledger: Ledger, log_url: str) -> str:
    """A log with one entry."""
    await ledger.append(entry("a"))
    return log_url


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", COLUMN)
async def test_nobody_changes_what_was_logged(one: str, table: str, change: str) -> None:
    statement = change.format(table, COLUMN[table], COLUMN[table])
    assert denied(one, statement, WRITER) == denied(one, statement, READER) == "42501"  # no privilege
    assert denied(one, statement) == "P0001"  # the trigger, for the owner too
    assert denied(one, f"SET session_replication_role = replica; {statement}") == "P0001"
    assert ids(one) == ["a"]


@pytest.mark.parametrize("statement", ["DELETE FROM log_head", "TRUNCATE log_head", "UPDATE log_head SET size = 0"])
async def test_the_head_does_not_go_back(one: str, statement: str) -> None:
    assert denied(one, statement) == denied(one, f"SET session_replication_role = replica; {statement}") == "P0001"
    assert denied(one, statement, READER) == "42501"
    assert denied(one, statement, WRITER) == ("P0001" if statement.startswith("UPDATE") else "42501")


async def test_the_head_keeps_its_origin(one: str) -> None:
    assert denied(one, "UPDATE log_head SET origin = 'another', size = size + 1", WRITER) == "P0001"


COPY = """INSERT INTO log_entry (index, leaf, entry, id, at, kind, outcome, request, subject, agency, actor, purpose)
SELECT {}, {}, {}, id, at, kind, outcome, request, subject, agency, actor, purpose FROM log_entry WHERE index = 0"""


@pytest.mark.parametrize(
    ("index", "leaf", "body", "state"),
    [
        ("1", "sha256('x')", "entry", "23514"),
        ("1", "leaf", "entry || 'x'", "23514"),
        ("1", "leaf", "''", "23514"),
        ("1", "sha256('\\x00'::bytea || x)", "x", "23514"),
        ("-1", "leaf", "entry", "23514"),
        ("0", "leaf", "entry", "23505"),
        ("1::bigint << 40", "leaf", "entry", "23514"),
    ],
    ids=["another leaf", "another body", "no body", "too large", "before the log", "index taken", "beyond the log"],
)
async def test_a_row_that_is_not_an_entry_is_refused(one: str, index: str, leaf: str, body: str, state: str) -> None:
    too_large = "convert_to(repeat('x', 65536), 'UTF8')"
    statement = COPY.format(index, leaf.replace("|| x", f"|| {too_large}"), too_large if body == "x" else body)
    assert denied(one, statement, WRITER) == state
    assert ids(one) == ["a"]


async def test_only_the_writer_adds(one: str) -> None:
    statement = COPY.format("1", "leaf", "entry")
    assert denied(one, statement, READER) == "42501"
    with psycopg.connect(one) as connection:
        connection.execute(f"SET ROLE {WRITER}".encode())
        connection.execute(statement.encode())
        connection.rollback()


async def test_an_id_and_a_head_stand_once(one: str) -> None:
    assert denied(one, "INSERT INTO log_request SELECT * FROM log_request", WRITER) == "23505"
    assert denied(one, "INSERT INTO log_head SELECT * FROM log_head", WRITER) == "23505"
    assert denied(one, "INSERT INTO log_head SELECT false, origin, size, frontier, '' FROM log_head", WRITER) == "23514"


async def test_a_tile_is_full_or_refused(one: str) -> None:
    assert denied(one, "INSERT INTO log_tile VALUES (0, 0, '\\x00')", WRITER) == "23514"


HELD = """
SELECT relname, role, privilege FROM pg_class, unnest(%s::text[]) role, unnest(%s::text[]) privilege
WHERE relname ~ '^log_' AND relkind IN ('r', 'p') AND has_table_privilege(role, oid, privilege)
"""


def test_the_roles_hold_no_more_than_they_need(log_url: str) -> None:
    every = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    tables = ("log_entry", "log_request", "log_tile", "log_head")
    expected = {(table, WRITER, privilege) for table in tables for privilege in ("SELECT", "INSERT")}
    expected |= {(table, READER, "SELECT") for table in tables} | {("log_head", WRITER, "UPDATE")}
    assert set(rows(log_url, HELD, [WRITER, READER], every)) == expected


def test_every_partition_has_its_own_guard(log_url: str) -> None:
    unguarded = """SELECT c.relname FROM pg_class c WHERE c.relname ~ '^log_' AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled = 'A')"""
    assert rows(log_url, unguarded) == []
