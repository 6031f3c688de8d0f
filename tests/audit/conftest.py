"""A real log in a real PostgreSQL, and a wire to it that can be held."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from audit.ledger import Ledger
from audit.tables import DDL, GUARDS
from service.db.embedded import Embedded
from tests.audit.oracle import SIGNER
from tests.audit.wire import Wire
from tests.conftest import administer

GUARD = GUARDS[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def make_log(url: str) -> str:
    """The log's tables in a database, whether or not its migrations made them."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('log_head')").fetchone() == (None,):
            for statement in DDL:
                connection.execute(statement.encode())
    return url


@pytest.fixture
def tampered_url(database_url: str) -> str:
    """The URL of a database with an empty log, for a test that does to its tables what only their owner can."""
    return make_log(database_url)


@pytest.fixture(scope="session")
def shared_url(cluster: Embedded, template: str) -> str:
    """One database for all the logs that are only ever appended to; a new one for each test would cost most of it."""
    administer(cluster, f"CREATE DATABASE shared_log TEMPLATE {template}")
    return make_log(cluster.url("shared_log"))


@pytest.fixture
def log_url(shared_url: str) -> str:
    """The URL of a database with an empty log: emptied in one transaction, with its guard asleep inside it only."""
    with psycopg.connect(shared_url) as connection:
        connection.execute(GUARD.replace("RAISE EXCEPTION", "RETURN NULL; RAISE EXCEPTION").encode())
        connection.execute("TRUNCATE log_entry_0, log_request, log_tile, log_head")
        connection.execute(GUARD.encode())
    return shared_url


@pytest.fixture
async def ledger(log_url: str) -> AsyncIterator[Ledger]:
    """An open ledger on it."""
    made = Ledger(log_url, SIGNER)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def wire(log_url: str) -> AsyncIterator[Wire]:
    """A way to that database which the test can hold, cut and mend."""
    with TemporaryDirectory(prefix="wire-", dir="/tmp") as directory:  # a socket's path must be short
        made = Wire(log_url, Path(directory))
        await made.mend()
        yield made
        await made.cut()


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Embedded]:
    """A PostgreSQL of this test's own, not started yet, to be mistreated."""
    server = Embedded(tmp_path / "private")
    yield server
    server.stop()
    shutil.rmtree(server.home, ignore_errors=True)  # as root it may stand outside of pytest's own directory
