"""Signed notes and checkpoints: what we sign, and what an outsider refuses."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.checkpoint import Signer
from audit.merkle import EMPTY_ROOT
from audit.verify.faults import Fault, Refused
from audit.verify.note import VerifierKey, checkpoint
from tests.audit.oracle import OTHER_KEY, OTHER_LOG, SIGNER

ROOT = bytes(range(32))
NOTE = SIGNER.checkpoint(7, ROOT)
KEY = VerifierKey.parse(SIGNER.vkey)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group Ed25519 signs in: s and s + ORDER are the same number there."""

# The worked example of the C2SP signed-note specification.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_TEXT = "This is an example message.\n"
EXAMPLE_SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="


def fault_of(note: str, key: VerifierKey = KEY) -> Fault | None:
    try:
        checkpoint(note, key)
    except Refused as refused:
        return refused.fault
    return None


def resigned(body: str, signer: Signer = SIGNER, name: str | None = None) -> str:
    """A note over any body at all, signed as our signer signs."""
    signature = base64.b64encode(signer.key_id + signer.key.sign(body.encode())).decode()
    return f"{body}\n— {name or signer.origin} {signature}\n"


def test_the_specifications_example_key_is_read() -> None:
    key = VerifierKey.parse(EXAMPLE_KEY)
    signature = base64.b64decode(EXAMPLE_SIGNATURE)
    assert (key.name, key.key_id.hex()) == ("example.com/foo", "530d903a")
    assert signature[:4] == key.key_id
    Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], EXAMPLE_TEXT.encode())


def test_the_specifications_example_note_is_signed_but_is_no_checkpoint() -> None:
    key = VerifierKey.parse(EXAMPLE_KEY)
    line = f"— example.com/foo {EXAMPLE_SIGNATURE}\n"
    assert fault_of(f"{EXAMPLE_TEXT}\n{line}", key) is Fault.MALFORMED
    assert fault_of(f"{EXAMPLE_TEXT.replace('an', 'no')}\n{line}", key) is Fault.SIGNATURE


def test_a_signed_checkpoint_is_read_back() -> None:
    signed = checkpoint(NOTE, KEY)
    assert (signed.origin, signed.size, signed.root) == ("log.example/test", 7, ROOT)
    assert checkpoint(SIGNER.checkpoint(0, EMPTY_ROOT), KEY).size == 0


def test_cosignatures_of_strangers_and_extension_lines_do_not_disturb() -> None:
    cosigned = NOTE + f"— witness.example {base64.b64encode(bytes(76)).decode()}\n"
    assert checkpoint(cosigned, KEY).size == 7
    extended = resigned(f"log.example/test\n7\n{base64.b64encode(ROOT).decode()}\nmore\n")
    assert checkpoint(extended, KEY).size == 7


@pytest.mark.parametrize(("signer", "fault"), [(OTHER_KEY, Fault.SIGNATURE), (OTHER_LOG, Fault.SIGNATURE)])
def test_another_key_or_another_logs_name_is_refused(signer: Signer, fault: Fault) -> None:
    assert fault_of(signer.checkpoint(7, ROOT)) is fault


def test_another_origin_above_our_own_signature_is_refused() -> None:
    body = NOTE.partition("\n\n")[0].replace("/test", "/rest") + "\n"
    assert fault_of(resigned(body)) is Fault.MALFORMED


def test_one_bad_signature_by_our_key_condemns_the_note() -> None:
    bad = base64.b64encode(SIGNER.key_id + bytes(64)).decode()
    assert fault_of(NOTE + f"— {SIGNER.origin} {bad}\n") is Fault.SIGNATURE


def test_a_signature_of_another_form_of_the_same_number_is_refused() -> None:
    blob = base64.b64decode(NOTE.split()[-1])
    malleated = int.from_bytes(blob[36:], "little") + ORDER
    forged = base64.b64encode(blob[:36] + malleated.to_bytes(32, "little")).decode()
    assert fault_of(NOTE.replace(NOTE.split()[-1], forged)) is Fault.SIGNATURE


def test_base64_that_is_not_canonical_is_refused() -> None:
    signature = NOTE.split()[-1]  # 68 bytes: one padding sign, two idle bits before it
    sibling = chr(ord(signature[-2]) + 1)
    assert base64.b64decode(signature[:-2] + sibling + "=") == base64.b64decode(signature)
    for other in (signature[:-2] + sibling + "=", signature.rstrip("="), signature + "=", signature[:-1]):
        assert fault_of(NOTE.replace(signature, other)) is Fault.MALFORMED


@pytest.mark.parametrize("size", ["07", "+7", "-7", "\uff17", "7 ", "", "7.0", "1_0", "0x7", "9" * 20])
def test_a_size_that_is_not_a_plain_decimal_is_refused(size: str) -> None:
    root = base64.b64encode(ROOT).decode()
    assert fault_of(resigned(f"log.example/test\n{size}\n{root}\n")) is Fault.MALFORMED


@pytest.mark.parametrize("root", ["", "AAAA", base64.b64encode(bytes(33)).decode(), "AA_-" * 11])
def test_a_root_that_is_not_32_bytes_is_refused(root: str) -> None:
    assert fault_of(resigned(f"log.example/test\n7\n{root}\n")) is Fault.MALFORMED


@pytest.mark.parametrize(
    "note",
    ["", "\n", "\n\n", NOTE[:-1], NOTE.replace("\n", "\r\n"), NOTE.replace("\n\n", "\n"), NOTE + "\n", NOTE + " \n"]
    + [NOTE.replace("— ", dash) for dash in ("- ", "—", "\u2014\u00a0", "\u2013 ")]
    + [NOTE.partition("— ")[0], NOTE.replace("\n7\n", "\n7\n\n"), NOTE + "\x00\n"],
)
def test_what_is_not_a_note_is_refused(note: str) -> None:
    assert fault_of(note) in {Fault.MALFORMED, Fault.SIGNATURE}


@pytest.mark.parametrize("end", range(len(NOTE)))
def test_a_note_cut_short_is_refused(end: int) -> None:
    assert fault_of(NOTE[:end]) in {Fault.MALFORMED, Fault.SIGNATURE}


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x01b"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        Signer(origin, Ed25519PrivateKey.generate())


CHANGES = (("^log", "fog"), (r"\+\w{8}\+", "+00000000+"), (r"\+A", "+B"), ("$", " "), ("=*$", "A"))


@pytest.mark.parametrize(("part", "other"), CHANGES)
def test_a_verifier_key_that_is_not_its_own_is_refused(part: str, other: str) -> None:
    with pytest.raises(Refused):
        VerifierKey.parse(re.sub(part, other, SIGNER.vkey, count=1))


def test_a_verifier_key_may_stand_in_a_file_of_one_line() -> None:
    assert VerifierKey.parse(SIGNER.vkey + "\n") == KEY
