"""The OPA server decides, or there is no decision: gone, slow, mad or of another revision, all are PolicyError."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from policies.bundle import Bundle
from policies.decision import PolicyError
from policies.engines.server import OPEN_AFTER, OPEN_SECONDS, ServerEngine
from tests.policies.conftest import PATIENT, served
from tests.policies.questions import EMERGENCY, PERMITTED, SIGNED

DEADLINE = 0.2


class FakeServer:
    """An HTTP server that gives every request the same answer; None hangs. Counts the requests."""

    def __init__(self, answer: bytes | None, status: str = "200 OK") -> None:
        self.answer, self.status = answer, status
        self.requests = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = [line.lower().split(b": ") for line in head.split(b"\r\n")]
        await reader.readexactly(next(int(line[1]) for line in lines if line[0] == b"content-length"))
        self.requests += 1
        if self.answer is not None:
            first = f"HTTP/1.1 {self.status}\r\ncontent-type: application/json\r\nconnection: close\r\n"
            writer.write(f"{first}content-length: {len(self.answer)}\r\n\r\n".encode() + self.answer)
            writer.close()


class Clock:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def clock() -> Clock:
    return Clock()


async def opened(url: str, rules: Bundle, clock: Clock | None = None, deadline: float = DEADLINE) -> ServerEngine:
    engine = ServerEngine(url, rules.revision, deadline, clock or time.monotonic)
    await engine.open()
    return engine


@pytest.fixture
async def real(opa_server: str, rules: Bundle) -> AsyncIterator[ServerEngine]:
    """An engine on the real server."""
    engine = await opened(opa_server, rules, deadline=PATIENT)
    yield engine
    await engine.close()


@pytest.mark.opa
async def test_the_real_server_decides_and_is_ready(real: ServerEngine) -> None:
    assert await real.ready()
    assert (await real.decide(PERMITTED)).permitted
    assert (await real.decide(EMERGENCY)).permitted
    assert not (await real.decide(replace(PERMITTED, consents=()))).permitted


@pytest.mark.opa
async def test_a_server_with_another_revision_is_not_ready_and_decides_nothing(opa_server: str, rules: Bundle) -> None:
    engine = await opened(opa_server, replace(rules, revision="0" * 16), deadline=PATIENT)
    assert not await engine.ready()
    with pytest.raises(PolicyError):
        await engine.decide(PERMITTED)
    await engine.close()


@pytest.mark.opa
async def test_a_server_killed_between_two_questions_is_no_decision_at_once(
    opa: Path, rules: Bundle, tmp_path: Path
) -> None:
    with served(opa, rules, tmp_path / "bundle.tar.gz") as server:
        engine = await opened(server.url, rules, deadline=PATIENT)
        assert (await engine.decide(PERMITTED)).permitted
    started = time.monotonic()
    with pytest.raises(PolicyError):
        await engine.decide(PERMITTED)
    assert not await engine.ready()
    assert time.monotonic() - started < PATIENT / 2
    await engine.close()


async def test_a_server_that_never_answers_is_no_decision_within_the_deadline(rules: Bundle) -> None:
    async with FakeServer(None) as server:
        engine, started = await opened(server.url, rules), time.monotonic()
        with pytest.raises(PolicyError):
            await engine.decide(PERMITTED)
        assert not await engine.ready()
        assert time.monotonic() - started < 2 * DEADLINE + 1.0
        await engine.close()


GOOD_SHAPE = {"revision": "?", "items": []}
MAD: list[tuple[str, bytes]] = [
    ("500 Internal Server Error", b'{"code":"internal_error"}'),
    ("502 Bad Gateway", b"{}"),
    ("503 Service Unavailable", b"{}"),
    ("404 Not Found", b"{}"),
    ("200 OK", b""),
    ("200 OK", b"{}"),
    ("200 OK", b"null"),
    ("200 OK", b"[]"),
    ("200 OK", b'"permit"'),
    ("200 OK", b"{"),
    ("200 OK", b'{"result":null}'),
    ("200 OK", b'{"result":true}'),
    ("200 OK", b'{"result":{}}'),
    ("200 OK", b'{"result":[]}'),
    ("200 OK", json.dumps({"result": GOOD_SHAPE}).encode()),
    ("200 OK", b'{"result":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    ("200 OK", b'{"result":"' + b"x" * 8_000_000 + b'"}'),
    ("200 OK", b"\xff\xfe" * 100),
]


@pytest.mark.parametrize("place", range(len(MAD)))
async def test_nonsense_is_no_decision_and_is_asked_for_once(place: int, rules: Bundle) -> None:
    status, answer = MAD[place]
    async with FakeServer(answer, status) as server:
        engine = await opened(server.url, rules, deadline=PATIENT)
        with pytest.raises(PolicyError):
            await engine.decide(PERMITTED)
        assert server.requests == 1
        assert not await engine.ready()
        await engine.close()


async def test_after_some_failures_the_server_is_left_alone_for_a_while(rules: Bundle, clock: Clock) -> None:
    async with FakeServer(b"{}") as server:
        engine = await opened(server.url, rules, clock, PATIENT)
        for _ in range(OPEN_AFTER + 3):
            with pytest.raises(PolicyError):
                await engine.decide(PERMITTED)
        assert server.requests == OPEN_AFTER
        clock.now += OPEN_SECONDS
        with pytest.raises(PolicyError):
            await engine.decide(PERMITTED)
        assert server.requests == OPEN_AFTER + 1
        await engine.close()


@pytest.mark.opa
async def test_a_server_that_recovers_is_asked_again(real: ServerEngine, clock: Clock, rules: Bundle) -> None:
    engine = ServerEngine("http://127.0.0.1:9", rules.revision, PATIENT, clock)
    await engine.open()
    for _ in range(OPEN_AFTER):
        with pytest.raises(PolicyError):
            await engine.decide(PERMITTED)
    await engine._client.close_connection()  # noqa: SLF001  # the server comes back at another address
    engine._client = real._client  # noqa: SLF001  # see above
    with pytest.raises(PolicyError, match="not asked"):
        await engine.decide(PERMITTED)
    clock.now += OPEN_SECONDS
    assert (await engine.decide(PERMITTED)).permitted


async def test_a_question_that_cannot_be_put_is_not_held_against_the_server(rules: Bundle, clock: Clock) -> None:
    forged = replace(PERMITTED, consents=(replace(SIGNED, status='"'),))
    async with FakeServer(b"{}") as server:
        engine = await opened(server.url, rules, clock, PATIENT)
        for _ in range(OPEN_AFTER * 2):
            with pytest.raises(PolicyError, match="cannot be put"):
                await engine.decide(forged)
        with pytest.raises(PolicyError):
            await engine.decide(PERMITTED)
        assert server.requests == 1
        await engine.close()
