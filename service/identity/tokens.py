"""Access tokens: short, signed by us, and checked again on every use.

A token says who it was issued to. Whether that partner is still registered, its
agreement still in force and its role and scopes still its own is read from the
registry each time, so that nothing has to be revoked.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from policies.vocabulary import Agency, Role
from service.identity.compact import LONGEST
from service.identity.faults import InvalidToken
from service.identity.partners import Partner, Partners, Scope
from service.identity.signing import ALGORITHM, SigningKeys
from service.identity.verify import verify
from service.problems import NotAuthenticated

LIFETIME: Final = timedelta(minutes=5)
KIND: Final = "at+jwt"  # RFC 9068 section 2.1: an assertion can never pass for an access token


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a token, in our own words."""

    partner: str
    agency: Agency
    actor: str
    role: Role
    scopes: frozenset[Scope]
    token_id: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and who it is for."""

    token: str = field(repr=False)
    bearer: Bearer
    seconds: int


class Tokens:
    """Issues and checks the gateway's access tokens. Remembers up to `remembered` verified ones.

    `issuer` and `audience` are the tokens' `iss` and `aud`; `token_url` is the `aud` of partners' assertions.
    """

    def __init__(
        self,
        *,
        keys: SigningKeys,
        issuer: str,
        audience: str,
        token_url: str,
        partners: Partners,
        remembered: int = 4096,
    ) -> None:
        self._keys, self._partners = keys, partners
        self.issuer, self.audience, self.token_url = issuer, audience, token_url
        self._remembered = remembered
        self._verified: dict[bytes, Bearer] = {}

    def published_keys(self) -> dict[str, object]:
        """The JWKS that our tokens can be checked with."""
        return self._keys.document()

    def rotate(self, keys: SigningKeys) -> None:
        """Sign and believe with `keys` from now on; tokens of keys no longer among them stop working."""
        self._keys = keys
        self._verified.clear()

    def issue(self, partner: Partner, actor: str, role: Role, scopes: frozenset[Scope], at: datetime) -> Issued:
        """A token for one acting person, good for five minutes at most."""
        issued = at.replace(microsecond=0)
        bearer = Bearer(
            partner.client_id, partner.agency, actor, role, scopes, secrets.token_urlsafe(16), issued + LIFETIME
        )
        token = self._keys.sign(self._claims(bearer, issued), KIND)
        return Issued(token, bearer, int(LIFETIME.total_seconds()))

    def authenticate(self, authorization: str | None, at: datetime) -> Bearer:
        """Who sends this Authorization header; raises NotAuthenticated, always with the same words."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or len(token) > LONGEST or not token.isascii():
            raise NotAuthenticated
        digest = sha256(token.encode()).digest()
        bearer = self._verified.get(digest)
        if bearer is None:
            bearer = self._verify(token, at)
            self._remember(digest, bearer)
        if at >= bearer.expires or not _still_holds(bearer, self._partners.find(bearer.partner), at):
            raise NotAuthenticated
        return bearer

    def _verify(self, token: str, at: datetime) -> Bearer:
        try:
            claims = verify(
                token,
                self._keys.public,
                algorithms=(ALGORITHM,),
                audience=self.audience,
                issuer=self.issuer,
                at=at,
                max_age=LIFETIME,
                types=(KIND,),
            )
            return _bearer(claims)
        except (InvalidToken, KeyError, TypeError, ValueError):
            raise NotAuthenticated from None

    def _remember(self, digest: bytes, bearer: Bearer) -> None:
        if len(self._verified) >= self._remembered:
            del self._verified[next(iter(self._verified))]  # the oldest is the nearest to its end
        self._verified[digest] = bearer

    def _claims(self, bearer: Bearer, issued: datetime) -> dict[str, object]:
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": bearer.partner,
            "client_id": bearer.partner,
            "agency": bearer.agency.value,
            "scope": " ".join(sorted(bearer.scopes)),
            "act": {"sub": bearer.actor, "role": bearer.role.value},
            "jti": bearer.token_id,
            "iat": int(issued.timestamp()),
            "nbf": int(issued.timestamp()),
            "exp": int(bearer.expires.timestamp()),
        }


def _still_holds(bearer: Bearer, partner: Partner | None, at: datetime) -> bool:
    return (
        partner is not None
        and partner.agency is bearer.agency
        and bearer.role in partner.roles
        and bearer.scopes <= partner.scopes
        and partner.agreement.active(at)
    )


def _bearer(claims: Mapping[str, object]) -> Bearer:
    """Read back what `issue` wrote; raises where it did not."""
    act = claims["act"]
    if not isinstance(act, dict):
        raise TypeError("act is not an object")
    return Bearer(
        partner=str(claims["sub"]),
        agency=Agency(str(claims["agency"])),
        actor=str(act["sub"]),
        role=Role(str(act["role"])),
        scopes=frozenset(Scope(word) for word in str(claims["scope"]).split()),
        token_id=str(claims["jti"]),
        expires=datetime.fromtimestamp(int(str(claims["exp"])), UTC),
    )
