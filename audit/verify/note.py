"""Signed notes and checkpoints, read as an outsider reads them (C2SP signed-note, tlog-checkpoint)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.verify.faults import Fault, Refused

DASH = "— "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A `name+id+key` verifier key of type Ed25519."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a vkey. Raises Refused when it is malformed or its id is not its own."""
        name, _, rest = text.removesuffix("\n").partition("+")
        key_id, _, encoded = rest.partition("+")
        blob = unbase64(encoded)
        if not name or len(blob) != 33 or blob[0] != 1:  # noqa: PLR2004  # type byte and 32 bytes of key
            raise Refused(Fault.MALFORMED, "the verifier key is not an Ed25519 vkey")
        wanted = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
        if key_id != wanted.hex():
            raise Refused(Fault.MALFORMED, "the verifier key's id does not match its key")
        return cls(name, wanted, blob[1:])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose signature held: the log's origin, its size and its root."""

    origin: str
    size: int
    root: bytes


def checkpoint(text: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a signed note, if `key` signed it. Raises Refused."""
    head, separator, tail = text.rpartition("\n\n")
    body = head + "\n"
    if not separator or not tail.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise Refused(Fault.MALFORMED, "not a signed note")
    signatures = [_signed(line, body, key) for line in tail[:-1].split("\n")]  # all are looked at: one bad one condemns
    if not any(signatures):
        raise Refused(Fault.SIGNATURE, "the note has no valid signature by this key")
    lines = body[:-1].split("\n")
    if len(lines) < 3 or not all(lines) or lines[0] != key.name:  # noqa: PLR2004  # origin, size, root
        raise Refused(Fault.MALFORMED, "the note is not a checkpoint of this log")
    return Checkpoint(lines[0], decimal(lines[1]), digest(lines[2]))


def _signed(line: str, body: str, key: VerifierKey) -> bool:
    """Is this line a valid signature by the key? A bad one by the key condemns the whole note."""
    if not line.startswith(DASH) or line.count(" ") != 2:  # noqa: PLR2004  # dash, name, signature
        raise Refused(Fault.MALFORMED, "a signature line is malformed")
    _, name, encoded = line.split(" ")
    blob = unbase64(encoded)
    if name != key.name or blob[:4] != key.key_id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], body.encode())
    except InvalidSignature as error:
        raise Refused(Fault.SIGNATURE, "the log's signature does not hold") from error
    return True


def decimal(text: str) -> int:
    """An ASCII decimal without leading zeroes. Raises Refused."""
    if not (text.isascii() and text.isdigit()) or (text != "0" and text[0] == "0") or len(text) > 19:  # noqa: PLR2004
        raise Refused(Fault.MALFORMED, "a number is malformed")
    return int(text)


def digest(text: str) -> bytes:
    """A base64 SHA-256 hash. Raises Refused."""
    blob = unbase64(text)
    if len(blob) != 32:  # noqa: PLR2004  # SHA-256
        raise Refused(Fault.MALFORMED, "a hash has the wrong length")
    return blob


def unbase64(text: str) -> bytes:
    """Strict, canonical standard base64. Raises Refused."""
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(Fault.MALFORMED, "base64 is malformed") from error
    if base64.b64encode(blob).decode() != text:
        raise Refused(Fault.MALFORMED, "base64 is not canonical")
    return blob
