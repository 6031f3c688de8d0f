"""Partners rotate keys without telling us, and nobody can make us fetch without end."""

import asyncio
import json
from pathlib import Path

import pytest

from service.identity.faults import InvalidToken
from service.identity.keyring import FRESH, PAUSE, RETRY, STALE, ReadKeys, file_keys
from tests.service.identity.partner_world import jwks


class Source:
    """A place that serves a key set, counts the readings, and can fail."""

    def __init__(self) -> None:
        self.algorithms: tuple[str, ...] = ("ES384",)
        self.readings = 0
        self.down = False
        self.now = 0.0
        self.keys = ReadKeys(self.load, lambda: self.now)

    async def load(self) -> bytes:
        self.readings += 1
        await asyncio.sleep(0)
        if self.down:
            raise OSError
        return json.dumps(jwks(*self.algorithms)).encode()


async def test_many_callers_share_one_reading() -> None:
    source = Source()
    await asyncio.gather(*(source.keys.holding("k-ES384") for _ in range(50)))
    assert source.readings == 1


async def test_a_new_key_is_found_at_once_and_the_old_one_stays_until_withdrawn() -> None:
    source = Source()
    await source.keys.holding("k-ES384")
    source.algorithms, source.now = ("ES384", "RS384"), PAUSE
    assert set((await source.keys.holding("k-RS384")).keys) == {"k-ES384", "k-RS384"}


async def test_a_withdrawn_key_stops_working_when_the_set_is_no_longer_fresh() -> None:
    source = Source()
    await source.keys.holding("k-ES384")
    source.algorithms, source.now = ("RS384",), FRESH
    assert set((await source.keys.holding("k-ES384")).keys) == {"k-RS384"}


async def test_unknown_key_names_cause_at_most_one_reading_a_minute() -> None:
    source = Source()
    for second in range(121):
        source.now = float(second)
        await source.keys.holding(f"unknown-{second}")
    assert source.readings == 3


async def test_a_silent_source_is_believed_for_an_hour_and_no_longer() -> None:
    source = Source()
    await source.keys.holding("k-ES384")
    source.down, source.now = True, STALE - 1
    assert "k-ES384" in (await source.keys.holding("k-ES384")).keys
    source.now = STALE
    with pytest.raises(InvalidToken):
        await source.keys.holding("k-ES384")


async def test_a_source_that_was_down_at_first_is_tried_again_soon() -> None:
    source = Source()
    source.down = True
    for _ in range(3):
        with pytest.raises(InvalidToken):
            await source.keys.holding("k-ES384")
    source.down, source.now = False, RETRY
    assert "k-ES384" in (await source.keys.holding("k-ES384")).keys
    assert source.readings == 2


async def test_a_dangerous_new_set_does_not_replace_the_good_one(tmp_path: Path) -> None:
    now, path = [0.0], tmp_path / "partner.jwks.json"
    path.write_text(json.dumps(jwks()))
    keys = file_keys(path, lambda: now[0])
    good = await keys.holding("k-ES384")
    path.write_text(json.dumps({"keys": jwks()["keys"] * 2}))  # type: ignore[operator]  # a list
    now[0] = FRESH
    assert await keys.holding("k-ES384") is good


async def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    now, path = [0.0], tmp_path / "partner.jwks.json"
    path.write_text(json.dumps(jwks()))
    keys = file_keys(path, lambda: now[0])
    await keys.holding("k-ES384")
    path.write_text(json.dumps(jwks("RS384")))
    now[0] = PAUSE
    assert "k-RS384" in (await keys.holding("k-RS384")).keys
