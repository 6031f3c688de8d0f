"""An assertion is used once: in every process, under any race, whatever the clock does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from service.db.engine import engine as make_engine
from service.db.session import transaction
from service.identity.replay import KEEP, StoredAssertions, forget
from service.identity.tables import assertion_seen
from tests.service.identity.partner_world import AT

END = AT + timedelta(minutes=5)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Another gateway process on the same database."""
    made = make_engine(database_url)
    yield made
    await made.dispose()


async def test_the_second_use_is_known_in_every_process(engine: AsyncEngine, other: AsyncEngine) -> None:
    assert await StoredAssertions(engine).first_use("dss", "j-1", END, AT)
    assert not await StoredAssertions(engine).first_use("dss", "j-1", END, AT)
    assert not await StoredAssertions(other).first_use("dss", "j-1", END, AT)


async def test_two_partners_may_use_the_same_number(engine: AsyncEngine) -> None:
    used = StoredAssertions(engine)
    assert await used.first_use("dss", "j-1", END, AT)
    assert await used.first_use("ems", "j-1", END, AT)


async def test_of_many_at_once_exactly_one_is_first(engine: AsyncEngine, other: AsyncEngine) -> None:
    processes = [StoredAssertions(engine), StoredAssertions(other)]
    firsts = await asyncio.gather(*(processes[n % 2].first_use("dss", "j-1", END, AT) for n in range(20)))
    assert sum(firsts) == 1


async def test_old_ones_are_forgotten_but_never_one_that_could_still_be_used(engine: AsyncEngine) -> None:
    used = StoredAssertions(engine)
    await used.first_use("dss", "old", END, AT)
    later = END + KEEP + timedelta(seconds=1)
    await used.first_use("dss", "new", later + timedelta(minutes=5), later)
    async with transaction(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(assertion_seen)) == 1
        assert await forget(connection, later + KEEP) == 0
    assert not await used.first_use("dss", "new", END, later)


async def test_a_clock_set_back_reopens_nothing(engine: AsyncEngine) -> None:
    used = StoredAssertions(engine)
    await used.first_use("dss", "j-1", END, AT)
    await used.first_use("dss", "j-2", END, AT + timedelta(hours=23))
    assert not await used.first_use("dss", "j-1", END, AT)
