"""Where the time of one query goes: the real gateway built in this process, its ports timed one by one."""

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench.world import CATEGORIES, World
from policies.tables import catalog
from policies.vocabulary import Agency, Purpose, Role
from service.gateway.answer import Gateway, answer
from service.gateway.query import Asker, ByIdentifier, Item, Query
from service.main import build


class Timed:
    """A port whose every call is timed under a name."""

    def __init__(self, port: object, name: str, seen: dict[str, list[float]]) -> None:
        self._port, self._name, self._seen = port, name, seen

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401  # a proxy for whatever the port has
        found = getattr(self._port, attribute)
        return self._timed(found) if attribute in {"resolve", "read", "decide", "fetch", "append"} else found

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(*arguments: object, **named: object) -> object:
            began = time.perf_counter()
            try:
                return await call(*arguments, **named)
            finally:
                self._seen[self._name].append(time.perf_counter() - began)

        return timed


async def stages(world: World, rounds: int) -> dict[str, float]:
    """Median milliseconds per stage of a query at one client, and `whole` and each custodian's own answer."""
    seen: dict[str, list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        house = await build(world.configured.model_copy(update={"anchor": None}), stack)
        timed = _timed(house.gateway, seen)
        for number in range(rounds):
            query = _query(world.people[number % len(world.people)][1])
            began = time.perf_counter()
            await answer(query, timed)
            seen["whole"].append(time.perf_counter() - began)
        for custodian in house.sources.offers:
            await _alone(house.gateway, custodian, world, rounds, seen)
    return {name: 1000 * median(each) for name, each in seen.items()}


def _timed(gateway: Gateway, seen: dict[str, list[float]]) -> Gateway:
    names = {"subjects": "resolve", "facts": "facts", "engine": "decide", "sources": "custodians", "ledger": "log"}
    timed: dict[str, Any] = {port: Timed(getattr(gateway, port), name, seen) for port, name in names.items()}
    return replace(gateway, **timed)


async def _alone(gateway: Gateway, custodian: Agency, world: World, rounds: int, seen: dict[str, list[float]]) -> None:
    for number in range(rounds):
        query = _query(world.people[number % len(world.people)][1])
        subject = await gateway.subjects.resolve(query)
        wanted = {custodian: {i.category: i.fields for i in query.items if i.custodian == custodian}}
        began = time.perf_counter()
        if subject is not None:
            await gateway.sources.fetch(subject, wanted)
        seen[f"{custodian} alone"].append(time.perf_counter() - began)


def _query(ems: str) -> Query:
    held = dict(zip(CATEGORIES, (Agency.EMS, Agency.DSS, Agency.LINCOLN, Agency.ALLIANCE), strict=True))
    items: Sequence[Item] = [Item(custodian, category, catalog()[category]) for category, custodian in held.items()]
    asker = Asker("heart-system", Agency.HEART, "hn-001", Role.HEART_NAVIGATOR, True, "bench")
    return Query(
        f"q-{uuid.uuid4().hex}", asker, ByIdentifier(Agency.EMS, ems), Purpose.COC, tuple(items), datetime.now(UTC)
    )
