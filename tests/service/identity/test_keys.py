"""Only sound keys verify anything, and a key is chosen by its name."""

import base64
import json
from math import prod
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, RSAKey

from service.identity.faults import InvalidToken, TokenFault
from service.identity.key_material import UnusableKey
from service.identity.keys import BadKeySet, key_set, public_key, read_key_set
from tests.service.identity.partner_world import b64, jwks, key


def public(algorithm: str = "ES384", **changes: object) -> dict[str, Any]:
    """A public JWK; a change to `...` leaves the member out."""
    members = dict(key(algorithm).as_dict(private=False)) | changes
    return {name: value for name, value in members.items() if value is not ...}


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "RS256", "RS384"])
def test_a_sound_key_serves_exactly_its_own_algorithm(algorithm: str) -> None:
    assert public_key(public(algorithm)).algorithms == {algorithm}


def test_without_alg_a_key_serves_what_its_numbers_allow() -> None:
    assert public_key(public("ES256", alg=...)).algorithms == {"ES256"}
    assert public_key(public("RS256", alg=...)).algorithms == {"RS256", "RS384"}


@pytest.mark.parametrize(
    "flaw",
    [
        {"use": "enc"},
        {"use": None},
        {"key_ops": ["encrypt"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"alg": "ES256"},
        {"alg": "HS384"},
        {"alg": "none"},
        {"alg": None},
        {"kty": "oct"},
        {"kty": "OKP"},
        {"kty": ...},
        {"crv": "P-256"},
        {"crv": "P-521"},
        {"crv": "secp256k1"},
        {"x": ...},
        {"x": 7},
        {"x": "AA"},
        {"x": "\u0430" * 64},
        {"y": b64(bytes(48))},
        {"d": "AA"},
        {"k": "AA"},
    ],
)
def test_a_flawed_ec_key_is_refused(flaw: dict[str, Any]) -> None:
    with pytest.raises(UnusableKey):
        public_key(public(**flaw))


def test_a_coordinate_of_another_length_is_refused_even_when_it_means_the_same() -> None:
    sound = public("ES256")
    longer = b64(b"\0" + base64.urlsafe_b64decode(sound["x"] + "="))
    with pytest.raises(UnusableKey, match="length"):
        public_key(sound | {"x": longer})


def test_a_padded_or_sloppily_encoded_coordinate_is_refused() -> None:
    sound = public("ES256")
    for spoiled in (sound["x"] + "=", sound["x"][:-1] + chr(ord(sound["x"][-1]) + 1), " " + sound["x"]):
        with pytest.raises(UnusableKey):
            public_key(sound | {"x": spoiled})


@pytest.mark.parametrize(
    "flaw",
    [
        {"n": b64(b"\xff" * 128)},
        {"n": b64(b"\xff" * 255)},
        {"n": b64(b"\xff" * 1025)},
        {"n": b64(b"\xff" * 255 + b"\xfe")},
        {"n": b64(b"\0" + b"\xff" * 256)},
        {"n": ...},
        {"e": "AQ"},
        {"e": "Aw"},
        {"e": b64(b"\x01\x00\x02")},
        {"e": b64(b"\0\x01\0\x01")},
        {"e": b64(b"\xff" * 33)},
        {"alg": "PS256"},
        {"alg": "ES256"},
    ],
)
def test_a_flawed_rsa_key_is_refused(flaw: dict[str, Any]) -> None:
    with pytest.raises(UnusableKey):
        public_key(public("RS256", **flaw))


def test_a_1024_bit_rsa_key_is_refused() -> None:
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505  # the point of this test
    numbers = private.public_key().public_numbers()
    tiny = {"kty": "RSA", "kid": "tiny", "n": b64(numbers.n.to_bytes(128)), "e": "AQAB"}
    with pytest.raises(UnusableKey):
        public_key(tiny)


def test_a_key_from_the_broken_generator_is_refused() -> None:
    primes = (2, 3, 5, 7, 11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
    marked = pow(65537, 3, prod(primes)) + (prod(primes) << 1960)
    with pytest.raises(UnusableKey, match="CVE-2017-15361"):
        public_key({"kty": "RSA", "n": b64(marked.to_bytes((marked.bit_length() + 7) // 8)), "e": "AQAB"})


def test_the_key_is_chosen_by_name_and_never_guessed() -> None:
    keys = key_set(jwks("ES384", "RS384"))
    assert keys.choose("k-RS384", "RS384").kid == "k-RS384"
    for kid in (None, "", "K-RS384", "k-RS384 "):
        with pytest.raises(InvalidToken) as refusal:
            keys.choose(kid, "RS384")
        assert refusal.value.fault is TokenFault.KEY


def test_the_algorithm_is_the_keys_and_not_the_senders() -> None:
    with pytest.raises(InvalidToken) as refusal:
        key_set(jwks("ES384", "RS384")).choose("k-RS384", "ES384")
    assert refusal.value.fault is TokenFault.ALGORITHM


@pytest.mark.parametrize("private", [key("ES384"), key("RS384"), OctKey.generate_key(256, {"kid": "o"})])
def test_a_key_set_with_a_private_key_is_refused_whole(private: ECKey | RSAKey | OctKey) -> None:
    with pytest.raises(BadKeySet, match="replace that key"):
        key_set({"keys": [public("ES256"), private.as_dict(private=True)]})


def test_a_key_set_where_one_name_means_two_keys_is_refused_whole() -> None:
    with pytest.raises(BadKeySet, match="two keys"):
        key_set({"keys": [public("ES256", kid="a"), public("ES384", kid="a", use="enc")]})


def test_keys_of_no_use_here_are_left_out() -> None:
    others = [public("RS256", use="enc", kid="e"), {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "o"}]
    unnamed = public("ES256", kid=...)
    assert set(key_set({"keys": [*others, unnamed, public("ES384")]}).keys) == {"k-ES384"}


@pytest.mark.parametrize("document", [{}, {"keys": {}}, {"keys": []}, {"keys": ["k"]}, {"keys": [public(use="enc")]}])
def test_a_key_set_with_nothing_to_verify_with_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(BadKeySet):
        key_set(document)


def test_a_key_set_is_read_strictly() -> None:
    sound = json.dumps(jwks()).encode()
    assert set(read_key_set(sound).keys) == {"k-ES384"}
    for spoiled in (sound[:-1], b'{"keys":[],' + sound[1:], sound + b" " * 65536, b"[" * 60000):
        with pytest.raises(BadKeySet):
            read_key_set(spoiled)
