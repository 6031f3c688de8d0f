"""The gateway's own secrets, read from one directory: the log's signing key, the pseudonym key, the token keys.

`create` makes development keys; production brings its own files and refuses these.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from service.identity.signing import SigningKeys, create_signing_key

LOG, PSEUDONYMS, TOKENS, PREVIOUS = "log.pem", "pseudonyms.hex", "tokens.json", "tokens-previous.json"
DEVELOPMENT = "DEVELOPMENT"


class KeysUnusable(Exception):
    """A key file is missing or odd. The message names the file, never its content."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the gateway signs and pseudonymises with."""

    log: Ed25519PrivateKey = field(repr=False)
    pseudonyms: bytes = field(repr=False)
    tokens: SigningKeys = field(repr=False)


def read(directory: Path, *, production: bool) -> Keys:
    """The keys in `directory`. Raises KeysUnusable."""
    if production and (directory / DEVELOPMENT).exists():
        raise KeysUnusable(f"{directory} holds development keys; production brings its own")
    try:
        log = load_pem_private_key((directory / LOG).read_bytes(), None)
        pseudonyms = bytes.fromhex((directory / PSEUDONYMS).read_text().strip())
    except (OSError, ValueError) as error:
        raise KeysUnusable(f"{directory} lacks a usable {LOG} or {PSEUDONYMS}") from error
    if not isinstance(log, Ed25519PrivateKey) or len(pseudonyms) < 32:  # noqa: PLR2004  # 256 bits
        raise KeysUnusable(f"{LOG} is not an Ed25519 key, or {PSEUDONYMS} is under 32 bytes")
    previous = directory / PREVIOUS
    tokens = SigningKeys.read(directory / TOKENS, previous if previous.exists() else None, production=production)
    return Keys(log, pseudonyms, tokens)


def create(directory: Path) -> None:
    """Make development keys in `directory`, readable by their owner only; keys that stand are kept."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, content in ((DEVELOPMENT, b""), (LOG, pem), (PSEUDONYMS, os.urandom(32).hex().encode())):
        path = directory / name
        if not path.exists():
            path.touch(0o600)
            path.write_bytes(content)
    create_signing_key(directory / TOKENS)
