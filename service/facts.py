"""The policy information point: consents and standing, read fresh for every query, many queries in one read.

A read that began before a query arrived is never used for it, so there is no stale window and nothing to invalidate.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from consent import store
from consent.model import Held
from policies.vocabulary import Agency, Role
from service.db.coalesce import Coalescer
from service.db.reads import Question, Reads
from service.db.session import transaction
from service.gateway.ports import Clock, Standing
from service.gateway.query import Query, Subject
from service.identity.actor import STANDINGS, parameters, standing

NOBODY = Held("", 0)
"""What is on file for a person the index could not place: the same work, and nothing found."""


class _Key(NamedTuple):
    agency: Agency
    actor: str
    role: Role
    subject: str


class FreshFacts:
    """The real `Facts`, over PostgreSQL."""

    def __init__(self, reads: Reads, engine: AsyncEngine, clock: Clock) -> None:
        self._asked, self._engine, self._clock = reads, engine, clock
        self._reads: Coalescer[_Key, tuple[Held, Standing]] = Coalescer(self._read)

    async def read(self, query: Query, subject: Subject | None) -> tuple[Held, Standing]:
        """What is on file now. Raises StoreUnavailable."""
        asker = query.asker
        key = _Key(asker.agency, asker.actor, asker.role, subject.ref if subject else "")
        return await self._reads.get(key) or (NOBODY, Standing(role_confirmed=False, relationship=False))

    async def _read(self, keys: Sequence[_Key]) -> dict[_Key, tuple[Held, Standing]]:
        subjects = list({key.subject for key in keys if key.subject} or {""})
        on_file, standings = await self._asked.ask(
            Question(store.CURRENT, [subjects]), Question(STANDINGS, parameters(keys, self._clock()))
        )
        held = store.held(on_file)
        held |= await self._first_seen([s for s in subjects if s and s not in held])
        return {
            key: (held.get(key.subject, NOBODY), Standing(s.role_confirmed, s.relationship))
            for key, s in zip(keys, map(standing, standings), strict=True)
        }

    async def _first_seen(self, subjects: Sequence[str]) -> dict[str, Held]:
        """A person nothing was recorded for yet gets an epoch, so that the log's guard can see a first objection."""
        if not subjects:
            return {}
        async with transaction(self._engine) as connection:
            return await _known(connection, subjects)


async def _known(connection: AsyncConnection, subjects: Sequence[str]) -> dict[str, Held]:
    await store.known(connection, subjects)
    return await store.on_file(connection, subjects)
