"""`POST /oauth2/token`: a token for whom the partner, the roster and the log all agree on; else one plain error."""

import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from policies.vocabulary import Agency, Role
from service.db.engine import engine as make_engine
from service.db.session import transaction
from service.identity.actor import Roster
from service.identity.assertion import client_assertion, new_key, sign
from service.identity.faults import TokenFault
from service.identity.issuance import TokenDesk
from service.identity.partners import Agreement
from service.identity.replay import StoredAssertions
from service.identity.staff import Post
from service.identity.staffing import put_roster
from service.identity.verify import verify_signature
from tests.service.api.token_client import Client
from tests.service.identity.partner_world import (
    ACTOR,
    AT,
    CLIENT,
    ROLE,
    TOKEN_URL,
    FakeRoster,
    World,
    assertion,
    claims,
    key,
    partner,
    raw_token,
    signed,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    calling = Client(world)
    yield calling
    await calling.http.aclose()


@pytest.mark.parametrize("algorithm", ["ES384", "RS384", "ES256", "RS256"])
async def test_a_partner_gets_a_token_for_its_acting_person(client: Client, world: World, algorithm: str) -> None:
    answer = await client.ask(assertion(algorithm))
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"], body["scope"]) == (200, "Bearer", 300, "query")
    assert answer.headers["Cache-Control"] == "no-store"
    bearer = world.tokens.authenticate(f"Bearer {body['access_token']}", AT)
    assert (bearer.partner, bearer.actor, bearer.role) == (CLIENT, ACTOR, ROLE)
    (event,) = world.record_token_event.events
    assert (event.fault, event.issued, event.actor) == (None, bearer, ACTOR)


async def test_without_its_entry_in_the_log_no_token_is_issued(client: Client, world: World) -> None:
    world.record_token_event.broken = True
    answer = await client.ask(assertion())
    assert answer.status_code == 503
    assert "access_token" not in answer.text
    assert (await client.ask(signed(sub="x"))).status_code == 503  # nor is a refusal told


async def test_an_assertion_works_once(client: Client, world: World) -> None:
    token = assertion()
    assert (await client.ask(token)).status_code == 200
    again = await client.ask(token)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert world.record_token_event.events[-1].fault is TokenFault.REPLAY


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        ("dss-9999", ROLE),
        (ACTOR, Role.PRIVACY_OFFICER),
        (ACTOR, Role.EMS_COMMUNITY_PARAMEDIC),
        (ACTOR.upper(), ROLE),
    ],
)
async def test_an_actor_or_role_the_roster_does_not_confirm_is_refused(
    client: Client, world: World, actor: str, role: Role
) -> None:
    answer = await client.ask(assertion(actor=actor, role=role))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    (event,) = world.record_token_event.events
    assert (event.fault, event.actor, event.role, event.issued) == (TokenFault.ACTOR, actor, role, None)


async def test_a_role_on_the_roster_but_not_the_partners_is_refused(client: Client, world: World) -> None:
    world.roster.posts.add((Agency.DSS, ACTOR, Role.PRIVACY_OFFICER))
    answer = await client.ask(assertion(role=Role.PRIVACY_OFFICER))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_after_the_agreements_last_day_nothing_is_issued(client: Client, world: World) -> None:
    world.partners.replace([partner(agreement=Agreement("a", date(2026, 11, 23)))])
    assert (await client.ask(assertion())).status_code == 200
    world.pass_time(86400)
    assert (await client.ask(assertion(at=world.now))).status_code == 401
    assert world.record_token_event.events[-1].fault is TokenFault.AGREEMENT


@pytest.mark.parametrize("scope", [None, "", " ", "query ", "query  summary", "all", "query audit.read", "QUERY"])
async def test_a_scope_not_registered_is_refused(client: Client, scope: str | None) -> None:
    answer = await client.ask(assertion(), scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_registered_scopes_are_granted_as_asked(client: Client) -> None:
    assert (await client.ask(assertion(), scope="summary query")).json()["scope"] == "query summary"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "another"},
        {"iss": ...},
        {"sub": "another"},
        {"sub": ...},
        {"aud": "https://gateway.test"},
        {"aud": [TOKEN_URL]},
        {"jti": ...},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j\n"},
        {"jti": "j\u0000"},
        {"jti": "j" * 129},
        {"exp": int(AT.timestamp()) + 301},
        {"exp": int(AT.timestamp()) - 6},
        {"iat": int(AT.timestamp()) + 60},
        {"act": ...},
        {"act": ACTOR},
        {"act": {"sub": ACTOR}},
        {"act": {"sub": ACTOR, "role": "boss"}},
        {"act": {"sub": ACTOR, "role": [ROLE.value]}},
        {"act": {"sub": "*", "role": ROLE.value}},
        {"act": {"sub": "a\u0000b", "role": ROLE.value}},
        {"act": {"sub": "", "role": ROLE.value}},
        {"act": {"sub": ACTOR, "role": ROLE.value, "act": {}}},
    ],
)
async def test_an_assertion_with_a_wrong_claim_is_refused_in_the_same_words(
    client: Client, world: World, change: dict[str, object]
) -> None:
    answer = await client.ask(signed(**change))
    assert answer.status_code == 401
    assert answer.json() == (await client.ask("garbage")).json()
    assert world.used_assertions.seen == set()


async def test_a_strangers_assertion_is_refused_and_logged_as_unproven(client: Client, world: World) -> None:
    forged = sign(claims(), new_key("ES384", kid="k-ES384"))
    assert (await client.ask(forged)).status_code == 401
    (event,) = world.record_token_event.events
    assert (event.partner, event.fault, event.actor) == (CLIENT, TokenFault.SIGNATURE, None)


async def test_an_unknown_partner_is_refused_like_a_forger(client: Client) -> None:
    unknown = client_assertion("nobody", key(), TOKEN_URL, ACTOR, ROLE, AT)
    forged = sign(claims(), new_key("ES384", kid="k-ES384"))
    first, second = await client.ask(unknown), await client.ask(forged)
    assert (first.status_code, first.content) == (second.status_code, second.content)


async def test_keys_named_by_the_sender_are_those_registered_or_refused(client: Client, world: World) -> None:
    header = {"alg": "ES384", "kid": "k-ES384", "typ": "JWT", "jku": "https://dss.test/jwks.json"}
    token = raw_token(header, json.dumps(claims()).encode(), key())
    assert (await client.ask(token)).status_code == 401
    world.partners.replace([partner(jwks_url="https://dss.test/jwks.json")])
    assert (await client.ask(token)).status_code == 200


async def test_a_client_id_beside_the_assertion_must_be_the_same(client: Client) -> None:
    assert (await client.ask(assertion(), client_id=CLIENT)).status_code == 200
    assert (await client.ask(assertion(), client_id="another")).status_code == 401


def test_the_gateway_these_tests_use_is_one_the_endpoint_takes(world: World) -> None:
    desk: TokenDesk = world  # mypy checks it
    assert desk.clock() == AT


async def test_the_published_keys_verify_our_tokens(client: Client) -> None:
    token = (await client.ask(assertion())).json()["access_token"]
    published = (await client.http.get("/.well-known/jwks.json")).json()
    assert verify_signature(token, published)


class RealWorld(World):
    """The same gateway on a real database."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(roster=FakeRoster())
        self.roster = Roster(engine)  # type: ignore[assignment]  # the real thing
        self.used_assertions = StoredAssertions(engine)  # type: ignore[assignment]  # the real thing


async def test_with_a_real_database_replay_is_refused_across_gateways(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        await put_roster(connection, [Post(Agency.DSS, ACTOR, ROLE)])
    token, here, there = assertion(), Client(RealWorld(engine)), Client(RealWorld(engine))
    assert (await here.ask(token)).status_code == 200
    assert (await there.ask(token)).status_code == 401
    assert (await there.ask(assertion())).status_code == 200


async def test_with_a_real_database_an_actor_who_left_gets_no_token(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        await put_roster(connection, [Post(Agency.DSS, ACTOR, ROLE, active=False)])
    assert (await Client(RealWorld(engine)).ask(assertion())).status_code == 401


async def test_without_the_database_no_token_is_issued() -> None:
    gone = make_engine("postgresql://nobody@127.0.0.1:1/nowhere")
    answer = await Client(RealWorld(gone)).ask(assertion())
    assert (answer.status_code, "access_token" in answer.text) == (503, False)
    await gone.dispose()
