"""Signed checkpoints and receipts in C2SP formats: signed-note, tlog-checkpoint, tlog-proof (Ed25519)."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Signer:
    """The log's own key. `origin` names the log and its key; it holds no space and no plus sign."""

    origin: str
    key: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not self.origin or any(c.isspace() or c == "+" or ord(c) < ord(" ") for c in self.origin):
            raise ValueError("a log's origin is a name without spaces and without '+'")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || LF || 0x01 || public key)[:4]."""
        return hashlib.sha256(self.origin.encode() + b"\n" + ED25519 + self._public()).digest()[:4]

    @property
    def vkey(self) -> str:
        """The verifier key: `name+hex(key id)+base64(0x01 || public key)`."""
        return f"{self.origin}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self._public()).decode()}"

    def checkpoint(self, size: int, root: bytes) -> str:
        """A signed tlog-checkpoint of a tree."""
        text = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self.key_id + self.key.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {signature}\n"

    def _public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry stands in the log: its index, its hash, the audit path, and the signed checkpoint."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def tree_size(self) -> int:
        """The size of the tree the receipt proves membership in."""
        return int(self.checkpoint.split("\n")[1])

    def tlog_proof(self) -> str:
        """As C2SP tlog-proof text (its `extra` is the leaf hash), checkable with `python -m audit.verify receipt`."""
        leaf, *path = _base64([self.leaf, *self.path])
        return "\n".join(["c2sp.org/tlog-proof@v1", f"extra {leaf}", f"index {self.index}", *path, "", self.checkpoint])


def _base64(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(h).decode() for h in hashes]
