"""How a partner gets a token: prove the partner, then the acting person, then log it, then hand it over.

SMART Backend Services: `client_credentials` with a signed assertion (RFC 7523) that works
once. Every attempt that names a registered partner is logged before it is answered;
what cannot be logged is not issued.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from re import compile as pattern
from typing import Final, Protocol

from policies.vocabulary import Agency, Role
from service.gateway.ports import Clock
from service.identity.compact import CompactJws, parse
from service.identity.faults import InvalidToken, TokenFault
from service.identity.keys import ALGORITHMS
from service.identity.partners import Partner, Partners, Scope
from service.identity.replay import UsedAssertions
from service.identity.staff import ACTOR
from service.identity.tokens import Bearer, Issued, Tokens
from service.identity.verify import verify

LONGEST_LIFE: Final = timedelta(minutes=5)
"""Longest an assertion may live (SMART Backend Services, "Authentication JWT Claims")."""

_JTI: Final = pattern(r"[!-~]{1,128}")
_ROLES: Final = frozenset(role.value for role in Role)
_TYPES: Final = ("jwt", "client-authentication+jwt")  # the second is RFC 7523bis


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What the form asked, unproven."""

    assertion: str = field(repr=False)
    scope: str = ""
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One attempt at a token, for the log. `fault` is None when issued.

    `partner` and `agency` are from the registry. `actor`, `role` and `assertion_id` stand only where the signature
    held; without them the partner was named, not proven.
    """

    at: datetime
    partner: str
    agency: Agency
    fault: TokenFault | None
    actor: str | None = None
    role: Role | None = None
    assertion_id: str | None = None
    issued: Bearer | None = None


class TokenLog(Protocol):
    """Writes to the access log. Raises LedgerUnavailable when the entry is not durable."""

    async def __call__(self, event: TokenEvent) -> None:
        """Return once the entry is durable."""


class Confirms(Protocol):
    """Knows who works where."""

    async def confirms(self, agency: Agency, actor: str, role: Role, at: datetime) -> bool:
        """Whether this actor is active at the agency in this role."""


class TokenDesk(Protocol):
    """What issuing needs from the gateway."""

    @property
    def partners(self) -> Partners:
        """Who may call."""

    @property
    def tokens(self) -> Tokens:
        """What signs."""

    @property
    def roster(self) -> Confirms:
        """Who works where."""

    @property
    def used_assertions(self) -> UsedAssertions:
        """What was used before."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def record_token_event(self) -> TokenLog:
        """The log."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a partner's signature says, with the words still to be checked against our own tables."""

    partner: Partner
    actor: str
    role: Role
    jti: str
    expires: datetime


async def grant(asked: TokenRequest, desk: TokenDesk) -> Issued:
    """A token for the acting person; raises InvalidToken, LedgerUnavailable, StoreUnavailable."""
    at = desk.clock()
    jws = parse(asked.assertion)
    partner = desk.partners.find(str(jws.claims().get("iss")))
    if partner is None:
        raise InvalidToken(TokenFault.PARTNER)
    proof: _Proof | None = None
    try:
        proof = await _prove(jws, asked, partner, desk.tokens.token_url, at)
        issued = await _admit(proof, asked.scope, desk, at)
    except InvalidToken as refusal:
        await desk.record_token_event(_event(partner, proof, at, fault=refusal.fault))
        raise
    await desk.record_token_event(_event(partner, proof, at, issued=issued.bearer))
    return issued


async def _prove(jws: CompactJws, asked: TokenRequest, partner: Partner, token_url: str, at: datetime) -> _Proof:
    """The partner signed this, for us, now."""
    # SMART: a `jku` must be the registered one. It is never followed.
    if jws.header.get("jku", partner.jwks_url) != partner.jwks_url:
        raise InvalidToken(TokenFault.KEY)
    claims = verify(
        jws.token,
        await partner.keys.holding(jws.key_id),
        algorithms=ALGORITHMS,
        audience=token_url,
        issuer=partner.client_id,
        at=at,
        max_age=LONGEST_LIFE,
        types=_TYPES,
    )
    if claims.get("sub") != partner.client_id or asked.client_id not in {None, partner.client_id}:
        raise InvalidToken(TokenFault.CLAIMS)
    actor, role = _acting(claims)
    jti = claims.get("jti")
    if not (isinstance(jti, str) and _JTI.fullmatch(jti)):
        raise InvalidToken(TokenFault.CLAIMS)
    return _Proof(partner, actor, role, jti, datetime.fromtimestamp(float(str(claims["exp"])), UTC))


def _acting(claims: Mapping[str, object]) -> tuple[str, Role]:
    """The claim `act` (RFC 8693 section 4.1): one person, one role, nothing else."""
    match claims.get("act"):
        case {"sub": str(actor), "role": str(role), **rest} if not rest and ACTOR.fullmatch(actor) and role in _ROLES:
            return actor, Role(role)
        case _:
            raise InvalidToken(TokenFault.CLAIMS)


async def _admit(proof: _Proof, scope: str, desk: TokenDesk, at: datetime) -> Issued:
    """The partner may, the acting person is theirs, and this assertion was never used."""
    partner = proof.partner
    if not await desk.used_assertions.first_use(partner.client_id, proof.jti, proof.expires, at):
        raise InvalidToken(TokenFault.REPLAY)
    if not partner.agreement.active(at):
        raise InvalidToken(TokenFault.AGREEMENT)
    if proof.role not in partner.roles or not await desk.roster.confirms(partner.agency, proof.actor, proof.role, at):
        raise InvalidToken(TokenFault.ACTOR)
    words = set(scope.split(" "))
    if not words <= partner.scopes:
        raise InvalidToken(TokenFault.SCOPE)
    return desk.tokens.issue(partner, proof.actor, proof.role, frozenset(map(Scope, words)), at)


def _event(
    partner: Partner,
    proof: _Proof | None,
    at: datetime,
    *,
    fault: TokenFault | None = None,
    issued: Bearer | None = None,
) -> TokenEvent:
    if proof is None:
        return TokenEvent(at, partner.client_id, partner.agency, fault)
    return TokenEvent(at, partner.client_id, partner.agency, fault, proof.actor, proof.role, proof.jti, issued)
