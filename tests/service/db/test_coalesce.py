"""The coalescer: shared reads that are never stale."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from service.db.coalesce import Coalescer


class Store:
    """A fake store whose reads see the moment they begin and end when they are let go."""

    def __init__(self) -> None:
        self.values = {"a": 1, "b": 2}
        self.reads: list[Sequence[str]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def fetch_many(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.reads.append(keys)
        seen = {key: self.values[key] for key in keys if key in self.values}
        self.begun.set()
        await self.gate.wait()
        if self.error:
            raise self.error
        return seen


@pytest.fixture
async def store() -> Store:
    return Store()


async def test_concurrent_look_ups_share_one_read(store: Store) -> None:
    lookup = Coalescer(store.fetch_many)
    assert await asyncio.gather(*(lookup.get(key) for key in "abab")) == [1, 2, 1, 2]
    assert store.reads == [("a", "b")]


async def test_a_key_with_nothing_stored_is_none(store: Store) -> None:
    assert await Coalescer(store.fetch_many).get("nobody") is None


async def test_a_read_begun_before_a_key_arrived_is_never_used_for_it(store: Store) -> None:
    lookup = Coalescer(store.fetch_many)
    store.gate.clear()
    early = asyncio.create_task(lookup.get("a"))
    await store.begun.wait()
    store.values["a"] = 99
    late = asyncio.create_task(lookup.get("a"))
    await asyncio.sleep(0)
    store.gate.set()
    assert (await early, await late) == (1, 99)


async def test_an_error_reaches_every_waiter_and_the_next_read_starts_anew(store: Store) -> None:
    lookup = Coalescer(store.fetch_many)
    store.error = RuntimeError("gone")
    results = await asyncio.gather(lookup.get("a"), lookup.get("b"), return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError, RuntimeError]
    store.error = None
    assert await lookup.get("a") == 1


async def test_one_who_gives_up_disturbs_nobody(store: Store) -> None:
    lookup = Coalescer(store.fetch_many)
    store.gate.clear()
    gone, stays = asyncio.create_task(lookup.get("a")), asyncio.create_task(lookup.get("a"))
    await store.begun.wait()
    gone.cancel()
    store.gate.set()
    assert await stays == 1
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_batch_has_a_size_limit(store: Store) -> None:
    lookup = Coalescer(store.fetch_many, most=2)
    await asyncio.gather(*(lookup.get(key) for key in "abcde"))
    assert [len(keys) for keys in store.reads] == [2, 2, 1]


async def test_nobody_waits_for_ever_when_the_reader_goes_away() -> None:
    async def vanish(_: Sequence[str]) -> Mapping[str, int]:
        raise asyncio.CancelledError

    lookup = Coalescer(vanish, most=1)
    results = await asyncio.gather(lookup.get("a"), lookup.get("b"), return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
