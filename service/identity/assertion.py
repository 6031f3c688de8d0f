"""The partner's side of `/oauth2/token`: keys and signed assertions, for the demo, the tests and the bench.

SMART Backend Services with RFC 7523; the acting person travels inside the signature
as `act` (RFC 8693 section 4.1).
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from policies.vocabulary import Role

PartnerKey = ECKey | RSAKey

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME: Final = timedelta(minutes=5)
_CURVES: Final = {"ES256": "P-256", "ES384": "P-384"}


def new_key(algorithm: str = "ES384", kid: str | None = None) -> PartnerKey:
    """A new private key for ES256, ES384, RS256 or RS384; `kid` is its RFC 7638 thumbprint unless given."""
    curve = _CURVES.get(algorithm)
    key: PartnerKey = ECKey.generate_key(curve) if curve else RSAKey.generate_key(3072)
    marks = {"kid": kid or key.thumbprint(), "alg": algorithm, "use": "sig"}
    members = key.as_dict(private=True) | marks
    return ECKey.import_key(members) if curve else RSAKey.import_key(members)


def public_jwks(keys: Iterable[PartnerKey]) -> dict[str, list[dict[str, object]]]:
    """The JWKS to register for `keys`: public halves only."""
    return {"keys": [dict(key.as_dict(private=False)) for key in keys]}


def client_assertion(  # noqa: PLR0917  # the order is that of the sentence: who, with what, to whom, for whom, when
    client_id: str, key: PartnerKey, audience: str, actor: str, role: Role, at: datetime
) -> str:
    """A signed assertion good for five minutes from `at` at the token endpoint `audience`, once."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": str(uuid4()),
        "iat": int(at.timestamp()),
        "nbf": int(at.timestamp()),
        "exp": int((at + LIFETIME).timestamp()),
        "act": {"sub": actor, "role": role.value},
    }
    return sign(claims, key)


def sign(claims: dict[str, object], key: PartnerKey) -> str:
    """Any claims, signed as an assertion by `key`."""
    algorithm = str(key.get("alg"))
    header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[algorithm])
