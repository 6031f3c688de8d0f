"""The one place where signatures are believed, and the only module that uses python-jose (verify only).

python-jose checks the signature and nothing else; form, key, algorithm, times and
names are checked here, because left alone it accepts tokens without any of them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from jose import jwk as jose_jwk
from jose import jws as jose_jws
from jose.backends.base import Key
from jose.exceptions import JOSEError

from service.identity.compact import CompactJws, parse
from service.identity.faults import InvalidToken, TokenFault
from service.identity.key_material import UnusableKey
from service.identity.keys import ALGORITHMS, BadKeySet, KeySet, PublicKey, key_set, public_key

LEEWAY = timedelta(seconds=5)
"""How far two honest clocks may stand apart."""

_LAST_SECOND = 253_402_300_799  # 9999-12-31: beyond it a date is a trick


def verify(
    token: str,
    keys: KeySet,
    *,
    algorithms: Collection[str],
    audience: str,
    issuer: str,
    at: datetime,
    max_age: timedelta,
    types: Collection[str] = ("jwt",),
) -> Mapping[str, object]:
    """The claims of `token` if everything about it holds at `at`; raises InvalidToken.

    Required: `iss` and `aud` exactly as given, integer or decimal `exp`, `nbf`, `iat`; `exp - iat <= max_age`.
    `types` are the accepted `typ` values in lower case, so that one kind of token cannot pass for another.
    """
    jws = parse(token)
    if jws.algorithm not in algorithms:
        raise InvalidToken(TokenFault.ALGORITHM)
    if (jws.type or "").lower().removeprefix("application/") not in types:
        raise InvalidToken(TokenFault.TYPE)
    _check_signature(jws, keys.choose(jws.key_id, jws.algorithm))
    claims = jws.claims()
    _check_names(claims, audience, issuer)
    _check_times(claims, at.timestamp(), max_age.total_seconds())
    return claims


def verify_signature(token: str, jwk: Mapping[str, object]) -> bytes:
    """The payload of `token` if its signature holds under `jwk`, a public JWK or a JWKS; raises InvalidToken.

    Only the form, the key and the signature are checked: nobody is authenticated by this.
    """
    jws = parse(token)
    _check_signature(jws, _key_for(jws, jwk))
    return jws.payload


def _key_for(jws: CompactJws, jwk: Mapping[str, object]) -> PublicKey:
    try:
        key = key_set(jwk).choose(jws.key_id, jws.algorithm) if "keys" in jwk else public_key(jwk)
    except (BadKeySet, UnusableKey):
        raise InvalidToken(TokenFault.KEY) from None
    if jws.key_id is not None and key.kid is not None and jws.key_id != key.kid:
        raise InvalidToken(TokenFault.KEY)
    return key


def _check_signature(jws: CompactJws, key: PublicKey) -> None:
    if jws.algorithm not in ALGORITHMS & key.algorithms:
        raise InvalidToken(TokenFault.ALGORITHM)
    try:
        jose_jws.verify(jws.token, _jose_key(key, jws.algorithm), algorithms=[jws.algorithm])
    except JOSEError:
        raise InvalidToken(TokenFault.SIGNATURE) from None


@lru_cache(maxsize=256)
def _jose_key(key: PublicKey, algorithm: str) -> Key:
    return jose_jwk.construct(key.jwk, algorithm)


def _check_names(claims: Mapping[str, object], audience: str, issuer: str) -> None:
    if claims.get("iss") != issuer:
        raise InvalidToken(TokenFault.ISSUER)
    # Exactly one audience: a list would make the token good elsewhere too.
    if claims.get("aud") != audience:
        raise InvalidToken(TokenFault.AUDIENCE)


def _check_times(claims: Mapping[str, object], now: float, max_age: float) -> None:
    expires, not_before, issued = (_seconds(claims.get(name)) for name in ("exp", "nbf", "iat"))
    leeway = LEEWAY.total_seconds()
    in_force = max(not_before, issued) <= now + leeway and now < expires + leeway
    if not in_force or not 0 < expires - issued <= max_age or not_before >= expires:
        raise InvalidToken(TokenFault.TIME)


def _seconds(value: object) -> float:
    """A NumericDate (RFC 7519 section 2): seconds since 1970, and never a boolean."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_SECOND:
        raise InvalidToken(TokenFault.CLAIMS)
    return float(value)
