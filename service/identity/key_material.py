"""The numbers inside a public key: on the curve, long enough, not known to be weak. Pure.

EC: P-256 and P-384 with coordinates of exact length (RFC 7518 section 6.2.1).
RSA: 2048 to 8192 bits, odd modulus, FIPS 186-5 exponent, and no trace of ROCA (CVE-2017-15361).
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec

from service.identity.compact import from_base64url
from service.identity.faults import InvalidToken

Members = tuple[tuple[str, str], ...]
"""The members of a public JWK that make it a key, in a fixed order."""

_CURVES: Mapping[str, tuple[ec.EllipticCurve, int, frozenset[str]]] = {
    "P-256": (ec.SECP256R1(), 32, frozenset({"ES256"})),
    "P-384": (ec.SECP384R1(), 48, frozenset({"ES384"})),
}
_RSA_ALGORITHMS = frozenset({"RS256", "RS384"})
_RSA_BITS = range(2048, 8192 + 1)
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
_ROCA_MARKS = {prime: {pow(65537, power, prime) for power in range(prime)} for prime in _ROCA_PRIMES}


class UnusableKey(ValueError):
    """A key that cannot verify anything here. Says why in words fit for an operator."""


def material(jwk: Mapping[str, object]) -> tuple[Members, frozenset[str]]:
    """The checked members of `jwk` and the algorithms its numbers allow; raises UnusableKey."""
    match jwk.get("kty"):
        case "EC":
            return _ec(jwk)
        case "RSA":
            return _rsa(jwk)
        case _:
            raise UnusableKey("kty is neither EC nor RSA")


def _ec(jwk: Mapping[str, object]) -> tuple[Members, frozenset[str]]:
    name = str(jwk.get("crv"))
    if name not in _CURVES:
        raise UnusableKey("crv is neither P-256 nor P-384")
    curve, length, algorithms = _CURVES[name]
    x, y = _octets(jwk, "x"), _octets(jwk, "y")
    if len(x) != length or len(y) != length:
        raise UnusableKey("a coordinate has the wrong length")
    try:
        ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve).public_key()
    except ValueError:
        raise UnusableKey("the point is not on the curve") from None
    return _members(jwk, "crv", "kty", "x", "y"), algorithms


def _rsa(jwk: Mapping[str, object]) -> tuple[Members, frozenset[str]]:
    modulus, exponent = _octets(jwk, "n"), _octets(jwk, "e")
    if modulus[:1] == b"\0" or exponent[:1] == b"\0":
        raise UnusableKey("a number has leading zeros")
    n, e = int.from_bytes(modulus), int.from_bytes(exponent)
    if n.bit_length() not in _RSA_BITS or n % 2 == 0:
        raise UnusableKey("the modulus is not an odd number of 2048 to 8192 bits")
    if e % 2 == 0 or not 1 << 16 < e < 1 << 256:
        raise UnusableKey("the exponent is not an odd number between 2^16 and 2^256")
    if all(n % prime in marks for prime, marks in _ROCA_MARKS.items()):
        raise UnusableKey("the modulus bears the mark of a broken generator (CVE-2017-15361)")
    return _members(jwk, "e", "kty", "n"), _RSA_ALGORITHMS


def _octets(jwk: Mapping[str, object], name: str) -> bytes:
    value = jwk.get(name)
    try:
        return from_base64url(value) if isinstance(value, str) and value.isascii() else b""
    except InvalidToken:
        raise UnusableKey(f"{name} is not canonical base64url") from None


def _members(jwk: Mapping[str, object], *names: str) -> Members:
    return tuple((name, str(jwk[name])) for name in names)
