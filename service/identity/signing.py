"""The gateway's own signing keys: the current one signs, the previous one is still believed.

Kept in files named by settings, as PEM or JWK, P-256. Published as a JWKS. To rotate,
start with the new key as current and the old one as previous; after five minutes the
old one can go. The private halves never leave this module.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from service.identity.keys import KeySet, key_set

ALGORITHM = "ES256"
_DEVELOPMENT = "development-"


class BadSigningKey(ValueError):
    """The file holds no key we may sign with. Says why, never quotes the file."""


class SigningKeys:
    """What the gateway signs with and what others check it by."""

    def __init__(self, current: ECKey, previous: ECKey | None = None) -> None:
        self._current = current
        self._kid = _kid(current)
        self._published = [_public(key) for key in (current, previous) if key is not None]
        self.public: KeySet = key_set(self.document())

    @classmethod
    def read(cls, current: Path, previous: Path | None = None, *, production: bool = True) -> "SigningKeys":
        """Read the keys from files; raises BadSigningKey. In production a development key is refused."""
        keys = [_read(path, production=production) for path in (current, previous) if path is not None]
        return cls(*keys)

    def sign(self, claims: Mapping[str, object], kind: str) -> str:
        """A compact JWS over `claims` by the current key; `kind` becomes `typ`."""
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": kind}
        payload = json.dumps(claims, separators=(",", ":"), sort_keys=True)
        return jws.serialize_compact(header, payload, self._current, algorithms=[ALGORITHM])

    def document(self) -> dict[str, object]:
        """The public JWKS, current key first."""
        return {"keys": [dict(key) for key in self._published]}


def create_signing_key(path: Path) -> None:
    """Write a new development key, readable by its owner only, unless the file is there. Never for production."""
    key = ECKey.generate_key("P-256")
    document = key.as_dict(private=True) | {"kid": f"{_DEVELOPMENT}{key.thumbprint()}"}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(document, file)


def _read(path: Path, *, production: bool) -> ECKey:
    try:
        text = path.read_text("ascii")
        key = ECKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text)
    except (OSError, ValueError, TypeError, JoseError):
        # The cause is not chained: it could quote the key.
        raise BadSigningKey(f"{path.name} is not a readable PEM or JWK file") from None
    if not key.is_private or key.curve_name != "P-256":
        raise BadSigningKey(f"{path.name} holds no private P-256 key")
    if production and _kid(key).startswith(_DEVELOPMENT):
        raise BadSigningKey(f"{path.name} holds a development key, which production refuses")
    return key


def _kid(key: ECKey) -> str:
    return key.kid or key.thumbprint()


def _public(key: ECKey) -> dict[str, object]:
    members = key.as_dict(private=False)
    numbers: dict[str, object] = {name: members[name] for name in ("kty", "crv", "x", "y")}
    return numbers | {"kid": _kid(key), "use": "sig", "alg": ALGORITHM}
