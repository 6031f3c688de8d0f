"""Nothing but a sound token, by the right key, for us, now, is believed."""

import base64
import hmac
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.identity.assertion import new_key
from service.identity.faults import InvalidToken, TokenFault
from service.identity.keys import ALGORITHMS, key_set
from service.identity.verify import LEEWAY, verify, verify_signature
from tests.service.identity.partner_world import (
    AT,
    CLIENT,
    TOKEN_URL,
    assertion,
    b64,
    claims,
    jwks,
    key,
    keys,
    raw_token,
    signed,
)

NOW = int(AT.timestamp())
PAYLOAD = json.dumps(claims()).encode()


def believed(token: str, at: datetime = AT, algorithms: Collection[str] = ALGORITHMS) -> bool:
    try:
        verify(
            token,
            keys("ES384", "RS384", "ES256", "RS256"),
            algorithms=algorithms,
            audience=TOKEN_URL,
            issuer=CLIENT,
            at=at,
            max_age=timedelta(minutes=5),
        )
    except InvalidToken:
        return False
    return True


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_sound_token_is_believed(algorithm: str) -> None:
    assert believed(assertion(algorithm))
    assert verify_signature(assertion(algorithm), jwks(algorithm))
    assert verify_signature(assertion(algorithm), dict(key(algorithm).as_dict(private=False)))


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_an_algorithm_not_asked_for_is_refused(algorithm: str) -> None:
    assert not believed(assertion(algorithm), algorithms=ALGORITHMS - {algorithm})


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_token_with_any_one_character_changed_is_believed(data: st.DataObject) -> None:
    token = signed()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != token[place]))
    assert not believed(token[:place] + other + token[place + 1 :])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_token_with_anything_put_in_is_believed(data: st.DataObject) -> None:
    token = signed()
    place = data.draw(st.integers(0, len(token)))
    added = data.draw(st.sampled_from(["=", "==", " ", "\n", "\r\n", "\t", ".", "A", "AAAA", "\0", "%3D", "-", "_"]))
    assert not believed(token[:place] + added + token[place:])


@pytest.mark.parametrize("claimed", ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "PS384", "ES512", "es384"])
def test_another_algorithm_in_the_header_is_refused(claimed: str) -> None:
    token = raw_token({"alg": claimed, "kid": "k-ES384", "typ": "JWT"}, PAYLOAD, key())
    assert not believed(token)
    assert not believed(token[: token.rindex(".") + 1])


def test_one_kind_of_key_cannot_answer_for_another() -> None:
    assert not believed(raw_token({"alg": "RS384", "kid": "k-ES384", "typ": "JWT"}, PAYLOAD, key()))
    assert not believed(raw_token({"alg": "RS256", "kid": "k-RS384", "typ": "JWT"}, PAYLOAD, key("RS384"), "RS256"))
    assert not believed(raw_token({"alg": "ES384", "kid": "k-ES256", "typ": "JWT"}, PAYLOAD, key()))


@pytest.mark.parametrize("form", ["PEM", "DER"])
@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
@pytest.mark.parametrize("bits", ["256", "384"])
def test_a_mac_keyed_with_the_public_key_is_refused(form: str, algorithm: str, bits: str) -> None:
    public = key(algorithm).as_pem(private=False) if form == "PEM" else key(algorithm).as_der(private=False)
    head = json.dumps({"alg": f"HS{bits}", "kid": f"k-{algorithm}", "typ": "JWT"}).encode()
    signing_input = f"{b64(head)}.{b64(PAYLOAD)}"
    forged = f"{signing_input}.{b64(hmac.digest(public, signing_input.encode(), f'sha{bits}'))}"
    assert not believed(forged)
    assert not holds(forged, dict(key(algorithm).as_dict(private=False)))


def holds(token: str, jwk: Mapping[str, object]) -> bool:
    try:
        verify_signature(token, jwk)
    except InvalidToken:
        return False
    return True


@pytest.mark.parametrize("header", [{}, {"kid": ""}, {"kid": "k-ES256"}, {"kid": "unknown"}, {"kid": ["k-ES384"]}])
def test_a_token_that_does_not_name_its_key_is_refused(header: dict[str, object]) -> None:
    assert not believed(raw_token({"alg": "ES384", "typ": "JWT"} | header, PAYLOAD, key()))


def test_a_stranger_using_a_known_key_name_is_refused() -> None:
    stranger = new_key("ES384", kid="k-ES384")
    assert not believed(raw_token({"alg": "ES384", "kid": "k-ES384", "typ": "JWT"}, PAYLOAD, stranger))


@pytest.mark.parametrize("flaw", [{"use": "enc"}, {"key_ops": ["sign"]}, {"alg": "RS384"}, {"kid": "other"}])
def test_a_good_signature_under_a_key_meant_for_something_else_is_refused(flaw: dict[str, object]) -> None:
    sound = dict(key().as_dict(private=False))
    assert holds(assertion(), sound)
    assert not holds(assertion(), sound | flaw)


def test_a_key_registered_for_one_algorithm_does_not_serve_its_sibling() -> None:
    sibling = dict(key("RS256").as_dict(private=False)) | {"alg": "RS384"}
    assert not holds(assertion("RS256"), sibling)


def test_a_key_set_with_two_keys_of_one_name_verifies_nothing() -> None:
    twice = {"keys": [key().as_dict(private=False), new_key("ES384", kid="k-ES384").as_dict(private=False)]}
    assert not holds(assertion(), twice)


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": True},
        {"b64": False, "crit": ["b64"]},
        {"jwk": dict(new_key("ES384").as_dict(private=False))},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_changes_the_rules_is_refused(header: dict[str, object]) -> None:
    assert believed(raw_token({"alg": "ES384", "kid": "k-ES384", "typ": "JWT"}, PAYLOAD, key()))
    assert not believed(raw_token({"alg": "ES384", "kid": "k-ES384", "typ": "JWT"} | header, PAYLOAD, key()))


@pytest.mark.parametrize("kind", [..., "", "at+jwt", "JWS", "jwt;x"])
def test_another_kind_of_token_cannot_pass_for_this_one(kind: object) -> None:
    header = {"alg": "ES384", "kid": "k-ES384", "typ": kind}
    assert not believed(raw_token({name: value for name, value in header.items() if value is not ...}, PAYLOAD, key()))


def test_duplicate_claims_are_refused_although_the_signature_holds() -> None:
    doubled = PAYLOAD[:-1] + b', "aud": "https://elsewhere.test"}'
    assert not believed(raw_token({"alg": "ES384", "kid": "k-ES384", "typ": "JWT"}, doubled, key()))


def test_detached_and_json_serializations_are_refused() -> None:
    head, _, signature = signed().split(".")
    assert not believed(f"{head}..{signature}")
    assert not believed(json.dumps({"protected": head, "payload": b64(PAYLOAD), "signature": signature}))
    assert not believed(json.dumps({"payload": b64(PAYLOAD), "signatures": [{"protected": head}]}))


def test_an_ecdsa_signature_has_one_encoding() -> None:
    token = signed()
    stem, _, tail = token.rpartition(".")
    raw = base64.urlsafe_b64decode(tail)
    for other in (raw + b"\0", b"\0" + raw, raw[:-1], raw * 2, bytes(96), b"\xff" * 96, raw[48:] + raw[:48]):
        assert not believed(f"{stem}.{b64(other)}")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": ...},
        {"iss": "someone-else"},
        {"iss": [CLIENT]},
        {"aud": ...},
        {"aud": [TOKEN_URL]},
        {"aud": TOKEN_URL + "/"},
        {"aud": TOKEN_URL.upper()},
        {"aud": "https://elsewhere.test/oauth2/token"},
        {"exp": ...},
        {"nbf": ...},
        {"iat": ...},
        {"exp": str(NOW + 300)},
        {"exp": True},
        {"nbf": True},
        {"exp": None},
        {"exp": [NOW + 300]},
        {"exp": -1},
        {"exp": 10**20},
        {"iat": 10**400, "exp": 10**400 + 1},
        {"exp": NOW + 301},
        {"iat": NOW - 301, "exp": NOW},
        {"iat": NOW + 6, "nbf": NOW, "exp": NOW + 60},
        {"nbf": NOW + 6, "exp": NOW + 60},
        {"exp": NOW - 5, "iat": NOW - 60, "nbf": NOW - 60},
        {"iat": NOW + 5, "exp": NOW + 5},
        {"nbf": NOW + 5, "iat": NOW, "exp": NOW + 5},
    ],
)
def test_a_signed_token_with_a_wrong_or_missing_claim_is_refused(change: dict[str, object]) -> None:
    assert not believed(signed(**change))


@pytest.mark.parametrize("change", [{"exp": NOW + 60.5}, {"iat": NOW + 5}, {"nbf": NOW - 100}, {"extra": {"a": []}}])
def test_a_signed_token_within_the_rules_is_believed(change: dict[str, object]) -> None:
    assert believed(signed(**change))


def test_a_token_lives_to_its_end_and_five_seconds_for_clocks_that_differ() -> None:
    end = AT + timedelta(minutes=5)
    assert believed(signed(), at=end + LEEWAY - timedelta(seconds=1))
    assert not believed(signed(), at=end + LEEWAY)
    assert believed(signed(), at=AT - LEEWAY)
    assert not believed(signed(), at=AT - LEEWAY - timedelta(seconds=1))


def test_a_refusal_says_why_in_a_code() -> None:
    with pytest.raises(InvalidToken) as refusal:
        verify(
            signed(aud="x"),
            key_set(jwks()),
            algorithms=ALGORITHMS,
            audience=TOKEN_URL,
            issuer=CLIENT,
            at=AT,
            max_age=timedelta(minutes=5),
        )
    assert refusal.value.fault is TokenFault.AUDIENCE
