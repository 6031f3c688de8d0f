"""Many at once, and two gateways on one database: everybody is answered, everything is logged, the log verifies."""

import asyncio
from pathlib import Path

import pytest

from audit.verify.__main__ import main as verify
from policies.vocabulary import Agency, Role
from service.log_export import export_log
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Gate, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

CROWD = 50


def question(gate: Gate) -> JSON:
    return {"subject": gate.county.named_by(Agency.DSS), "purpose": "COC", "categories": ["ems.summary", "bh.summary"]}


async def test_fifty_questions_at_once_are_all_answered_logged_and_verified(
    gate: Gate, agree: Agree, tmp_path: Path
) -> None:
    await agree()
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    answers = await asyncio.gather(*(navigator.post("/v1/queries", question(gate)) for _ in range(CROWD)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.json()["query"] for a in answers}) == len({a.json()["receipt"]["index"] for a in answers}) == CROWD
    released = {e["request"] for e in await gate.since(before) if e["outcome"] == "released"}
    assert released == {a.json()["query"] for a in answers}
    size = await export_log(gate.county.settings.database_url, tmp_path / "log", gate.house.ledger.signer.vkey)
    assert size >= before + 2 * CROWD
    assert verify(["log", str(tmp_path / "log"), "--vkey", gate.house.ledger.signer.vkey]) == 0


async def test_every_receipt_of_the_crowd_holds(gate: Gate, agree: Agree, tmp_path: Path) -> None:
    await agree()
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    answers = await asyncio.gather(*(navigator.post("/v1/queries", question(gate)) for _ in range(8)))
    for answer in answers:
        (tmp_path / "receipt").write_text(answer.json()["receipt"]["proof"])
        assert verify(["receipt", str(tmp_path / "receipt"), "--vkey", gate.house.ledger.signer.vkey]) == 0


async def test_a_revocation_at_one_gateway_closes_the_other(gate: Gate, agree: Agree) -> None:
    consent = await agree()
    async with running(gate.county) as other:
        here, there = [await each.caller(Role.HEART_NAVIGATOR) for each in (gate, other)]
        assert (await there.post("/v1/queries", question(gate))).status_code == 200
        assert (await here.post(f"/v1/consents/{consent['id']}/revoke")).status_code == 200
        assert (await there.post("/v1/queries", question(gate))).status_code == 403


async def test_two_gateways_write_one_log(gate: Gate, agree: Agree, tmp_path: Path) -> None:
    await agree()
    async with running(gate.county) as other:
        callers = [await each.caller(Role.HEART_NAVIGATOR) for each in (gate, other)]
        before = await gate.size()
        answers = await asyncio.gather(*(c.post("/v1/queries", question(gate)) for c in callers for _ in range(6)))
    assert {a.status_code for a in answers} == {200}
    assert await gate.size() == before + 2 * len(answers)
    vkey = gate.house.ledger.signer.vkey
    await export_log(gate.county.settings.database_url, tmp_path / "log", vkey)
    assert verify(["log", str(tmp_path / "log"), "--vkey", vkey]) == 0
