"""A partner's current keys, wherever it keeps them: inline, in a file or behind a URL.

Read when first needed, again when a `kid` is unknown (at most once a minute) and every
five minutes, so a partner rotates without telling us and a withdrawn key soon stops
working. A source that stays silent for an hour is believed no longer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import structlog

from service.identity.faults import InvalidToken, TokenFault
from service.identity.keys import LARGEST_JWKS, BadKeySet, KeySet, read_key_set

log = structlog.get_logger()

Load = Callable[[], Awaitable[bytes]]
"""Reads a JWKS document; raises OSError or BadKeySet where it cannot."""

FRESH, PAUSE, STALE, RETRY = 300.0, 60.0, 3600.0, 5.0
"""Seconds: read again after, at most one reading in, not believed after, and the pause while we hold nothing."""


class Keyring(Protocol):
    """Where a partner's keys come from."""

    async def holding(self, kid: str | None) -> KeySet:
        """The partner's keys, read again if `kid` is not among them; raises InvalidToken."""


class InlineKeys:
    """Keys written into the registry itself."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def holding(self, kid: str | None) -> KeySet:  # noqa: ARG002  # the protocol's argument
        """The keys as registered."""
        return self._keys


class ReadKeys:
    """Keys read by `load`, remembered for a while. `ticks` counts seconds and never goes backwards."""

    def __init__(self, load: Load, ticks: Callable[[], float] = time.monotonic) -> None:
        self._load, self._ticks = load, ticks
        self._keys: KeySet | None = None
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def holding(self, kid: str | None) -> KeySet:
        """The partner's keys, read again if `kid` is not among them; raises InvalidToken when there are none."""
        if self._wants_reading(kid):
            async with self._reading:
                if self._wants_reading(kid):
                    await self._read()
        if self._keys is None or self._ticks() - self._read_at >= STALE:
            raise InvalidToken(TokenFault.KEY)
        return self._keys

    def _wants_reading(self, kid: str | None) -> bool:
        now = self._ticks()
        if self._keys is None:
            return now - self._tried_at >= RETRY
        due = kid not in self._keys.keys or now - self._read_at >= FRESH
        return due and now - self._tried_at >= PAUSE

    async def _read(self) -> None:
        """Read once. Marked as tried only when it is over, so that whoever comes meanwhile waits for the outcome."""
        try:
            self._keys = read_key_set(await self._load())
            self._read_at = self._ticks()
        except (OSError, BadKeySet) as error:
            log.warning("partner_keys_unreadable", kind=type(error).__name__)  # what we hold stays good until STALE
        self._tried_at = self._ticks()


def file_keys(path: Path, ticks: Callable[[], float] = time.monotonic) -> ReadKeys:
    """Keys in a JWKS file, which may be replaced while we run."""

    async def load() -> bytes:
        return await asyncio.to_thread(_first_bytes, path)

    return ReadKeys(load, ticks)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_JWKS + 1)
