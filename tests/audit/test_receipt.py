"""Receipts as an outsider checks them: every single bit counts."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.verify.faults import Fault, Refused, text
from audit.verify.note import VerifierKey
from audit.verify.receipt import proof, receipt
from tests.audit.oracle import OTHER_KEY, OTHER_LOG, SIGNER, Naive, leaf

TREE = Naive([leaf(str(i).encode()) for i in range(131)])

KEY = VerifierKey.parse(SIGNER.vkey)
RECEIPT = TREE.receipt(4, 7).tlog_proof()
NAMELESS = RECEIPT.replace(RECEIPT.split("\n")[1] + "\n", "")
REFUSED_AS = {Fault.MALFORMED, Fault.SIGNATURE, Fault.INCLUSION}


def fault_of(encoded: bytes, key: VerifierKey = KEY, leaf_hash: bytes | None = None) -> Fault | None:
    try:
        receipt(text(encoded, "the receipt"), key, leaf_hash)
    except Refused as refused:
        return refused.fault
    return None


@given(st.integers(1, 131), st.data())
@settings(deadline=None)
def test_every_receipt_of_every_tree_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    given_out = TREE.receipt(index, size)
    found, signed = receipt(given_out.tlog_proof(), KEY, data.draw(st.sampled_from([None, TREE.leaves[index]])))
    assert (found, signed.size, given_out.tree_size) == (index, size, size)


def test_flipping_any_single_bit_of_a_receipt_is_refused() -> None:
    encoded = RECEIPT.encode()
    assert fault_of(encoded) is None
    for bit in range(8 * len(encoded)):
        flipped = bytearray(encoded)
        flipped[bit // 8] ^= 1 << bit % 8
        assert fault_of(bytes(flipped)) in REFUSED_AS, bit


@given(st.integers(1, 131), st.data())
@settings(deadline=None)
def test_flipping_bits_of_any_receipt_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    encoded = bytearray(TREE.receipt(index, size).tlog_proof().encode())
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    assert fault_of(bytes(encoded)) in REFUSED_AS


@pytest.mark.parametrize("end", range(len(RECEIPT.encode())))
def test_a_receipt_cut_short_is_refused(end: int) -> None:
    assert fault_of(RECEIPT.encode()[:end]) in REFUSED_AS


@given(st.binary(max_size=400))
def test_garbage_is_refused(garbage: bytes) -> None:
    assert fault_of(garbage) is Fault.MALFORMED
    assert fault_of(RECEIPT.encode() + garbage) in (REFUSED_AS if garbage else {None})


def test_another_entry_than_the_receipts_own_is_refused() -> None:
    assert fault_of(RECEIPT.encode(), leaf_hash=TREE.leaves[5]) is Fault.ENTRY
    assert fault_of(NAMELESS.encode(), leaf_hash=TREE.leaves[5]) is Fault.INCLUSION


def test_a_receipt_that_names_no_entry_is_refused() -> None:
    assert fault_of(NAMELESS.encode(), leaf_hash=TREE.leaves[4]) is None
    assert fault_of(NAMELESS.encode()) is Fault.MALFORMED


def test_an_inner_node_offered_as_an_entry_is_refused() -> None:
    inner = TREE.root(4, 6)
    shortened = [line for line in RECEIPT.split("\n") if line != base64.b64encode(TREE.leaves[5]).decode()]
    offered = "\n".join(shortened).replace(base64.b64encode(TREE.leaves[4]).decode(), base64.b64encode(inner).decode())
    assert offered != RECEIPT
    for index in (0, 2, 4):
        assert fault_of(offered.replace("index 4", f"index {index}").encode()) is Fault.INCLUSION


def test_a_receipt_of_another_key_or_log_is_refused() -> None:
    for signer in (OTHER_KEY, OTHER_LOG):
        assert fault_of(TREE.receipt(4, 7, signer).tlog_proof().encode()) is Fault.SIGNATURE


@pytest.mark.parametrize("number", ["7", "8", "130", "9999999999999999999"])
def test_an_index_beyond_the_tree_is_refused(number: str) -> None:
    assert fault_of(RECEIPT.replace("index 4", f"index {number}").encode()) is Fault.INCLUSION


@pytest.mark.parametrize("number", ["-1", "04", "4 ", "", "x", "4.0", "99999999999999999999"])
def test_an_index_that_is_no_number_is_refused(number: str) -> None:
    assert fault_of(RECEIPT.replace("index 4", f"index {number}").encode()) is Fault.MALFORMED


def b64(*hashes: bytes) -> list[str]:
    return [base64.b64encode(h).decode() for h in hashes]


INCLUSION = {
    "leafIdx": 4,
    "treeSize": 7,
    "root": b64(TREE.root(0, 7))[0],
    "leafHash": b64(TREE.leaves[4])[0],
    "proof": b64(*TREE.path(4, 0, 7)),
}
CONSISTENCY = {
    "size1": 3,
    "size2": 7,
    "root1": b64(TREE.root(0, 3))[0],
    "root2": b64(TREE.root(0, 7))[0],
    "proof": b64(*TREE.proof(3, 7)),
}


def json_fault(tmp_path: Path, content: object) -> Fault | None:
    path = tmp_path / "proof.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    try:
        proof(path)
    except Refused as refused:
        return refused.fault
    return None


def test_json_proofs_of_both_kinds_hold(tmp_path: Path) -> None:
    assert json_fault(tmp_path, INCLUSION) is None
    assert json_fault(tmp_path, CONSISTENCY) is None
    assert json_fault(tmp_path, CONSISTENCY | {"size1": 7, "root1": CONSISTENCY["root2"], "proof": None}) is None


@pytest.mark.parametrize("name", ["leafIdx", "treeSize", "root", "leafHash", "proof"])
@pytest.mark.parametrize("value", [None, -1, 1.5, True, "", "AAAA", [1], ["AAAA"], {}, 10**30])
def test_a_json_inclusion_proof_with_a_wrong_part_is_refused(tmp_path: Path, name: str, value: object) -> None:
    assert json_fault(tmp_path, INCLUSION | {name: value}) in {Fault.MALFORMED, Fault.INCLUSION}


@pytest.mark.parametrize("name", ["size1", "size2", "root1", "root2", "proof"])
@pytest.mark.parametrize("value", [None, -1, 1.5, False, "", "AAAA", [1], ["AAAA"], {}, 10**30])
def test_a_json_consistency_proof_with_a_wrong_part_is_refused(tmp_path: Path, name: str, value: object) -> None:
    assert json_fault(tmp_path, CONSISTENCY | {name: value}) in {Fault.MALFORMED, Fault.CONSISTENCY}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b"{}", b'"x"', b"9" * 5000])
def test_json_that_holds_no_proof_is_refused(tmp_path: Path, content: bytes) -> None:
    assert json_fault(tmp_path, content) is Fault.MALFORMED
