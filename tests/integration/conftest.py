"""One county for all end-to-end tests, and the gateway in the session's loop."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio

from service.db.embedded import Embedded
from tests.conftest import administer
from tests.integration.county_house import JSON, County, Gate, running, standing_county

Agree = Callable[..., Awaitable[JSON]]


@pytest.fixture(scope="session")
def county(cluster: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county with its agencies running and its people indexed."""
    administer(cluster, f"CREATE DATABASE county TEMPLATE {template}")
    with standing_county(tmp_path_factory.mktemp("county"), cluster.url("county")) as standing:
        yield standing


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gate(county: County) -> AsyncIterator[Gate]:
    """The gateway over the county."""
    async with running(county) as gateway:
        yield gateway
