"""The gateway as `porchlight serve` runs it: on a real socket, with an operator's log, until it is told to stop."""

import asyncio
import http.client
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from policies.vocabulary import Agency, Role
from service.sandbox.client import PartnerClient
from service.sandbox.setup import environment, free_port
from service.settings import Settings
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Gate
from tests.service.connectors import hostile

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKED = b"Zebulon-Q7"
SCOPE = "query summary"


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway process: where it is, what it logs, and a navigator who asks it."""

    url: str
    log: Path
    process: Process
    navigator: PartnerClient = field(repr=False)


@asynccontextmanager
async def served(gate: Gate, folder: Path, lincoln: hostile.Behavior) -> AsyncIterator[Served]:
    """`porchlight serve` over the county, with Lincoln's system replaced."""
    settings, base = gate.county.settings, f"http://127.0.0.1:{free_port()}"
    async with hostile.serving(lincoln, settings.sources[Agency.LINCOLN]) as url, aiohttp.ClientSession() as http:
        sources = {**settings.sources, Agency.LINCOLN: url}
        changed = settings.model_copy(update={"sources": sources, "issuer": base, "source_seconds": 8.0})
        process = await _started(changed, folder / "gateway.log")
        try:
            await _ready(f"{base}/readyz", http, process)
            actor, partners = gate.county.cast["actors"]["heart_navigator"], gate.county.plan.partners
            partner = PartnerClient(http, base, partners, agency=Agency.HEART, actor=actor, role=Role.HEART_NAVIGATOR)
            assert (await partner.authorise(SCOPE)).status == 200
            yield Served(base, folder / "gateway.log", process, partner)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _started(settings: Settings, log: Path) -> Process:
    command = ["-m", "service.cli", "serve", "--port", settings.issuer.rpartition(":")[2]]
    with log.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, *command, env={**os.environ, **environment(settings)}, stderr=file
        )


async def _ready(url: str, http: aiohttp.ClientSession, process: Process) -> None:
    async with asyncio.timeout(30):
        while process.returncode is None:
            with suppress(aiohttp.ClientConnectionError):
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
    pytest.fail("the gateway ended before it was ready")


def question(gate: Gate) -> JSON:
    asked = ["clinical.summary", "ems.summary"]
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": asked}


async def test_neither_the_operators_log_nor_the_metrics_tell_of_anybody(
    gate: Gate, agree: Agree, tmp_path: Path
) -> None:
    await agree()
    async with served(gate, tmp_path, hostile.says(b"500 Oh", b"application/fhir+json", MARKED)) as one:
        answer = await one.navigator.post("/v1/queries", question(gate))
        assert (answer.status, answer.body["unavailable"]) == (200, ["LINCOLN"])
        nobody = {**question(gate), "subject": {"identifier": {"custodian": "EMS", "value": MARKED.decode()}}}
        assert (await one.navigator.post("/v1/queries", nobody)).status == 403
        assert (await one.navigator.post("/v1/queries", {"purpose": MARKED.decode()})).status == 400
        metrics = await _text(f"{one.url}/metrics")
    told = metrics + one.log.read_text()
    assert "custodian_unavailable" in told
    assert 'porchlight_requests_total{route="/v1/queries",status="403"} 1.0' in told
    cast = gate.county.cast
    words = {MARKED.decode(), cast["family"], cast["birth_date"], *cast["ids"].values(), *cast["actors"].values()}
    assert [word for word in words if word in told] == []


async def test_a_stop_lets_the_question_under_way_be_answered(gate: Gate, agree: Agree, tmp_path: Path) -> None:
    await agree()
    asked, go = asyncio.Event(), asyncio.Event()
    real = hostile.swaps(gate.county.settings.sources[Agency.LINCOLN], "LCHC", "LCHC")

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go.wait()
        await real(reader, writer)

    async with served(gate, tmp_path, patient) as one:
        before = await gate.size()
        under_way = asyncio.create_task(one.navigator.post("/v1/queries", question(gate)))
        await asyncio.wait_for(asked.wait(), 10)
        one.process.send_signal(signal.SIGTERM)
        go.set()
        answer = await under_way
        code = await asyncio.wait_for(one.process.wait(), 10)
    assert (answer.status, {i["custodian"] for i in answer.body["items"]}) == (200, {"EMS", "LINCOLN"})
    assert [e["outcome"] for e in await gate.since(before)] == ["permit", "released"]
    assert code in {0, -signal.SIGTERM}  # uvicorn ends by the signal it was sent
    with pytest.raises(ConnectionRefusedError):
        _raw(one.url, "GET", "/healthz", b"")


async def test_on_a_real_socket_too_bodies_are_bounded_and_methods_not_told(gate: Gate, tmp_path: Path) -> None:
    async with served(gate, tmp_path, hostile.hang) as one:
        ask = [
            ("POST", "/v1/queries", b"x" * (3 << 20)),
            ("HEAD", "/v1/queries", b""),
            ("OPTIONS", "/v1/queries", b""),
            ("POST", "/v1/queries", b"{"),
        ]
        answers = [await asyncio.to_thread(_raw, one.url, *each) for each in ask]
        answers.append(await asyncio.to_thread(_raw, one.url, *ask[0], one.navigator.token))
    assert [status for status, _ in answers] == [401, 404, 404, 401, 413]
    for _, headers in answers:
        assert headers["cache-control"] == "no-store"
        assert not {"server", "allow", "x-powered-by"} & set(headers)


async def _text(url: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return await response.text()


def _raw(url: str, method: str, path: str, body: bytes, token: str = "") -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
