"""`python -m audit.verify`: what it prints, and one exit code per class of fault."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from audit.verify.__main__ import main
from audit.verify.faults import Fault
from tests.audit.oracle import OTHER_KEY, SIGNER, Naive, leaf, write_directory

ENTRIES = [f"entry {i}".encode() for i in range(7)]
TREE = Naive([leaf(entry) for entry in ENTRIES])
RECEIPT = TREE.receipt(4, 7).tlog_proof()


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    (tmp_path / "receipt").write_bytes(RECEIPT.encode())
    return tmp_path / "receipt"


def test_a_receipt_that_holds(receipt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("receipt", receipt, "--vkey", SIGNER.vkey) == 0
    assert capsys.readouterr().out == "OK entry 4 stands in the log log.example/test of 7 entries\n"


def test_a_receipt_for_the_entry_in_hand(receipt: Path, tmp_path: Path) -> None:
    (tmp_path / "entry").write_bytes(ENTRIES[4])
    assert run("receipt", receipt, "--entry", tmp_path / "entry", "--vkey", SIGNER.vkey) == 0
    (tmp_path / "entry").write_bytes(ENTRIES[5])
    assert run("receipt", receipt, "--entry", tmp_path / "entry", "--vkey", SIGNER.vkey) == Fault.ENTRY


CHANGES = (
    ("index 4", "index 5", Fault.INCLUSION),
    ("index 4", "index 04", Fault.MALFORMED),
    ("\n7\n", "\n8\n", Fault.SIGNATURE),
    ("\n", "\r\n", Fault.MALFORMED),
    ("— ", "\udcff ", Fault.MALFORMED),
)


@pytest.mark.parametrize(("part", "other", "fault"), CHANGES)
def test_a_receipt_that_does_not_hold(receipt: Path, part: str, other: str, fault: Fault) -> None:
    receipt.write_bytes(RECEIPT.replace(part, other).encode(errors="surrogateescape"))
    assert run("receipt", receipt, "--vkey", SIGNER.vkey) == fault.value


def test_another_key_and_a_file_that_is_not_there(receipt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("receipt", receipt, "--vkey", OTHER_KEY.vkey) == Fault.SIGNATURE
    assert run("receipt", receipt, "--vkey", "no vkey") == Fault.MALFORMED
    assert run("receipt", receipt.parent / "none", "--vkey", SIGNER.vkey) == Fault.MISSING
    assert capsys.readouterr().err.startswith("REFUSED signature: ")


def test_a_whole_log_with_its_own_key_or_a_better_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_directory(tmp_path, ENTRIES)
    (tmp_path.parent / "held").write_text(SIGNER.vkey + "\n")
    for key in ((), ("--vkey", SIGNER.vkey), ("--vkey", tmp_path.parent / "held")):
        assert run("log", tmp_path, *key) == 0
    assert capsys.readouterr().out == 3 * "OK 7 entries of log.example/test hash to the signed root\n"


def test_a_log_that_does_not_hold_names_the_place_and_no_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_directory(tmp_path, ENTRIES)
    bundle = tmp_path / "tile/entries/000.p/7"
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 3", b"entry X"))
    assert run("log", tmp_path) == Fault.ENTRY
    assert capsys.readouterr().err == "REFUSED entry: entry 3 is not the one that was logged\n"


@pytest.fixture
def grown(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two checkpoints, of 3 and of 7 entries, and the proof between them."""
    for size in (3, 7):
        (tmp_path / f"{size}").write_bytes(SIGNER.checkpoint(size, TREE.root(0, size)).encode())
    steps = [base64.b64encode(step).decode() for step in TREE.proof(3, 7)]
    (tmp_path / "proof").write_text(json.dumps({"proof": steps}))
    return tmp_path / "3", tmp_path / "7", tmp_path / "proof"


def test_a_log_that_only_grew(grown: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("consistency", *grown, "--vkey", SIGNER.vkey) == 0
    assert capsys.readouterr().out == "OK log.example/test grew from 3 to 7 entries and rewrote nothing\n"


def test_a_log_that_did_not_only_grow(grown: tuple[Path, Path, Path]) -> None:
    old, new, proof = grown
    assert run("consistency", new, old, proof, "--vkey", SIGNER.vkey) == Fault.CONSISTENCY
    old.write_bytes(SIGNER.checkpoint(3, TREE.root(1, 4)).encode())
    assert run("consistency", old, new, proof, "--vkey", SIGNER.vkey) == Fault.CONSISTENCY


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"proof": 1}', '{"proof": [1]}', '{"proof": ["AA"]}', "[" * 9999])
def test_a_file_without_a_proof(grown: tuple[Path, Path, Path], content: str) -> None:
    grown[2].write_text(content)
    assert run("consistency", *grown, "--vkey", SIGNER.vkey) == Fault.MALFORMED


def test_many_json_proofs_each_get_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = {"leafIdx": 0, "treeSize": 1, "proof": [], "root": base64.b64encode(TREE.leaves[0]).decode()}
    (tmp_path / "good").write_text(json.dumps(whole | {"leafHash": whole["root"]}))
    (tmp_path / "bad").write_text(json.dumps(whole | {"leafHash": base64.b64encode(bytes(32)).decode()}))
    assert run("proof", tmp_path / "good", tmp_path / "bad", tmp_path / "good") == Fault.INCLUSION
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "valid good",
        "invalid bad",
        "valid good",
    ]


def test_every_class_of_fault_has_an_exit_code_of_its_own() -> None:
    assert len({fault.value for fault in Fault}) == len(Fault.__members__)
    assert not {fault.value for fault in Fault} & {0, 1, 2}


def test_the_verifier_runs_alone(receipt: Path) -> None:
    """With nothing of ours imported but itself, in the plainest locale."""
    script = (
        "import sys; from audit.verify.__main__ import main; code = main(sys.argv[1:]); "
        "ours = {m.split('.')[0] for m in sys.modules} & {'service', 'policies', 'consent', 'psycopg', 'sqlalchemy'}; "
        "also = {m for m in sys.modules if m.startswith('audit.') and not m.startswith('audit.verify')}; "
        "sys.exit(code or (99 if ours | also else 0))"
    )
    command = [sys.executable, "-X", "utf8=0", "-c", script, "receipt", str(receipt), "--vkey", SIGNER.vkey]
    done = subprocess.run(command, env={"LC_ALL": "POSIX"}, capture_output=True, check=False)  # noqa: S603  # our own
    assert (done.returncode, done.stderr) == (0, b"")
