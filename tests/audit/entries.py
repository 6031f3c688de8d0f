"""Entries to append, and the log as its tables hold it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from audit.entry import Entry, Kind
from audit.export import export
from audit.verify.directory import log
from audit.verify.note import VerifierKey
from tests.audit.oracle import SIGNER

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def entry(name: str) -> Entry:
    return Entry(name, Kind.DECIDED, "permit", AT, f"r-{name}", "e1:00", "dss", "actor-1", "TREAT", {"fields": ["a"]})


def rows(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the owner reads; or does, when the statement returns nothing."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def ids(url: str) -> list[str]:
    """The ids in the log by index. Fails when the indexes are not dense."""
    found = rows(url, "SELECT index, id FROM log_entry ORDER BY index")
    assert [index for index, _ in found] == list(range(len(found)))
    return [str(name) for _, name in found]


async def exported(url: str, directory: Path) -> int:
    """The size of the log at `url`, exported and verified as an outsider would."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        size = await export(connection, directory, SIGNER.vkey)
    assert log(directory, VerifierKey.parse(SIGNER.vkey)).size == size
    return size
