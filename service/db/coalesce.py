"""Many concurrent look-ups share one read, and every answer is fresh.

A key is answered only by a read that began after the key was asked for: there is no timer, no cache and so no stale
window. While one read is under way the next batch gathers; under load the batches grow by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

FetchMany = Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]
"""Reads distinct keys at once, usually by `= ANY($1)`; leaves out the keys there is nothing for."""


class Coalescer(Generic[K, V]):
    """Groups the look-ups of one event loop; at most `most` distinct keys a read, one read at a time."""

    def __init__(self, fetch_many: FetchMany[K, V], most: int = 256) -> None:
        self._fetch_many = fetch_many
        self._most = most
        self._waiting: dict[K, list[asyncio.Future[V | None]]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """What is stored for `key` now; None when nothing is. Raises what the shared read raised."""
        future: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._reader is None:
            # A context of its own: the first caller's log context is not the batch's.
            self._reader = asyncio.create_task(self._read(), context=Context())
        return await future

    async def _read(self) -> None:
        try:
            while self._waiting:
                keys = list(self._waiting)[: self._most]
                await self._answer({key: self._waiting.pop(key) for key in keys})
        finally:
            self._reader = None
            _cancel(self._waiting)

    async def _answer(self, batch: dict[K, list[asyncio.Future[V | None]]]) -> None:
        """One read, and everybody in the batch learns its outcome; one who gave up disturbs nobody."""
        try:
            found = await self._fetch_many(tuple(batch))
        except Exception as error:  # noqa: BLE001  # handed to every waiter, not swallowed
            for future in _pending(batch):
                future.set_exception(error)
        else:
            for key, futures in batch.items():
                for future in _pending({key: futures}):
                    future.set_result(found.get(key))
        finally:
            _cancel(batch)


def _pending(batch: Mapping[K, Sequence[asyncio.Future[V | None]]]) -> list[asyncio.Future[V | None]]:
    return [future for futures in batch.values() for future in futures if not future.done()]


def _cancel(batch: dict[K, list[asyncio.Future[V | None]]]) -> None:
    """Nobody waits for ever: the reader is going away."""
    for future in _pending(batch):
        future.cancel()
    batch.clear()
