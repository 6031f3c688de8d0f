"""One gateway for all the promises that are kept at the edge."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.db.embedded import Embedded
from tests.conftest import administer
from tests.promises.edge.gate import Gate, offering, standing
from tests.service.gateway.world import FakeSources


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running(cluster: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    """The gateway, its people and its staff."""
    administer(cluster, f"CREATE DATABASE promises TEMPLATE {template}")
    directory: Path = tmp_path_factory.mktemp("promises")
    async with standing(cluster.url("promises"), directory) as gate:
        yield gate


@pytest_asyncio.fixture(loop_scope="session")
async def gate(running: Gate) -> AsyncIterator[Gate]:
    """The gateway, with honest custodians at first and whole again at last."""
    usual, fresh = running.house, offering(FakeSources([]))
    vars(running.sources).update(vars(fresh))
    yield running
    running.app.state.gateway = usual
