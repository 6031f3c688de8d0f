"""The database or the policy engine gone, hung or mad: 503, nothing released, an entry wherever there is a log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import httpx
import pytest
import pytest_asyncio

from audit import ledger
from policies.vocabulary import Agency, Role
from service import main
from service.settings import Settings
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Caller, Gate, running
from tests.integration.wires import Wire
from tests.service.connectors import hostile

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON_BODY = b"application/json"


def question(gate: Gate) -> JSON:
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": ["clinical.summary"]}


def unavailable(answer: httpx.Response, *slugs: str) -> None:
    """A 503 whose document tells nothing but what is not there."""
    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].rpartition("/")[2] in slugs
    assert "items" not in answer.text


@dataclass
class OnAWire:
    """A gateway whose database can be taken away, a navigator of it, and the wire."""

    gate: Gate
    navigator: Caller
    wire: Wire

    async def ask(self) -> httpx.Response:
        return await self.navigator.post("/v1/queries", question(self.gate))


@pytest_asyncio.fixture(loop_scope="session")
async def far(gate: Gate, agree: Agree) -> AsyncIterator[OnAWire]:
    await agree()
    async with (
        Wire(gate.county.settings.database_url).laid() as wire,
        running(gate.county, _but(gate, database_url=wire.url)) as other,
    ):
        yield OnAWire(other, await other.caller(Role.HEART_NAVIGATOR), wire)


def _but(gate: Gate, **changes: object) -> Settings:
    return gate.county.settings.model_copy(update=changes)


async def test_without_the_database_nothing_is_answered_and_readiness_says_so(far: OnAWire) -> None:
    assert (await far.ask()).status_code == 200
    far.wire.cut()
    unavailable(await far.ask(), "store-unavailable", "ledger-unavailable")
    ready = await far.gate.http.get("/readyz")
    assert (ready.status_code, ready.json()["store"], ready.json()["log"]) == (503, False, False)
    assert (await far.gate.http.get("/healthz")).status_code == 200


async def test_the_gateway_mends_itself_when_the_database_is_back(far: OnAWire) -> None:
    far.wire.cut()
    unavailable(await far.ask(), "store-unavailable", "ledger-unavailable")
    far.wire.mend()
    async with asyncio.timeout(20):
        while (answer := await far.ask()).status_code != 200:
            unavailable(answer, "store-unavailable", "ledger-unavailable")
        while (ready := await far.gate.http.get("/readyz")).status_code != 200:
            assert ready.status_code == 503
    assert all(ready.json().values())


async def test_a_database_gone_after_the_custodians_were_asked_releases_nothing(gate: Gate, agree: Agree) -> None:
    await agree()
    lincoln = gate.county.settings.sources[Agency.LINCOLN]
    before = await gate.size()
    async with (
        Wire(gate.county.settings.database_url).laid() as wire,
        hostile.serving(_cutting(wire, hostile.swaps(lincoln, "LCHC", "LCHC")), lincoln) as url,
        running(gate.county, _but(gate, database_url=wire.url, sources=_with_lincoln(gate, url))) as other,
    ):
        navigator = await other.caller(Role.HEART_NAVIGATOR)
        unavailable(await navigator.post("/v1/queries", question(gate)), "ledger-unavailable")
    kinds = [(e["kind"], e["outcome"]) for e in await gate.since(before) if e["kind"] != "token-issued"]
    assert kinds == [("decided", "permit")]  # the intent stands; a release without its entry there was not


def _with_lincoln(gate: Gate, url: str) -> dict[Agency, str]:
    return {**gate.county.settings.sources, Agency.LINCOLN: url}


def _cutting(wire: Wire, then: hostile.Behavior) -> hostile.Behavior:
    async def behavior(*streams: object) -> None:
        wire.cut()
        await then(*streams)  # type: ignore[arg-type]  # the reader and the writer

    return behavior


async def test_a_database_that_hangs_ends_in_a_problem_and_not_in_a_wait(
    gate: Gate, agree: Agree, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree()
    monkeypatch.setattr(main, "OWN_SECONDS", 0.0)  # beside the two of the custodians
    monkeypatch.setattr(ledger, "PATIENCE_SECONDS", 0.3)
    async with (
        Wire(gate.county.settings.database_url).laid() as wire,
        running(gate.county, _but(gate, database_url=wire.url)) as other,
    ):
        navigator = await other.caller(Role.HEART_NAVIGATOR)
        wire.hang()
        async with asyncio.timeout(10):
            answer, ready = await navigator.post("/v1/queries", question(gate)), await other.http.get("/readyz")
        unavailable(answer, "store-unavailable", "ledger-unavailable")
        assert ready.status_code == 503
        wire.mend()


MAD: dict[str, hostile.Behavior] = {
    "silent": hostile.hang,
    "failing": hostile.says(b"500 Oh", JSON_BODY, b"{}"),
    "undefined": hostile.says(b"200 OK", JSON_BODY, b"{}"),
    "nonsense": hostile.says(b"200 OK", JSON_BODY, b'{"result": "permit"}'),
    "no JSON": hostile.says(b"200 OK", JSON_BODY, b"<permit/>"),
    "all is permitted": hostile.says(
        b"200 OK", JSON_BODY, b'{"result": {"revision": "x", "items": [{"permit": true}]}}'
    ),
    "endless": hostile.floods(JSON_BODY),
    "hanging up": hostile.hangs_up(JSON_BODY),
}


@pytest.mark.parametrize("how", MAD)
async def test_an_opa_that_cannot_be_trusted_decides_nothing(gate: Gate, agree: Agree, how: str) -> None:
    await agree()
    async with hostile.serving(MAD[how], "http://opa.example:8181") as url:
        await _undecided(gate, url)


async def test_an_opa_that_is_gone_decides_nothing(gate: Gate, agree: Agree) -> None:
    await agree()
    await _undecided(gate, "http://127.0.0.1:9")


async def _undecided(gate: Gate, opa_url: str) -> None:
    before = await gate.size()
    async with running(gate.county, _but(gate, opa_url=opa_url)) as other:
        navigator = await other.caller(Role.HEART_NAVIGATOR)
        unavailable(await navigator.post("/v1/queries", question(gate)), "policy-unavailable")
        ready = await other.http.get("/readyz")
    assert (ready.status_code, ready.json()["policy"], ready.json()["store"]) == (503, False, True)
    kinds = [(e["kind"], e["outcome"]) for e in await gate.since(before) if e["kind"] != "token-issued"]
    assert kinds == [("failed", "policy-unavailable")]


BROKEN: dict[str, Callable[[Caller], Awaitable[httpx.Response]]] = {
    "recording": lambda caller: caller.post("/v1/consents", {}),
    "asking": lambda caller: caller.post("/v1/queries", {}),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_refusal_that_cannot_be_logged_is_a_503(far: OnAWire, how: str) -> None:
    far.wire.cut()
    unavailable(await BROKEN[how](far.navigator), "ledger-unavailable")


async def test_the_token_endpoint_issues_nothing_that_it_cannot_log(far: OnAWire) -> None:
    actor = far.gate.county.cast["actors"]["heart_navigator"]
    ask = partial(far.gate.ask_token, Role.HEART_NAVIGATOR, "query", actor, Agency.HEART)
    assert (await ask()).status_code == 200
    far.wire.cut()
    answer = await ask()
    unavailable(answer, "store-unavailable", "ledger-unavailable")
    assert "access_token" not in answer.text
