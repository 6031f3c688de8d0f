"""The only form a token may have: strict JWS compact serialization (RFC 7515 section 7.1).

One signed thing, one spelling: three canonical base64url parts without padding,
and a header with nothing in it that could change what is verified or with which key.
Nothing is verified here.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.identity.faults import InvalidToken, TokenFault
from service.identity.json_object import NotAnObject, json_object

LONGEST = 8 * 1024
"""Longest token in characters."""

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)", re.ASCII)

# `crit` demands extensions we do not have, `b64` and `zip` change what was signed (RFC 7797, RFC 7516), and the
# rest bring a key of the sender's own (RFC 8725 section 3.10). Keys come from the registry only.
_REFUSED_HEADERS = frozenset({"crit", "b64", "zip", "enc", "jwk", "x5u", "x5c"})


@dataclass(frozen=True, slots=True, repr=False)
class CompactJws:
    """A token in the one allowed form, still unverified."""

    token: str
    header: Mapping[str, object]
    algorithm: str
    key_id: str | None
    type: str | None
    payload: bytes

    def claims(self) -> dict[str, object]:
        """The payload as a JSON object; raises InvalidToken."""
        return _object(self.payload)


def parse(token: str) -> CompactJws:
    """Check the form of `token`; raises InvalidToken."""
    form = _FORM.fullmatch(token) if len(token) <= LONGEST else None
    if form is None:
        raise InvalidToken(TokenFault.MALFORMED)
    first, payload, _signature = (from_base64url(part) for part in form.groups())
    header = _object(first)
    if not _REFUSED_HEADERS.isdisjoint(header):
        raise InvalidToken(TokenFault.MALFORMED)
    algorithm = _text(header, "alg")
    if algorithm is None:
        raise InvalidToken(TokenFault.ALGORITHM)
    return CompactJws(token, header, algorithm, _text(header, "kid"), _text(header, "typ"), payload)


def from_base64url(text: str) -> bytes:
    """Decode canonical unpadded base64url: exactly one spelling per value. Raises InvalidToken."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise InvalidToken(TokenFault.MALFORMED) from None
    # Python drops characters it does not know and bits past the last byte, so compare with what it would write.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise InvalidToken(TokenFault.MALFORMED)
    return raw


def _object(raw: bytes) -> dict[str, object]:
    try:
        return json_object(raw)
    except NotAnObject:
        raise InvalidToken(TokenFault.MALFORMED) from None


def _text(header: Mapping[str, object], name: str) -> str | None:
    value = header.get(name)
    if name in header and not (isinstance(value, str) and value):
        raise InvalidToken(TokenFault.MALFORMED)
    return value if isinstance(value, str) else None
