"""Promise 4 against the clock: many queries, two gateways, one database, and a person who takes it back meanwhile.

The change moves the person's epoch, which waits for every release that holds it; then, still inside its transaction,
it notes the log's size. A release of this person at that index or above would have come after.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from uuid import uuid4

import pytest
from psycopg import AsyncConnection as Psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.ledger import no_guard
from consent import store
from consent.model import Denial, Directive, DirectiveKind
from policies.vocabulary import Agency
from service.db.embedded import Embedded
from service.gateway.answer import Gateway, answer
from service.gateway.query import Query
from service.gateway.release import Disclosure
from service.problems import AccessDenied
from tests.conftest import administer
from tests.service.gateway.city import REFS, City, SlowSources, asking, city_of
from tests.service.gateway.world import AT, a_clinician, a_query

CHANCE = random.Random()  # noqa: S311  # when custodians answer
AT_ONCE, ASKED_BEFORE = 10, 4
"""How many ask about one person at once, and of how many the custodians have heard when the person takes it back."""

Story = tuple[Callable[[City], Awaitable[str]], Query, Callable[[str, AsyncConnection], Awaitable[object]]]
"""Somebody as they are at first, what is asked about them, and how they take it back."""


@pytest.fixture(scope="module")
def town(cluster: Embedded, template: str) -> Iterator[tuple[str, list[str]]]:
    """One database for all the races, and the people there whom no test has asked about yet."""
    name = f"race{uuid4().hex}"
    administer(cluster, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.url(name), list(REFS)
    administer(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def city(town: tuple[str, list[str]]) -> AsyncIterator[City]:
    async with city_of(*town) as made:
        yield made


@pytest.fixture(params=[20, pytest.param(300, marks=pytest.mark.slow)])
def rounds(request: pytest.FixtureRequest) -> int:
    """How many people take it back."""
    if request.param > 20 and not request.config.getoption("markexpr"):
        pytest.skip("the long form, a minute: `make test-slow`")
    return int(request.param)


async def a_moment() -> None:
    """No time at all, or a few milliseconds: the race is the point."""
    await asyncio.sleep(CHANCE.choice((0, 0.001, 0.003, 0.008)))


def revoked(ref: str, connection: AsyncConnection) -> Awaitable[object]:
    return store.revoke(connection, f"c-{ref}", AT)


def objected(ref: str, connection: AsyncConnection) -> Awaitable[object]:
    scope = Denial(recipient=Agency.LINCOLN)
    return store.append(connection, Directive(f"d-{ref}", 1, ref, DirectiveKind.DO_NOT_SHARE, scope, AT), AT)


async def outcomes(query: Query, ref: str, gateways: Sequence[Gateway]) -> list[Disclosure | AccessDenied]:
    """What becomes of many questions at once, put to the gateways in turn. Any other error is raised."""
    asked = (answer(asking(query, ref), gateways[n % len(gateways)]) for n in range(AT_ONCE))
    ended = await asyncio.gather(*asked, return_exceptions=True)
    for failure in ended:
        if not isinstance(failure, Disclosure | AccessDenied):
            raise failure
    return [end for end in ended if isinstance(end, Disclosure | AccessDenied)]


async def raced(
    city: City, story: Story, gateways: Sequence[Gateway], sources: SlowSources
) -> tuple[str, int, list[Disclosure | AccessDenied]]:
    """One person, many questions, one change of mind: who, the size no release may reach, and how they ended."""
    begin, query, change = story
    ref = await begin(city)
    asking_all = asyncio.create_task(outcomes(query, ref, gateways))
    for _ in range(ASKED_BEFORE):
        await sources.asked.acquire()
    await a_moment()
    size = await city.changed(partial(change, ref))
    ended = await asking_all
    sources.asked = asyncio.Semaphore(0)
    return ref, size, ended


STORIES: dict[str, Story] = {
    "a revocation": (City.agreed, a_query(), revoked),
    "a first objection": (City.new, a_clinician(), objected),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("replicas", [1, 2])
async def test_nothing_is_released_after_the_person_took_it_back(
    rounds: int, city: City, replicas: int, story: str
) -> None:
    sources = SlowSources(a_moment)
    gateways = [await city.gateway(sources) for _ in range(replicas)]
    left = refused = decided = 0
    for _ in range(rounds):
        ref, size, ended = await raced(city, STORIES[story], gateways, sources)
        answers = [end for end in ended if isinstance(end, Disclosure)]
        indexes = [answer.receipt.index for answer in answers if answer.receipt]
        assert sorted(indexes) == await city.releases(ref)
        assert all(index < size for index in indexes)
        left, refused = left + len(answers), refused + len(ended) - len(answers)
        decided += await city.decisions(ref)
    assert left + refused == rounds * AT_ONCE
    assert refused
    assert decided > left + refused  # some were decided again: the change came while their custodians were asked


async def released_across(city: City, gateway: Gateway, sources: SlowSources, answers: asyncio.Event) -> bool:
    """Does a question whose custodians answer after the revocation still release anything?"""
    ref = await city.agreed()
    asked = asyncio.create_task(answer(asking(a_query(), ref), gateway))
    await sources.asked.acquire()
    size = await city.changed(partial(revoked, ref))
    answers.set()
    (ended,) = await asyncio.gather(asked, return_exceptions=True)
    assert isinstance(ended, Disclosure | AccessDenied)
    return any(index >= size for index in await city.releases(ref))


async def test_without_the_guard_a_revocation_is_passed(city: City) -> None:
    """The control: what these tests look for does happen where nothing holds it back."""
    answers = asyncio.Event()
    sources = SlowSources(answers.wait)
    assert await released_across(city, await city.gateway(sources, no_guard), sources, answers)


async def test_with_the_guard_it_is_not(city: City) -> None:
    answers = asyncio.Event()
    sources = SlowSources(answers.wait)
    assert not await released_across(city, await city.gateway(sources), sources, answers)


class Between:
    """A guard after which, before the log commits, the person takes it back: or tries to."""

    def __init__(self, city: City, locking: bool) -> None:
        self.city, self.locking, self.ref = city, locking, ""
        self.revoking: asyncio.Task[int] | None = None

    async def __call__(self, connection: Psycopg, tokens: Sequence[object]) -> set[int]:
        refused = await store.epochs_hold(connection, tokens) if self.locking else set[int]()
        if any(tokens):
            self.revoking = asyncio.create_task(self.city.changed(partial(revoked, self.ref)))
            await asyncio.wait([self.revoking], timeout=0.3)  # a lock is told from a wait by nothing else
        return refused


@pytest.mark.parametrize("locking", [True, False])
async def test_between_the_guards_look_and_the_logs_commit_only_the_lock_keeps_a_revocation_out(
    city: City, locking: bool
) -> None:
    between = Between(city, locking)
    gateway = await city.gateway(SlowSources(a_moment), between)
    between.ref = await city.agreed()
    disclosure = await answer(asking(a_query(), between.ref), gateway)
    assert between.revoking is not None
    assert disclosure.receipt is not None
    assert (disclosure.receipt.index < await between.revoking) is locking
