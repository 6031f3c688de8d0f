"""One partner and one gateway at one instant, with keys made once per run."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from policies.vocabulary import Agency, Purpose, Role
from service.identity.assertion import PartnerKey, client_assertion, new_key, public_jwks, sign
from service.identity.issuance import TokenEvent
from service.identity.keyring import InlineKeys
from service.identity.keys import KeySet, key_set
from service.identity.partners import Agreement, Partner, Partners, Scope
from service.identity.signing import SigningKeys
from service.identity.tokens import Tokens
from service.problems import LedgerUnavailable

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CLIENT = "dss-ncfast"
ACTOR = "dss-0042"
ROLE = Role.DSS_CASEWORKER
TOKEN_URL = "https://gateway.test/oauth2/token"  # noqa: S105  # an address
ISSUER = "https://gateway.test"
AUDIENCE = "https://gateway.test/v1"


def key(algorithm: str = "ES384") -> PartnerKey:
    return _keys_made()[algorithm]


@cache
def _keys_made() -> dict[str, PartnerKey]:
    return {algorithm: new_key(algorithm, kid=f"k-{algorithm}") for algorithm in ("ES256", "ES384", "RS256", "RS384")}


@cache
def keys(*algorithms: str) -> KeySet:
    return key_set(jwks(*algorithms))


def jwks(*algorithms: str) -> dict[str, object]:
    return {"keys": public_jwks(key(algorithm) for algorithm in algorithms or ("ES384",))["keys"]}


@cache
def signing_keys() -> SigningKeys:
    return SigningKeys(ECKey.generate_key("P-256", {"kid": "gateway-1"}))


def assertion(algorithm: str = "ES384", at: datetime = AT, actor: str = ACTOR, role: Role = ROLE) -> str:
    return client_assertion(CLIENT, key(algorithm), TOKEN_URL, actor, role, at)


def claims(**changes: object) -> dict[str, object]:
    """The claims of a good assertion; a change to `...` leaves the claim out."""
    now = int(AT.timestamp())
    good: dict[str, object] = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": TOKEN_URL,
        "jti": "j-1",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "act": {"sub": ACTOR, "role": ROLE.value},
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def signed(**changes: object) -> str:
    return sign(claims(**changes), key())


def raw_token(header: Mapping[str, object] | bytes, payload: bytes, by: PartnerKey, algorithm: str = "ES384") -> str:
    """A token with any header at all, honestly signed."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = f"{b64(head)}.{b64(payload)}"
    return f"{signing_input}.{b64(JWSRegistry.algorithms[algorithm].sign(signing_input.encode(), by))}"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def partner(**changes: Any) -> Partner:
    given: dict[str, Any] = {
        "client_id": CLIENT,
        "agency": Agency.DSS,
        "roles": frozenset({ROLE}),
        "purposes": frozenset({Purpose.COC}),
        "scopes": frozenset({Scope.QUERY, Scope.SUMMARY}),
        "agreement": Agreement("DSS-2026", date(2027, 6, 30)),
        "keys": InlineKeys(keys("ES384", "RS384", "ES256", "RS256")),
    }
    return Partner(**given | changes)


class FakeLog:
    """Remembers events, or refuses them."""

    def __init__(self) -> None:
        self.events: list[TokenEvent] = []
        self.broken = False

    async def __call__(self, event: TokenEvent) -> None:
        if self.broken:
            raise LedgerUnavailable
        self.events.append(event)


class FakeRoster:
    """Knows the posts it is given."""

    def __init__(self, *posts: tuple[Agency, str, Role]) -> None:
        self.posts = set(posts)

    async def confirms(self, agency: Agency, actor: str, role: Role, at: datetime) -> bool:
        return (agency, actor, role) in self.posts


class FakeUsed:
    """Remembers in memory."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    async def first_use(self, issuer: str, jti: str, expires_at: datetime, at: datetime) -> bool:
        first = (issuer, jti) not in self.seen
        self.seen.add((issuer, jti))
        return first


@dataclass
class World:
    """A gateway as the token endpoint sees it."""

    partners: Partners = field(default_factory=lambda: Partners([partner()]))
    roster: FakeRoster = field(default_factory=lambda: FakeRoster((Agency.DSS, ACTOR, ROLE)))
    used_assertions: FakeUsed = field(default_factory=FakeUsed)
    record_token_event: FakeLog = field(default_factory=FakeLog)
    now: datetime = AT

    def __post_init__(self) -> None:
        self.tokens = Tokens(
            keys=signing_keys(), issuer=ISSUER, audience=AUDIENCE, token_url=TOKEN_URL, partners=self.partners
        )

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
