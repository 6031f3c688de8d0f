"""One gateway for the tests of the routes: the whole application, with custodians that say what a test tells them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from service.db.embedded import Embedded
from service.db.session import transaction
from tests.conftest import administer
from tests.consent.conftest import EMPTIED
from tests.promises.edge.gate import Gate, standing


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running(cluster: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    """The gateway, its people and its staff."""
    administer(cluster, f"CREATE DATABASE routes TEMPLATE {template}")
    async with standing(cluster.url("routes"), tmp_path_factory.mktemp("routes")) as gate:
        yield gate


@pytest_asyncio.fixture(loop_scope="session")
async def gate(running: Gate) -> AsyncIterator[Gate]:
    """The gateway, with nothing on file for anybody."""
    yield running
    async with transaction(running.house.engine) as connection:
        for statement in EMPTIED.split(";"):
            await connection.execute(text(statement))
