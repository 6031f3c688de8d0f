"""A database with a city's staff and people, and gateways on it: real but for custodians that take their time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.checkpoint import Signer
from audit.entry import Pseudonyms
from audit.ledger import Guard, Ledger
from consent import store
from policies.engines.memo import Memo
from policies.vocabulary import Agency, Role
from service.db.engine import engine as make_engine
from service.db.reads import Reads
from service.db.session import transaction
from service.facts import FreshFacts
from service.gateway.answer import Gateway
from service.gateway.events import Scribe
from service.gateway.ports import Answer, Fields
from service.gateway.query import ByIdentifier, Query, Subject
from service.identity.staff import Assignment, Post
from service.identity.staffing import put_caseload, put_roster
from tests.service.gateway.world import AT, PERSON, FakeSubjects, a_consent, found, rules

SIGNER = Signer("city.example/log", Ed25519PrivateKey.generate())
PSEUDONYMS = Pseudonyms(b"k" * 32)
REFS = [f"s-{number}" for number in range(1500)]
STAFF = ((Agency.HEART, Role.HEART_NAVIGATOR), (Agency.LINCOLN, Role.LINCOLN_CLINICIAN))

SIZE = text("SELECT size FROM log_head")
RELEASED = text("SELECT index FROM log_entry WHERE kind = 'released' AND outcome = 'released' AND subject = :subject")
DECIDED = text("SELECT count(*) FROM log_entry WHERE kind = 'decided' AND subject = :subject")

Change = Callable[[AsyncConnection], Awaitable[object]]


def now() -> datetime:
    return AT


class SlowSources:
    """Custodians that answer when `wait` is over, and say when they were asked."""

    def __init__(self, wait: Callable[[], Awaitable[object]]) -> None:
        self.offers: Mapping[Agency, Fields] = {}
        self.asked, self.wait = asyncio.Semaphore(0), wait

    async def fetch(self, subject: Subject, wanted: Mapping[Agency, Fields]) -> Sequence[Answer]:
        self.asked.release()
        await self.wait()
        return [found(custodian, wanted[custodian]) for custodian in wanted]


@dataclass
class City:
    """People whom nobody has asked about yet, and the gateways to ask through."""

    engine: AsyncEngine
    url: str
    stack: AsyncExitStack
    people: list[str]

    async def gateway(self, sources: SlowSources, guard: Guard = store.epochs_hold) -> Gateway:
        """One more gateway on the database, with a log, reads and a pool of its own."""
        engine = make_engine(self.url)
        self.stack.push_async_callback(engine.dispose)
        reads, ledger = Reads(self.url), Ledger(self.url, SIGNER, guard)
        for part in (reads, ledger):
            self.stack.push_async_callback(part.close)
            await part.open()
        people = FakeSubjects([], *((ref, replace(PERSON, ref=ref)) for ref in REFS))
        scribe = Scribe(PSEUDONYMS, "embedded", now)
        return Gateway(people, FreshFacts(reads, engine, now), Memo(rules()), sources, ledger, scribe, now)

    async def agreed(self) -> str:
        """The reference of somebody new, who agreed that EMS and Lincoln tell HEART in a consent named `c-` and it."""
        ref = self.people.pop()
        await self.changed(lambda c: store.append(c, a_consent(id=f"c-{ref}", subject=ref), AT))
        return ref

    async def new(self) -> str:
        """The reference of somebody nothing was ever recorded for."""
        return self.people.pop()

    async def changed(self, change: Change) -> int:
        """Make a change to what is on file; the log's size when it could no longer be passed.

        The change has moved the person's epoch by then: whatever release held it has committed, and is below.
        """
        async with transaction(self.engine) as connection:
            await change(connection)
            return int(await connection.scalar(SIZE) or 0)

    async def releases(self, ref: str) -> list[int]:
        """Where in the log this person's releases stand."""
        async with transaction(self.engine) as connection:
            rows = await connection.execute(RELEASED, {"subject": PSEUDONYMS.of(ref)})
            return sorted(int(row[0]) for row in rows)

    async def decisions(self, ref: str) -> int:
        """How often it was decided about this person."""
        async with transaction(self.engine) as connection:
            return int(await connection.scalar(DECIDED, {"subject": PSEUDONYMS.of(ref)}) or 0)


@asynccontextmanager
async def city_of(url: str, people: list[str]) -> AsyncIterator[City]:
    """The city on a migrated database; `people` is who of `REFS` is new. Its gateways close with the block."""
    engine = make_engine(url)
    since = date(2026, 1, 1)
    async with transaction(engine) as connection:
        await put_roster(connection, [Post(agency, "heart-1", role) for agency, role in STAFF])
        await put_caseload(connection, (Assignment(agency, "*", ref, since) for agency, _ in STAFF for ref in REFS))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        yield City(engine, url, stack, people)


def asking(query: Query, ref: str) -> Query:
    """The same question about this person, as a query of its own."""
    return replace(query, id=f"q-{uuid4().hex}", subject=ByIdentifier(Agency.EMS, ref))
