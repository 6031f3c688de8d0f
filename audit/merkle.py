"""The RFC 6962 (section 2.1) Merkle tree, kept by its right edge: what a log needs to grow and to prove.

A `Frontier` holds the roots of the complete subtrees of the tree (one per set bit of its size). Growing by a
batch yields every complete node the batch finished; root and inclusion proofs of the batch need nothing else.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

EMPTY_ROOT = hashlib.sha256(b"").digest()

Node: TypeAlias = tuple[int, int]
"""(level, index): the complete subtree over leaves [index * 2^level, (index + 1) * 2^level)."""


def leaf_hash(entry: bytes) -> bytes:
    """MTH({d}) = SHA-256(0x00 || d)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(width: int) -> int:
    """The largest power of two smaller than `width` (width >= 2)."""
    return 1 << (width - 1).bit_length() - 1


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size, and the roots of its complete subtrees, largest first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def nodes(self) -> dict[Node, bytes]:
        """The complete subtrees by (level, index)."""
        found, start = {}, 0
        levels = [level for level in reversed(range(self.size.bit_length())) if self.size >> level & 1]
        for level, root in zip(levels, self.roots, strict=True):
            found[level, start >> level] = root
            start += 1 << level
        return found

    def grown(self, leaves: Iterable[bytes]) -> "Growth":
        """This tree with more leaf hashes at its right, and every node that is new."""
        roots, size, nodes = list(self.roots), self.size, self.nodes()
        for leaf in leaves:
            level, index, here = 0, size, leaf
            nodes[0, index] = here
            while size >> level & 1:
                here, level, index = node_hash(roots.pop(), here), level + 1, index >> 1
                nodes[level, index] = here
            roots.append(here)
            size += 1
        return Growth(Frontier(size, tuple(roots)), nodes)

    def root(self) -> bytes:
        """The Merkle tree hash of the whole tree."""
        if not self.roots:
            return EMPTY_ROOT
        *rest, here = self.roots
        for left in reversed(rest):
            here = node_hash(left, here)
        return here


@dataclass(frozen=True, slots=True)
class Growth:
    """A grown tree: its new frontier, and the nodes known (the old frontier's, and all completed since)."""

    frontier: Frontier
    nodes: Mapping[Node, bytes]

    def proof(self, index: int) -> list[bytes]:
        """The inclusion proof (RFC 6962, 2.1.1) of a leaf of the batch in the grown tree."""
        return inclusion(index, self.frontier.size, lambda low, high: subtree(low, high, self.nodes.__getitem__))


def subtree(low: int, high: int, node: Callable[[Node], bytes]) -> bytes:
    """MTH(D[low:high]) from complete nodes. Raises KeyError (or what `node` raises) when one is not known."""
    width = high - low
    if width & (width - 1) == 0 and low % width == 0:
        level = width.bit_length() - 1
        return node((level, low >> level))
    middle = low + split(width)
    return node_hash(subtree(low, middle, node), subtree(middle, high, node))


def inclusion(index: int, size: int, span: Callable[[int, int], bytes]) -> list[bytes]:
    """PATH(index, D[0:size]), the leaf's sibling first. `span(low, high)` gives MTH(D[low:high])."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            path.append(span(middle, high))
            high = middle
        else:
            path.append(span(low, middle))
            low = middle
    return path[::-1]


def consistency(old: int, new: int, span: Callable[[int, int], bytes]) -> list[bytes]:
    """PROOF(old, D[0:new]) of RFC 6962, 2.1.2; empty when old is 0 or equals new."""
    if not 0 <= old <= new:
        raise ValueError("a log does not shrink")
    if old in (0, new):
        return []
    low, high, whole, path = 0, new, True, []
    while old != high:
        middle = low + split(high - low)
        if old <= middle:
            path.append(span(middle, high))
            high = middle
        else:
            path.append(span(low, middle))
            low, whole = middle, False
    return ([] if whole else [span(low, high)]) + path[::-1]
