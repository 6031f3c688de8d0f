"""A real, migrated PostgreSQL for every test that asks for one. Without PostgreSQL such a test fails, never skips."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.db.embedded import Embedded
from service.db.engine import engine as make_engine
from service.db.migrate import migrate
from service.db.reads import Reads

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One embedded PostgreSQL for the whole run."""
    server = Embedded(tmp_path_factory.mktemp("cluster"))
    try:
        server.start()
        yield server
    finally:
        server.remove()  # as root it stands outside of pytest's own directory


@pytest.fixture(scope="session")
def template(cluster: Embedded) -> str:
    """A migrated database that nobody connects to, to be copied."""
    administer(cluster, f"CREATE DATABASE {TEMPLATE}")
    migrate(cluster.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(cluster: Embedded, template: str) -> Iterator[str]:
    """The URL of a database of this test's own: migrated and empty."""
    name = f"t{uuid4().hex}"
    administer(cluster, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.url(name)
    administer(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on this test's own database."""
    made = make_engine(database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def reads(database_url: str) -> AsyncIterator[Reads]:
    """The hot reads on this test's own database."""
    made = Reads(database_url)
    await made.open()
    yield made
    await made.close()


def administer(cluster: Embedded, statement: str) -> None:
    """Run one statement outside any test's database."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
