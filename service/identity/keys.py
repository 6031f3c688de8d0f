"""Public keys and how one of them is chosen (RFC 7517). Pure.

A key set is refused whole when it is dangerous (a private key, one `kid` for two keys);
a key in it that is merely of no use here (encryption keys, other curves) is left out.
One key is chosen by `kid`, and its algorithm is the key's, never the sender's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.identity.faults import InvalidToken, TokenFault
from service.identity.json_object import NotAnObject, json_object
from service.identity.key_material import Members, UnusableKey, material

ALGORITHMS = frozenset({"ES256", "ES384", "RS256", "RS384"})
LARGEST_JWKS = 64 * 1024
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class BadKeySet(ValueError):
    """The key set must not be used at all. Says why in words fit for an operator."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A checked verification key: hashable, with nothing but the members that make it a key."""

    kid: str | None
    algorithms: frozenset[str]
    members: Members = field(repr=False)

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a minimal public JWK."""
        return dict(self.members)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by `kid`."""

    keys: Mapping[str, PublicKey]

    def choose(self, kid: str | None, algorithm: str) -> PublicKey:
        """The one key named, if `algorithm` is its own; raises InvalidToken."""
        key = self.keys.get(kid) if kid is not None else None
        if key is None:
            raise InvalidToken(TokenFault.KEY)
        if algorithm not in key.algorithms:
            raise InvalidToken(TokenFault.ALGORITHM)
        return key


def public_key(jwk: Mapping[str, object]) -> PublicKey:
    """Check one public JWK; raises UnusableKey."""
    if not _PRIVATE.isdisjoint(jwk):
        raise UnusableKey("it is not a public key")
    if jwk.get("use", "sig") != "sig" or not _may_verify(jwk):
        raise UnusableKey("it is not meant for verifying signatures")
    members, algorithms = material(jwk)
    if "alg" in jwk:
        algorithms &= {str(jwk["alg"])}
    if not algorithms:
        raise UnusableKey("alg does not belong to the key, or is not one of ES256, ES384, RS256, RS384")
    kid = jwk.get("kid")
    return PublicKey(kid if isinstance(kid, str) else None, algorithms, members)


def read_key_set(raw: bytes) -> KeySet:
    """Parse the bytes of a JWKS document; raises BadKeySet."""
    if len(raw) > LARGEST_JWKS:
        raise BadKeySet("the key set is larger than 64 KiB")
    try:
        return key_set(json_object(raw))
    except NotAnObject as error:
        raise BadKeySet(f"the key set is {error}") from None


def key_set(document: Mapping[str, object]) -> KeySet:
    """Check a JWKS document: no private key, every `kid` once, at least one usable key; raises BadKeySet."""
    listed = document.get("keys")
    if not isinstance(listed, list) or not all(isinstance(jwk, dict) for jwk in listed):
        raise BadKeySet("`keys` is not a list of objects")
    if any(not _PRIVATE.isdisjoint(jwk) for jwk in listed):
        raise BadKeySet("the key set holds a private or symmetric key: replace that key now")
    kids = [kid for jwk in listed if isinstance(kid := jwk.get("kid"), str)]
    if len(kids) != len(set(kids)):
        raise BadKeySet("one kid names two keys")
    usable, flaws = _sorted(listed)
    if not usable:
        raise BadKeySet(f"no usable key ({'; '.join(flaws) or 'the set is empty'})")
    return KeySet(usable)


def _sorted(listed: list[dict[str, object]]) -> tuple[dict[str, PublicKey], list[str]]:
    usable: dict[str, PublicKey] = {}
    flaws: list[str] = []
    for jwk in listed:
        try:
            key = public_key(jwk)
        except UnusableKey as flaw:
            flaws.append(str(flaw))
            continue
        if key.kid:
            usable[key.kid] = key
        else:
            flaws.append("it has no kid")
    return usable, flaws


def _may_verify(jwk: Mapping[str, object]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    return isinstance(operations, list) and "verify" in operations
