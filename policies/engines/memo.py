"""Decisions remembered: the same bundle and the same canonical input give the same decision.

The key holds every consent's content as it stands now, read fresh for each query, so a remembered
decision cannot outlive a revocation or an expiry: the next question is simply another key. Bounded; never
used for emergency access.
"""

import asyncio
from collections import OrderedDict
from typing import TypeAlias

from policies.decision import Decision, PolicyError
from policies.engines import PolicyEngine
from policies.request import Request, RequestInvalid

SIZE = 4096

Key: TypeAlias = tuple[str, bytes]
"""The bundle's revision and the canonical input."""


class Memo:
    """A PolicyEngine in front of a PolicyEngine. `hits` and `misses` count for the metrics."""

    def __init__(self, engine: PolicyEngine, size: int = SIZE) -> None:
        self.name, self.revision = engine.name, engine.revision
        self.hits = self.misses = 0
        self._engine, self._size = engine, size
        self._known: OrderedDict[Key, Decision] = OrderedDict()
        self._under_way: dict[Key, asyncio.Task[Decision]] = {}

    async def decide(self, request: Request) -> Decision:
        """The remembered decision, or a new one."""
        if request.emergency.attested:
            return await self._engine.decide(request)
        try:
            key = self._engine.revision, request.canonical()
        except RequestInvalid as error:
            raise PolicyError("the question cannot be put to the rules") from error
        known = self._known.get(key)
        if known is not None:
            self.hits += 1
            self._known.move_to_end(key)
            return known
        return await asyncio.shield(self._asked_once(key, request))

    def _asked_once(self, key: Key, request: Request) -> asyncio.Task[Decision]:
        """The evaluation of this input: many who ask at once share one, and one who gives up disturbs nobody."""
        task = self._under_way.get(key)
        if task is None:
            self.misses += 1
            task = asyncio.create_task(self._decided(key, request))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._over(key, done))
        return task

    async def _decided(self, key: Key, request: Request) -> Decision:
        decision = await self._engine.decide(request)
        self._known[key] = decision
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return decision

    def _over(self, key: Key, task: asyncio.Task[Decision]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # looked at, so that an error nobody waited for is no warning

    async def ready(self) -> bool:
        """As the engine behind."""
        return await self._engine.ready()

    async def close(self) -> None:
        """Forget, and close the engine behind."""
        self._known.clear()
        await self._engine.close()
