"""A naive second log: RFC 6962 section 2.1 by its recursive definition, and directories written from memory."""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import Receipt, Signer

SIGNER = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER_KEY = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(bytes(32)))
OTHER_LOG = Signer("log.example/other", SIGNER.key)


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


class Naive:
    """A tree over leaf hashes, every hash straight from the definition."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = tuple(leaves)
        self.root = cache(self._root)

    def _root(self, low: int, high: int) -> bytes:
        """MTH(D[low:high])."""
        if low == high:
            return hashlib.sha256(b"").digest()
        if high - low == 1:
            return self.leaves[low]
        k = _k(high - low)
        return hashlib.sha256(b"\x01" + self.root(low, low + k) + self.root(low + k, high)).digest()

    def path(self, m: int, low: int, high: int) -> list[bytes]:
        """PATH(m, D[low:high])."""
        if high - low == 1:
            return []
        k = _k(high - low)
        if m < k:
            return [*self.path(m, low, low + k), self.root(low + k, high)]
        return [*self.path(m - k, low + k, high), self.root(low, low + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        """PROOF(m, D[0:n])."""
        return [] if m in (0, n) else self._subproof(m, 0, n, whole=True)

    def _subproof(self, m: int, low: int, high: int, *, whole: bool) -> list[bytes]:
        if m == high - low:
            return [] if whole else [self.root(low, high)]
        k = _k(high - low)
        if m <= k:
            return [*self._subproof(m, low, low + k, whole=whole), self.root(low + k, high)]
        return [*self._subproof(m - k, low + k, high, whole=False), self.root(low, low + k)]

    def receipt(self, index: int, size: int, signer: Signer = SIGNER) -> Receipt:
        checkpoint = signer.checkpoint(size, self.root(0, size))
        return Receipt(index, self.leaves[index], tuple(self.path(index, 0, size)), checkpoint)


def _k(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def write_directory(directory: Path, entries: Sequence[bytes], signer: Signer = SIGNER) -> None:
    """The C2SP log directory of these entries (fewer than 256,000), from the definition of each tile."""
    tree = Naive([leaf(entry) for entry in entries])
    files = {"checkpoint": signer.checkpoint(len(entries), tree.root(0, len(entries))).encode()}
    files["vkey"] = f"{signer.vkey}\n".encode()
    for first in range(0, len(entries), 256):
        part = entries[first : first + 256]
        files[f"tile/entries/{_tile(first // 256, len(part))}"] = b"".join(
            len(entry).to_bytes(2, "big") + entry for entry in part
        )
    for level in range(3):
        span = 256**level
        hashes = [tree.root(i * span, (i + 1) * span) for i in range(len(entries) // span)]
        for first in range(0, len(hashes), 256):
            part = hashes[first : first + 256]
            files[f"tile/{level}/{_tile(first // 256, len(part))}"] = b"".join(part)
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)


def _tile(number: int, width: int) -> str:
    return f"{number:03d}" + (f".p/{width}" if width < 256 else "")
