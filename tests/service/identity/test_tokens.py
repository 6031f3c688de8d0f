"""An access token is good for its holder, five minutes, and only while the registry agrees."""

from dataclasses import replace
from datetime import date, timedelta
from timeit import repeat

import pytest
from joserfc.jwk import ECKey

from policies.vocabulary import Agency, Role
from service.identity.partners import Agreement, Scope
from service.identity.signing import SigningKeys
from service.identity.tokens import LIFETIME, Tokens
from service.problems import NotAuthenticated
from tests.service.identity.partner_world import (
    ACTOR,
    AT,
    AUDIENCE,
    CLIENT,
    ISSUER,
    ROLE,
    TOKEN_URL,
    World,
    assertion,
    partner,
    signing_keys,
)

SCOPES = frozenset({Scope.QUERY})


def bearing(world: World) -> str:
    return "Bearer " + world.tokens.issue(partner(), ACTOR, ROLE, SCOPES, AT).token


def refused(world: World, header: str | None) -> bool:
    try:
        world.tokens.authenticate(header, world.now)
    except NotAuthenticated:
        return True
    return False


def test_a_token_names_its_holder() -> None:
    world = World()
    bearer = world.tokens.authenticate(bearing(world), AT)
    assert (bearer.partner, bearer.agency, bearer.actor, bearer.role) == (CLIENT, Agency.DSS, ACTOR, ROLE)
    assert (bearer.scopes, bearer.expires) == (SCOPES, AT + LIFETIME)


@pytest.mark.parametrize("first_use_at", [0, 299])
def test_a_token_dies_at_its_end_even_when_remembered(first_use_at: int) -> None:
    world = World()
    header = bearing(world)
    world.pass_time(first_use_at)
    assert not refused(world, header)
    world.pass_time(300 - first_use_at)
    assert refused(world, header)


def test_a_token_first_seen_in_the_last_leeway_is_dead_too() -> None:
    world = World()
    header = bearing(world)
    world.pass_time(302)
    assert refused(world, header)


@pytest.mark.parametrize(
    "now",
    [
        [],
        [partner(client_id="another")],
        [partner(agency=Agency.EMS)],
        [partner(roles=frozenset({Role.PRIVACY_OFFICER}))],
        [partner(scopes=frozenset({Scope.SUMMARY}))],
        [partner(agreement=Agreement("over", date(2026, 11, 22)))],
    ],
)
@pytest.mark.parametrize("remembered", [True, False])
def test_what_the_registry_no_longer_says_stops_working_at_once(now: list[object], *, remembered: bool) -> None:
    world = World()
    header = bearing(world)
    assert not (remembered and refused(world, header))
    world.partners.replace(now)  # type: ignore[arg-type]  # parametrize erases the type
    assert refused(world, header)


def test_anything_but_one_bearer_token_is_refused() -> None:
    world = World()
    token = bearing(world)[7:]
    for header in (None, "", "Bearer", "Bearer ", token, f"Basic {token}", f"Bearer  {token}", f"Bearer {token} "):
        assert refused(world, header)
    for header in (
        f"Bearer {token},Bearer {token}",
        f"Bearer {token}\u0430",
        f"Bearer {token}\ud800",
        "Bearer " + "a" * 9000,
    ):
        assert refused(world, header)
    assert not refused(world, f"bearer {token}")


def test_an_assertion_is_no_access_token() -> None:
    assert refused(World(), f"Bearer {assertion('ES256')}")


@pytest.mark.parametrize("change", [{"issuer": "https://other.test"}, {"audience": "https://other.test"}])
def test_another_gateways_token_is_refused(change: dict[str, str]) -> None:
    names = {"issuer": ISSUER, "audience": AUDIENCE, "token_url": TOKEN_URL} | change
    world = World()
    other = Tokens(keys=signing_keys(), partners=world.partners, remembered=1, **names)
    assert refused(world, "Bearer " + other.issue(partner(), ACTOR, ROLE, SCOPES, AT).token)


@pytest.mark.parametrize(
    "spoil",
    [
        {"act": ...},
        {"act": "dss-0042"},
        {"act": {"sub": ACTOR}},
        {"agency": "NSA"},
        {"scope": "everything"},
        {"exp": int(AT.timestamp()) + 301},
        {"jti": ...},
    ],
)
def test_a_token_of_ours_with_odd_claims_is_refused(spoil: dict[str, object]) -> None:
    now = int(AT.timestamp())
    claims: dict[str, object] = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": CLIENT, "agency": "DSS", "scope": "query", "jti": "t",
        "act": {"sub": ACTOR, "role": ROLE.value}, "iat": now, "nbf": now, "exp": now + 300,
    }  # fmt: skip
    spoiled = {name: value for name, value in (claims | spoil).items() if value is not ...}
    assert not refused(World(), "Bearer " + signing_keys().sign(claims, "at+jwt"))
    assert refused(World(), "Bearer " + signing_keys().sign(spoiled, "at+jwt"))
    assert refused(World(), "Bearer " + signing_keys().sign(claims, "JWT"))


def test_tokens_outlive_a_rotation_with_overlap_and_not_one_without() -> None:
    world = World()
    old, new = (ECKey.generate_key("P-256") for _ in range(2))
    world.tokens.rotate(SigningKeys(old))
    header = bearing(world)
    world.tokens.rotate(SigningKeys(new, old))
    assert not refused(world, header)
    world.tokens.rotate(SigningKeys(new))
    assert refused(world, header)


def test_only_so_many_tokens_are_remembered_and_all_still_work() -> None:
    world = World()
    tokens = Tokens(
        keys=signing_keys(),
        issuer=ISSUER,
        audience=AUDIENCE,
        token_url=TOKEN_URL,
        partners=world.partners,
        remembered=2,
    )
    headers = ["Bearer " + tokens.issue(partner(), ACTOR, ROLE, SCOPES, AT).token for _ in range(5)]
    for header in headers * 2:
        assert tokens.authenticate(header, AT).actor == ACTOR
    assert len(tokens._verified) == 2  # noqa: SLF001  # the bound is the promise


def test_a_remembered_token_costs_no_verification() -> None:
    world = World()
    header = bearing(world)
    world.tokens.authenticate(header, AT)
    best = min(repeat(lambda: world.tokens.authenticate(header, AT), number=100, repeat=20)) / 100
    assert best < 30e-6  # a verification costs 100 us and more; a hit about 3


def test_a_token_is_not_shown_by_what_holds_it() -> None:
    issued = World().tokens.issue(partner(), ACTOR, ROLE, SCOPES, AT)
    assert issued.token not in repr(issued)
    assert issued.bearer.expires - AT == timedelta(minutes=5)
    assert replace(issued.bearer) == issued.bearer
