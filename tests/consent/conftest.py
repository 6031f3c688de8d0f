"""One database for all of a module's tests, emptied after each: copying a template per test costs half a second."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from service.db.embedded import Embedded
from tests.conftest import administer

EMPTIED = """
ALTER TABLE consent_version DISABLE TRIGGER consent_version_only_grows;
TRUNCATE consent_version, consent_epoch;
ALTER TABLE consent_version ENABLE ALWAYS TRIGGER consent_version_only_grows
"""
"""What only the tables' owner can do, and no role the gateway works in."""


@pytest.fixture(scope="module")
def shared_url(cluster: Embedded, template: str) -> Iterator[str]:
    """The URL of this module's database."""
    name = f"c{uuid4().hex}"
    administer(cluster, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.url(name)
    administer(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(shared_url: str) -> Iterator[str]:
    """The module's database, empty."""
    yield shared_url
    with psycopg.connect(shared_url) as connection:
        connection.execute(EMPTIED)
