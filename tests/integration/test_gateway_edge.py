"""The edge: a fault nobody foresaw is a problem and an entry, never a stack; the numbers name no stranger's words."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from audit.refusals import LedgerDown
from policies.vocabulary import Role
from tests.integration.county_house import Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKED = "Zebulon-Q7"


class Broken:
    """A trail that fails with somebody's name on its lips."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def entries(self, after: int, limit: int) -> None:
        raise self._error


@pytest_asyncio.fixture(loop_scope="session", params=["fault", "log"])
async def broken(gate: Gate, request: pytest.FixtureRequest) -> AsyncIterator[tuple[int, str]]:
    """The gateway's trail is broken; the status and slug to expect."""
    error, expected = {
        "fault": (ValueError(MARKED), (500, "problem")),
        "log": (LedgerDown(MARKED), (503, "ledger-unavailable")),
    }[request.param]
    usual = gate.house
    gate.app.state.gateway = replace(usual, trail=Broken(error))  # type: ignore[arg-type]  # as far as it is asked
    yield expected
    gate.app.state.gateway = usual


async def test_a_fault_nobody_foresaw_is_a_plain_problem(gate: Gate, broken: tuple[int, str]) -> None:
    officer = await gate.officer()
    answer = await officer.get("/v1/audit/entries")  # the transport would raise what the application raises
    assert (answer.status_code, answer.json()["type"]) == (broken[0], f"/problems/{broken[1]}")
    assert answer.headers["cache-control"] == "no-store"
    assert MARKED not in answer.text


async def test_a_fault_nobody_foresaw_leaves_an_entry(gate: Gate) -> None:
    officer, usual, before = await gate.officer(), gate.house, await gate.size()
    gate.app.state.gateway = replace(usual, trail=Broken(ValueError(MARKED)))  # type: ignore[arg-type]  # see above
    await officer.get("/v1/audit/entries")
    gate.app.state.gateway = usual
    entries = [(e["kind"], e["outcome"]) for e in await gate.since(before)]
    assert entries == [("log-read", "permit"), ("query-refused", "problem")]
    assert MARKED not in str(await gate.since(before))


async def test_answers_are_counted_by_route_and_status_and_by_nothing_else(gate: Gate) -> None:
    navigator, body = await gate.caller(Role.HEART_NAVIGATOR), {"purpose": MARKED}
    before = [_counted("/v1/queries", "400"), _counted("none", "404")]
    await navigator.post("/v1/queries", body)
    await navigator.get(f"/v1/{MARKED}")
    assert [_counted("/v1/queries", "400"), _counted("none", "404")] == [count + 1 for count in before]
    metrics = (await gate.http.get("/metrics")).text
    assert 'porchlight_request_seconds_count{route="/v1/queries"}' in metrics
    assert MARKED not in metrics


async def test_the_answers_of_v1_stay_out_of_caches_and_the_public_keys_do_not(gate: Gate) -> None:
    catalog, keys = await gate.http.get("/v1/catalog"), await gate.http.get("/.well-known/jwks.json")
    assert catalog.headers["cache-control"] == "no-store"
    assert keys.headers["cache-control"] == "public, max-age=300"


def _counted(route: str, status: str) -> float:
    return REGISTRY.get_sample_value("porchlight_requests_total", {"route": route, "status": status}) or 0.0
