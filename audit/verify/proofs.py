"""RFC 6962 proofs, checked by RFC 9162's iterative algorithms (2.1.3.2, 2.1.4.2): another path than the writer's."""

import hashlib
from collections.abc import Sequence

from audit.verify.faults import Fault, Refused


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises Refused unless `leaf` is the hash of leaf `index` in the tree of `size` and `root`."""
    if not 0 <= index < size or any(len(h) != 32 for h in (leaf, root, *path)):  # noqa: PLR2004  # SHA-256
        raise Refused(Fault.INCLUSION, "the proof cannot be of this tree")
    first, last, here = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Refused(Fault.INCLUSION, "the proof is too long")
        if first & 1 or first == last:
            here = _pair(sibling, here)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            here = _pair(here, sibling)
        first, last = first >> 1, last >> 1
    if last != 0 or here != root:
        raise Refused(Fault.INCLUSION, "the entry is not in the tree")


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises Refused unless the tree of `new` extends the tree of `old`."""
    if not 0 <= old <= new or any(len(h) != 32 for h in (old_root, new_root, *path)):  # noqa: PLR2004  # SHA-256
        raise Refused(Fault.CONSISTENCY, "the proof cannot be of these trees")
    if old in (0, new):
        empty = hashlib.sha256(b"").digest()
        same = old_root == new_root if old == new else old_root == empty
        if path or not same or (new == 0 and new_root != empty):
            raise Refused(Fault.CONSISTENCY, "the trees differ")
        return
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        raise Refused(Fault.CONSISTENCY, "the proof is too short")
    if _replayed(old, new, steps) != (old_root, new_root):
        raise Refused(Fault.CONSISTENCY, "the newer tree does not extend the older")


def _replayed(old: int, new: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise Refused(Fault.CONSISTENCY, "the proof is too long")
        if first & 1 or first == last:
            older, newer = _pair(step, older), _pair(step, newer)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            newer = _pair(newer, step)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise Refused(Fault.CONSISTENCY, "the proof is too short")
    return older, newer
