"""Tokens that open nothing: one answer whatever is wrong with them, and an entry where a partner was named."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from policies.vocabulary import Agency, Role
from service.identity.assertion import new_key, sign
from service.identity.partners import Scope
from service.identity.signing import SigningKeys, create_signing_key
from service.identity.tokens import Tokens
from tests.integration.county_house import JSON, Caller, Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRONG = ["expired", "from the future", "unsigned", "signed by another key", "altered", "an assertion", "cut", "none"]


def body(gate: Gate) -> JSON:
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": ["ems.summary"]}


def issued(gate: Gate, tokens: Tokens, shift: timedelta = timedelta()) -> str:
    partner = gate.house.partners.find("heart-system")
    assert partner
    actor, at = gate.county.cast["actors"]["heart_navigator"], gate.house.clock() + shift
    return tokens.issue(partner, actor, Role.HEART_NAVIGATOR, frozenset({Scope.QUERY}), at).token


def by_another_key(gate: Gate, file: Path) -> Tokens:
    create_signing_key(file)
    keys = SigningKeys.read(file, None, production=False)
    house = gate.house.tokens
    return Tokens(
        keys=keys, issuer=house.issuer, audience=house.audience, token_url=house.token_url, partners=gate.house.partners
    )


@pytest.fixture
def tokens(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    good = issued(gate, gate.house.tokens)
    header, claims, signature = good.split(".")
    bare = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode()).decode().rstrip("=")
    elevated = json.loads(base64.urlsafe_b64decode(claims + "=="))
    elevated["act"]["role"] = "lincoln_clinician"
    altered = base64.urlsafe_b64encode(json.dumps(elevated).encode()).decode().rstrip("=")
    other = by_another_key(gate, tmp_path_factory.mktemp("keys") / "tokens.json")
    return {
        "good": good,
        "expired": issued(gate, gate.house.tokens, -timedelta(minutes=6)),
        "from the future": issued(gate, gate.house.tokens, timedelta(minutes=10)),
        "unsigned": f"{bare}.{claims}.",
        "signed by another key": issued(gate, other),
        "altered": f"{header}.{altered}.{signature}",
        "an assertion": gate.token_form(Role.HEART_NAVIGATOR, "query", "hn-001", Agency.HEART)["client_assertion"],
        "cut": good[:-8],
        "none": "",
    }


async def test_the_token_that_the_others_are_made_of_is_good(gate: Gate, tokens: dict[str, str]) -> None:
    answer = await Caller(gate.http, tokens["good"]).post("/v1/queries", body(gate))
    assert answer.json()["type"] == "/problems/access-denied"  # it proved who asks; there is no consent


@pytest.mark.parametrize("case", WRONG)
async def test_every_wrong_token_gets_the_same_answer_and_no_entry(
    gate: Gate, tokens: dict[str, str], case: str
) -> None:
    before, stranger = await gate.size(), await gate.http.post("/v1/queries", json=body(gate))
    answer = await Caller(gate.http, tokens[case] or "x").post("/v1/queries", body(gate))
    assert answer.json() | {"instance": ""} == stranger.json() | {"instance": ""}
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert [entry["kind"] for entry in await gate.since(before)] == []


@pytest.mark.parametrize("header", ["Basic aGk6aGk=", "Bearer", "bearer\t", "Bearer a b", "Bearer " + "x" * 9000])
async def test_a_header_that_is_no_bearer_proves_nobody(gate: Gate, header: str) -> None:
    answer = await gate.http.post("/v1/queries", json=body(gate), headers={"Authorization": header})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-authenticated")


@pytest.mark.parametrize(
    ("role", "actor", "scope", "fault"),
    [
        (Role.LINCOLN_CLINICIAN, "hn-001", "query", "actor"),
        (Role.HEART_NAVIGATOR, "hn-999", "query", "actor"),
        (Role.HEART_NAVIGATOR, "hn-001", "query everything", "scope"),
        (Role.HEART_NAVIGATOR, "hn-001", "", "scope"),
    ],
    ids=["role not on the roster", "nobody of that name", "unknown scope", "no scope"],
)
async def test_a_token_is_not_issued_on_a_partners_word(
    gate: Gate, role: Role, actor: str, scope: str, fault: str
) -> None:
    before = await gate.size()
    answer = await gate.ask_token(role, scope, actor, Agency.HEART)
    assert answer.status_code in {400, 401}
    assert actor not in answer.text
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("token-refused", fault)]


async def test_an_assertion_works_once(gate: Gate) -> None:
    actor = gate.county.cast["actors"]["heart_navigator"]
    form = gate.token_form(Role.HEART_NAVIGATOR, "query", actor, Agency.HEART)
    before = await gate.size()
    first, again = [await gate.http.post("/oauth2/token", data=form) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()["error"]) == (200, 401, "invalid_client")
    kinds = [(e["kind"], e["outcome"]) for e in await gate.since(before)]
    assert kinds == [("token-issued", "issued"), ("token-refused", "replay")]


async def test_an_assertion_by_a_key_that_is_not_registered_is_refused_and_logged(gate: Gate) -> None:
    at = int(gate.house.clock().timestamp())
    claims: dict[str, object] = {"iss": "heart-system", "sub": "heart-system", "aud": gate.house.tokens.token_url}
    claims |= {"jti": "j-1", "iat": at, "exp": at + 60, "act": {"sub": "hn-001", "role": "heart_navigator"}}
    form = gate.token_form(Role.HEART_NAVIGATOR, "query", "hn-001", Agency.HEART)
    before = await gate.size()
    answer = await gate.http.post("/oauth2/token", data=form | {"client_assertion": sign(claims, new_key())})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    (entry,) = await gate.since(before)
    assert (entry["kind"], entry["agency"], entry["actor"]) == ("token-refused", "HEART", "")


async def test_a_partner_taken_out_is_out_at_once(gate: Gate, tokens: dict[str, str]) -> None:
    everybody = list(gate.house.partners)
    gate.house.partners.replace(p for p in everybody if p.client_id != "heart-system")
    try:
        answer = await Caller(gate.http, tokens["good"]).post("/v1/queries", body(gate))
    finally:
        gate.house.partners.replace(everybody)
    assert answer.status_code == 401
