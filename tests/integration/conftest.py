"""One county for all end-to-end tests, and the gateway in the session's loop."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http import HTTPStatus

import pytest
import pytest_asyncio

from policies.vocabulary import Role
from service.db.embedded import Embedded
from tests.conftest import administer
from tests.integration.county_house import JSON, County, Gate, running, standing_county

Agree = Callable[..., Awaitable[JSON]]
"""Record a consent of the familiar neighbor, with changes; it is revoked when the test has ended."""


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


@pytest_asyncio.fixture(loop_scope="session")
async def agree(gate: Gate) -> AsyncIterator[Agree]:
    """The neighbor agrees, for this test only."""
    recorded: list[str] = []
    writer = await gate.caller(Role.HEART_NAVIGATOR)

    async def agreed(**changes: object) -> JSON:
        answer = await writer.post("/v1/consents", gate.county.agreement(**changes))
        assert answer.status_code == HTTPStatus.CREATED, answer.text
        recorded.append(answer.json()["id"])
        return dict(answer.json())

    yield agreed
    for consent in recorded:
        assert (await writer.post(f"/v1/consents/{consent}/revoke")).status_code == HTTPStatus.OK
