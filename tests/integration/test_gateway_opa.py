"""The same gateway with a real OPA server by URL: the same answers as with the engine inside."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from policies import bundle
from policies.tables import catalog
from policies.vocabulary import Agency, Role
from service.sandbox.setup import free_port
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, PART2_FORM, Gate, running, timeless

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.opa]

OPA = Path(__file__).parents[2] / ".opa" / "opa"
ROLES = [Role.HEART_NAVIGATOR, Role.DSS_CASEWORKER, Role.LINCOLN_CLINICIAN, Role.ALLIANCE_CARE_MANAGER]


@pytest.fixture(scope="session")
def opa_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real OPA server that serves our bundle."""
    if not OPA.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no OPA server: run `make opa` (needs Go)")
    archive, address = tmp_path_factory.mktemp("opa") / "bundle.tar.gz", f"127.0.0.1:{free_port()}"
    archive.write_bytes(bundle.load().archive())
    command = [str(OPA), "run", "--server", "--addr", address, "--log-level", "error", "-b", str(archive)]
    server = subprocess.Popen(command)  # noqa: S603  # built by `make opa`
    yield f"http://{address}"
    server.terminate()
    server.wait(10)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def by_opa(gate: Gate, opa_url: str) -> AsyncIterator[Gate]:
    """The gateway over the same county, deciding by the OPA server."""
    async with running(gate.county, gate.county.settings.model_copy(update={"opa_url": opa_url})) as other:
        async with asyncio.timeout(20):
            while (await other.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110  # OPA announces nothing
                await asyncio.sleep(0.05)
        yield other


async def both(gate: Gate, by_opa: Gate, role: Role, path: str, body: JSON) -> list[JSON]:
    """What each of the two answers, but for what names the answer itself."""
    answers = [await _answered(each, role, path, body) for each in (gate, by_opa)]
    own = ("query", "receipt", "instance", "expires_at")
    seen = [a.json() | {"items": timeless(a.json()), "status": a.status_code} for a in answers]
    return [{name: value for name, value in each.items() if name not in own} for each in seen]


async def _answered(gate: Gate, role: Role, path: str, body: JSON) -> httpx.Response:
    """An engine that is late on a busy machine is asked again: here it matters what it says."""
    caller = await gate.caller(role)
    for _ in range(10):
        answer = await caller.post(path, body)
        if answer.status_code != 503:
            break
    return answer


@pytest.mark.parametrize("role", ROLES)
async def test_both_engines_disclose_the_same(gate: Gate, by_opa: Gate, agree: Agree, role: Role) -> None:
    await agree(recipients=["HEART", "DSS", "LINCOLN", "ALLIANCE"], categories=sorted(catalog()), **PART2_FORM)
    inside, server = await both(
        gate, by_opa, role, "/v1/summaries", {"subject": gate.county.described(), "purpose": "COC"}
    )
    assert inside == server
    assert inside["items"]


@pytest.mark.parametrize("role", ROLES)
async def test_both_engines_do_the_same_without_consent(gate: Gate, by_opa: Gate, role: Role) -> None:
    everything = {category: sorted(fields) for category, fields in catalog().items()}
    body = {"subject": gate.county.named_by(Agency.DSS), "purpose": "COC", "fields": everything}
    inside, server = await both(gate, by_opa, role, "/v1/queries", body)
    assert inside == server


async def test_both_engines_refuse_after_a_revocation(gate: Gate, by_opa: Gate, agree: Agree) -> None:
    consent, navigator = await agree(), await gate.caller(Role.HEART_NAVIGATOR)
    body = {"subject": gate.county.named_by(Agency.DSS), "purpose": "COC", "categories": ["ems.summary"]}
    assert [a["status"] for a in await both(gate, by_opa, Role.HEART_NAVIGATOR, "/v1/queries", body)] == [200, 200]
    await navigator.post(f"/v1/consents/{consent['id']}/revoke")
    assert [a["status"] for a in await both(gate, by_opa, Role.HEART_NAVIGATOR, "/v1/queries", body)] == [403, 403]


async def test_the_log_says_which_engine_decided(gate: Gate, by_opa: Gate) -> None:
    before = await gate.size()
    body = {"subject": gate.county.named_by(Agency.DSS), "purpose": "COC", "categories": ["ems.summary"]}
    await both(gate, by_opa, Role.HEART_NAVIGATOR, "/v1/queries", body)
    engines = [e["detail"]["engine"] for e in await gate.since(before) if e["kind"] == "decided"]
    assert engines == ["embedded", "opa"]
