"""One small county for all connectors, each custodian's system brought up when first asked for."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from policies.vocabulary import Agency
from service.connectors.http import Http
from service.county.people import Person
from service.db.embedded import Embedded
from tests.service.connectors.stages import Stage, systems, write_county


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Person]]:
    directory = tmp_path_factory.mktemp("county")
    return directory, write_county(directory)


@pytest.fixture(scope="session")
def stage_of(county: tuple[Path, list[Person]], cluster: Embedded) -> Iterator[Callable[[Agency], Stage]]:
    """The stage of a custodian; a KeyError for one whose system nobody brings up."""
    directory, everybody = county
    with ExitStack() as running:

        @cache
        def stage(custodian: Agency) -> Stage:
            url = running.enter_context(systems(cluster, directory)[custodian]())
            known, other = [person.seen[custodian] for person in everybody if person.familiar][:2]
            names = tuple(part for part in (known.family, known.street, known.phone, known.medicaid_id) if part)
            return Stage(custodian, url, known.local_id, other.local_id, (known.local_id, *names))

        yield stage


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as session:
        yield session
