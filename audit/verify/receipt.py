"""Receipts (C2SP tlog-proof) and the JSON proofs that auditors exchange."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit.verify.faults import Fault, Refused
from audit.verify.note import Checkpoint, VerifierKey, checkpoint, decimal, digest
from audit.verify.proofs import consistent, included

HEADER = "c2sp.org/tlog-proof@v1"


def receipt(text: str, key: VerifierKey, leaf: bytes | None = None) -> tuple[int, Checkpoint]:
    """The index and checkpoint of a receipt that holds. The leaf hash stands in its `extra` line, or is given."""
    proof, separator, note = text.partition("\n\n")
    lines = proof.split("\n")
    if not separator or lines.pop(0) != HEADER:
        raise Refused(Fault.MALFORMED, "not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        stated = digest(lines.pop(0).removeprefix("extra "))
        if leaf is not None and leaf != stated:
            raise Refused(Fault.ENTRY, "the entry is not the one the receipt was given for")
        leaf = stated
    if not lines or not lines[0].startswith("index ") or leaf is None:
        raise Refused(Fault.MALFORMED, "the receipt names no entry")
    index = decimal(lines.pop(0).removeprefix("index "))
    signed = checkpoint(note, key)
    included(leaf, index, signed.size, [digest(line) for line in lines], signed.root)
    return index, signed


def proof(path: Path) -> str:
    """Check one JSON proof file; says what it proved. Raises Refused."""
    match stated := document(path):
        case {"leafIdx": _, "treeSize": _, "root": _, "leafHash": _, "proof": _}:
            return _inclusion(stated)
        case {"size1": _, "size2": _, "root1": _, "root2": _, "proof": _}:
            return _consistency(stated)
        case _:
            raise Refused(Fault.MALFORMED, "neither an inclusion nor a consistency proof")


def document(path: Path) -> Any:  # noqa: ANN401  # anything at all may stand in a file; its reader matches the shape
    """A file's JSON. Raises Refused."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Refused(Fault.MALFORMED, "not JSON") from error


def extension(path: Path, old: Checkpoint, new: Checkpoint) -> None:
    """Check the consistency proof (`{"proof": [...]}`) between two signed checkpoints. Raises Refused."""
    match document(path):
        case {"proof": steps}:
            consistent(old.size, new.size, old.root, new.root, _hashes(steps))
        case _:
            raise Refused(Fault.MALFORMED, "not a consistency proof")


def _inclusion(stated: Mapping[str, object]) -> str:
    index, size = _whole(stated["leafIdx"]), _whole(stated["treeSize"])
    leaf, root = _hash(stated["leafHash"]), _hash(stated["root"])
    included(leaf, index, size, _hashes(stated["proof"]), root)
    return f"inclusion of leaf {index} in a tree of {size}"


def _consistency(stated: Mapping[str, object]) -> str:
    old, new = _whole(stated["size1"]), _whole(stated["size2"])
    consistent(old, new, _hash(stated["root1"]), _hash(stated["root2"]), _hashes(stated["proof"]))
    return f"a tree of {new} extends a tree of {old}"


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise Refused(Fault.MALFORMED, "a size or index is malformed")
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str):
        raise Refused(Fault.MALFORMED, "a hash is malformed")
    return digest(value)


def _hashes(value: object) -> list[bytes]:
    if value is None:  # how some writers spell an empty proof
        return []
    if not isinstance(value, list):
        raise Refused(Fault.MALFORMED, "the proof is not a list")
    return [_hash(entry) for entry in value]
