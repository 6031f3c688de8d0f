"""The trail: privacy officers read it, others are refused and logged, and what it hands out proves itself offline."""

import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from audit.verify.__main__ import main as verify
from policies.vocabulary import Agency, Role
from service.identity.partners import Scope
from service.log_export import export_log
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENTRIES = "/v1/audit/entries"
READS = [
    (ENTRIES, {}),
    ("/v1/audit/checkpoint", {}),
    ("/v1/audit/proofs/inclusion", {"index": 0, "size": 1}),
    ("/v1/audit/proofs/consistency", {"old": 0, "new": 1}),
]


async def disclosed(gate: Gate) -> JSON:
    asked = {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": ["ems.summary"]}
    return dict((await (await gate.caller(Role.HEART_NAVIGATOR)).post("/v1/queries", asked)).json())


def saved(folder: Path, name: str, document: object) -> str:
    file = folder / name
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(file)


def _alone(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """`python -m audit.verify` as an outsider runs it, somewhere else."""
    command = [sys.executable, "-m", "audit.verify", *arguments]
    here = {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=here)  # noqa: S603  # our own


async def test_an_officer_reads_who_asked_what_why_and_how_it_ended(gate: Gate, agree: Agree) -> None:
    await agree()
    officer, before = await gate.officer(), await gate.size()
    query = (await disclosed(gate))["query"]
    page = (await officer.get(ENTRIES, start=before)).json()["entries"]
    mine = [logged["entry"] for logged in page if logged["entry"]["request"] == query]
    assert [(e["kind"], e["outcome"]) for e in mine] == [("decided", "permit"), ("released", "released")]
    assert {(e["agency"], e["actor"], e["purpose"]) for e in mine} == {
        ("HEART", gate.county.cast["actors"]["heart_navigator"], "COC")
    }
    assert all(json.loads(base64.b64decode(logged["encoded"])) == logged["entry"] for logged in page)


async def test_reading_the_trail_is_in_the_trail_before_anything_is_shown(gate: Gate) -> None:
    officer, before = await gate.officer(), await gate.size()
    page = (await officer.get(ENTRIES, start=before, limit=1)).json()
    (look,) = page["entries"]
    assert (look["entry"]["kind"], look["entry"]["outcome"]) == ("log-read", "permit")
    assert (look["index"], page["next"]) == (before, before + 1)


@pytest.mark.parametrize(("path", "query"), READS, ids=[path.rpartition("/")[2] for path, _ in READS])
async def test_whoever_is_no_privacy_officer_is_refused_and_logged(gate: Gate, path: str, query: JSON) -> None:
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR, Scope.AUDIT_READ), await gate.size()
    answer = await navigator.get(path, **query)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/access-denied")
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("log-read", "deny")]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (ENTRIES, {"start": -1}, 400),
        (ENTRIES, {"start": "nine"}, 400),
        (ENTRIES, {"limit": 501}, 400),
        ("/v1/audit/proofs/inclusion", {"index": 5, "size": 5}, 404),
        ("/v1/audit/proofs/inclusion", {"index": 0, "size": 10**12}, 404),
        ("/v1/audit/proofs/inclusion", {"index": 0, "size": 10**40}, 400),
        ("/v1/audit/proofs/consistency", {"old": 2, "new": 1}, 404),
        ("/v1/audit/proofs/consistency", {"old": 2}, 400),
    ],
)
async def test_a_place_the_log_has_not_is_a_plain_problem(gate: Gate, path: str, query: JSON, status: int) -> None:
    answer = await (await gate.officer()).get(path, **query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_receipt_proves_its_entry_offline(gate: Gate, agree: Agree, tmp_path: Path) -> None:
    await agree()
    receipt = (await disclosed(gate))["receipt"]
    signed = (await (await gate.officer()).get("/v1/audit/checkpoint")).json()
    proof = saved(tmp_path, "receipt", receipt["proof"])
    checked = await asyncio.to_thread(_alone, ["receipt", proof, "--vkey", signed["vkey"]], tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert f"entry {receipt['index']} stands" in checked.stdout
    other = saved(tmp_path, "forged", receipt["proof"].replace("index ", "index 1", 1))
    assert verify(["receipt", other, "--vkey", signed["vkey"]]) != 0


async def test_inclusion_and_consistency_proofs_hold_against_signed_checkpoints(gate: Gate, tmp_path: Path) -> None:
    officer = await gate.officer()
    old = (await officer.get("/v1/audit/checkpoint")).json()
    new = (await officer.get("/v1/audit/checkpoint")).json()
    sizes = [int(c["checkpoint"].split("\n")[1]) for c in (old, new)]
    included = (await officer.get("/v1/audit/proofs/inclusion", index=sizes[0] - 1, size=sizes[1])).json()
    grown = (await officer.get("/v1/audit/proofs/consistency", old=sizes[0], new=sizes[1])).json()
    assert included["root"] == grown["root2"] == new["checkpoint"].split("\n")[2]
    proofs = [saved(tmp_path, "included", included), saved(tmp_path, "grown", grown)]
    assert verify(["proof", *proofs]) == 0
    olds, news = saved(tmp_path, "old", old["checkpoint"]), saved(tmp_path, "new", new["checkpoint"])
    assert verify(["consistency", olds, news, proofs[1], "--vkey", new["vkey"]]) == 0
    grown["proof"] = grown["proof"][1:] or [included["root"]]
    assert verify(["proof", saved(tmp_path, "forged", grown)]) != 0


async def test_the_whole_log_hashes_to_what_was_signed(gate: Gate, tmp_path: Path) -> None:
    size = await export_log(gate.county.settings.database_url, tmp_path / "log", gate.house.ledger.signer.vkey)
    assert size >= 1
    assert verify(["log", str(tmp_path / "log"), "--vkey", gate.house.ledger.signer.vkey]) == 0
