"""A token has one form, and every other is refused before any key is touched."""

import json

import pytest

from service.identity.compact import LONGEST, parse
from service.identity.faults import InvalidToken
from tests.service.identity.partner_world import b64, signed

HEADER = b'{"alg":"ES384","kid":"k-ES384","typ":"JWT"}'


def spelled(header: bytes = HEADER, payload: bytes = b"{}", signature: bytes = b"s") -> str:
    return ".".join(map(b64, (header, payload, signature)))


def test_the_one_form_is_read() -> None:
    jws = parse(spelled(payload=b'{"a":1}'))
    assert (jws.algorithm, jws.key_id, jws.type, jws.claims()) == ("ES384", "k-ES384", "JWT", {"a": 1})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:0],
        lambda t: t[:0] + "..",
        lambda t: t + "=",
        lambda t: t + ".",
        lambda t: "." + t,
        lambda t: t + " ",
        lambda t: " " + t,
        lambda t: t + "\n",
        lambda t: t.replace(".", ".\r\n", 1),
        lambda t: t.replace(".", " .", 1),
        lambda t: t.replace(".", "=.", 1),
        lambda t: t[: t.rindex(".")],
        lambda t: t[: t.rindex(".") + 1],
        lambda t: t + "." + t,
        lambda t: t[:10] + "+" + t[11:],
        lambda t: t[:10] + "/" + t[11:],
        lambda t: t[:10] + "\0" + t[11:],
        lambda t: t[:10] + "\u0430" + t[11:],
        lambda t: t + "A" * LONGEST,
        lambda t: json.dumps(dict(zip(("protected", "payload", "signature"), t.split("."), strict=True))),
    ],
)
def test_any_other_spelling_is_refused(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(InvalidToken):
        parse(spoil(signed()))


def test_bits_past_the_last_byte_are_refused() -> None:
    token = spelled(signature=b"s")  # one byte is two characters, of which four bits say nothing
    assert token.endswith("cw")
    for twin in ("cx", "cy", "cz"):
        with pytest.raises(InvalidToken):
            parse(token[:-2] + twin)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b'"ES384"',
        b"{}",
        b'{"alg":""}',
        b'{"alg":null}',
        b'{"alg":["ES384"]}',
        b'{"alg":"none","alg":"ES384"}',
        b'{"alg":"ES384","typ":1}',
        b'{"alg":"ES384","kid":7}',
        b'{"alg":"ES384","crit":["exp"]}',
        b'{"alg":"ES384","crit":[]}',
        b'{"alg":"ES384","b64":false,"crit":["b64"]}',
        b'{"alg":"ES384","b64":false}',
        b'{"alg":"ES384","zip":"DEF"}',
        b'{"alg":"ES384","jwk":{"kty":"EC"}}',
        b'{"alg":"ES384","x5c":[]}',
        b'{"alg":"ES384","x5u":"https://keys.test"}',
        b'{"alg":"ES384"} {}',
        b'\xef\xbb\xbf{"alg":"ES384"}',
        b'{"alg":"ES384","x":"\xff"}',
        b'{"alg":"ES384","x":"\\ud800"}',
        b'{"alg":"ES384","x":NaN}',
        b'{"alg":"ES384","x":{"a":1,"a":2}}',
        b'{"alg":"ES384","x":' + b"[" * 2000 + b"]" * 2000 + b"}",
    ],
)
def test_a_header_with_two_meanings_or_keys_of_its_own_is_refused(header: bytes) -> None:
    with pytest.raises(InvalidToken):
        parse(spelled(header=header))


@pytest.mark.parametrize("payload", [b"", b"[]", b"1", b'{"sub":1,"sub":2}', b'{"exp":' + b"9" * 5000 + b"}"])
def test_claims_are_one_unambiguous_object(payload: bytes) -> None:
    with pytest.raises(InvalidToken):
        parse(spelled(payload=payload)).claims()


def test_a_refusal_never_quotes_the_token() -> None:
    with pytest.raises(InvalidToken) as refusal:
        parse("secret secret")
    assert "secret" not in f"{refusal.value!r} {refusal.value.__cause__!r}"
