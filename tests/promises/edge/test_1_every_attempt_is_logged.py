"""Promise 1 at the edge: whatever a known asker attempts stands in the log, or is not answered."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from policies.vocabulary import Agency, Role
from service.token_scribe import TokenScribe
from tests.promises.edge.gate import STAFF, BrokenLedger, Gate, agreement, by_id, question

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAVIGATOR, _, OFFICER = STAFF
Attempt = Callable[[Gate], Awaitable[httpx.Response]]


def sending(content: bytes, kind: str = "application/json", path: str = "/v1/queries", method: str = "POST") -> Attempt:
    """An attempt with these bytes."""

    async def attempt(gate: Gate) -> httpx.Response:
        headers = {**await gate.headers(), "Content-Type": kind}
        return await gate.http.request(method, path, content=content, headers=headers)

    return attempt


def looking(path: str, who: Any = OFFICER) -> Attempt:
    """An attempt to read the log."""

    async def attempt(gate: Gate) -> httpx.Response:
        return await gate.http.get(path, headers=await gate.headers(who, "audit.read"))

    return attempt


def posting(path: str, body: object) -> Attempt:
    return lambda gate: gate.post(path, body)


async def without_the_scope(gate: Gate) -> httpx.Response:
    return await gate.http.get("/v1/audit/checkpoint", headers=await gate.headers())


REFUSED = "query-refused bad-query"
ATTEMPTS: dict[str, tuple[Attempt, int, list[str]]] = {
    "not JSON": (sending(b"{"), 400, [REFUSED]),
    "a key twice": (sending(b'{"purpose":"COC","purpose":"TREAT"}'), 400, [REFUSED]),
    "too deep": (sending(b"[" * 5000), 400, [REFUSED]),
    "too large": (sending(b" " * (1 << 20) + b"{}"), 413, ["query-refused too-large"]),
    "another media type": (sending(b"<a/>", "text/xml"), 415, ["query-refused wrong-media-type"]),
    "a member too many": (posting("/v1/queries", question(by_id("E-1")) | {"x": 1}), 400, [REFUSED]),
    "every field": (posting("/v1/queries", question(by_id("E-1")) | {"categories": ["*"]}), 400, [REFUSED]),
    "a word unknown": (posting("/v1/queries", question(by_id("E-1")) | {"purpose": "CURIOSITY"}), 400, [REFUSED]),
    "an unknown person": (lambda gate: gate.ask(by_id("E-nobody")), 403, ["decided deny"]),
    "no care relationship": (lambda gate: gate.ask(by_id("E-2")), 403, ["decided deny"]),
    "a consent for nobody": (
        posting("/v1/consents", agreement(subject=by_id("E-nobody"))), 403, ["consent-recorded deny"]
    ),
    "a consent of others": (
        sending(b"", path=f"/v1/consents/c-{'0' * 32}", method="GET"), 403, ["consent-read deny"]
    ),
    "no such address": (sending(b"", path="/v1/nothing", method="GET"), 404, ["query-refused not-found"]),
    "a scope too few": (without_the_scope, 403, ["query-refused scope-missing"]),
    "reading the log": (looking("/v1/audit/entries"), 200, ["log-read permit"]),
    "reading the checkpoint": (looking("/v1/audit/checkpoint"), 200, ["log-read permit"]),
    "asking for a proof": (looking("/v1/audit/proofs/inclusion?index=0&size=1"), 200, ["log-read permit"]),
    "reading the log as a navigator": (looking("/v1/audit/entries", NAVIGATOR), 403, ["log-read deny"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_whatever_a_known_asker_attempts_stands_in_the_log(gate: Gate, name: str) -> None:
    attempt, status, logged = ATTEMPTS[name]
    await attempt(gate)  # a token is asked for, and logged, the first time
    before = await gate.size()
    assert (await attempt(gate)).status_code == status
    entries = await gate.since(before)
    assert [f"{e['kind']} {e['outcome']}" for e in entries] == logged
    assert all(e["actor"] in {"heart-1", "officer-1"} and e["detail"]["token"] for e in entries)


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_what_cannot_be_logged_is_not_answered(gate: Gate, name: str) -> None:
    attempt, _, _ = ATTEMPTS[name]
    await attempt(gate)
    before, broken = await gate.size(), cast("Any", BrokenLedger())
    house = gate.house
    gate.app.state.gateway = replace(house, ledger=broken, gateway=replace(house.gateway, ledger=broken))
    answer = await attempt(gate)
    gate.app.state.gateway = house
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/ledger-unavailable")
    assert await gate.size() == before


@pytest.mark.parametrize(
    ("actor", "status", "logged"), [("heart-1", 200, "token-issued issued"), ("heart-9", 401, "token-refused actor")]
)
async def test_a_token_issued_or_refused_stands_in_the_log_or_is_not_answered(
    gate: Gate, actor: str, status: int, logged: str
) -> None:
    before, house = await gate.size(), gate.house
    answer = await gate.token(Agency.HEART, actor, Role.HEART_NAVIGATOR)
    assert answer.status_code == status
    assert [f"{e['kind']} {e['outcome']}" for e in await gate.since(before)] == [logged]
    gate.app.state.gateway = replace(house, record_token_event=TokenScribe(cast("Any", BrokenLedger())))
    unlogged = await gate.token(Agency.HEART, actor, Role.HEART_NAVIGATOR)
    assert (unlogged.status_code, "access_token" in unlogged.text) == (503, False)


async def test_an_answer_leaves_with_the_receipt_of_its_entry(gate: Gate) -> None:
    consent = await gate.agreed()
    answer = await gate.ask()
    (entry,) = await gate.since(answer.json()["receipt"]["index"])
    assert (answer.status_code, entry["kind"], entry["request"]) == (200, "released", answer.json()["query"])
    await gate.post(f"/v1/consents/{consent}/revoke", {})
