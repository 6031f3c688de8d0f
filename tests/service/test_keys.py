"""The gateway's own secrets: made once for development, refused by production, never printed."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service import keys
from service.identity.keys import BadKeySet
from service.identity.signing import create_signing_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.create(tmp_path / "keys")
    return tmp_path / "keys"


def test_made_keys_are_read_back_and_readable_by_their_owner_alone(folder: Path) -> None:
    made = keys.read(folder, production=False)
    assert len(made.pseudonyms) == 32
    assert folder.stat().st_mode & 0o077 == 0
    assert [file.name for file in folder.iterdir() if file.stat().st_mode & 0o077] == []


def test_making_keys_again_keeps_those_that_stand(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    keys.create(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_production_refuses_development_keys(folder: Path) -> None:
    with pytest.raises(keys.KeysUnusable, match="production brings its own"):
        keys.read(folder, production=True)


def test_production_refuses_a_development_token_key_even_without_the_mark(folder: Path) -> None:
    (folder / keys.DEVELOPMENT).unlink()
    with pytest.raises((keys.KeysUnusable, BadKeySet, ValueError)):
        keys.read(folder, production=True)


@pytest.mark.parametrize("name", [keys.LOG, keys.PSEUDONYMS])
@pytest.mark.parametrize("content", [None, b"", b"not a key", b"00ff"], ids=["gone", "empty", "odd", "short"])
def test_a_key_that_cannot_be_used_is_named_and_not_quoted(folder: Path, name: str, content: bytes | None) -> None:
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
    with pytest.raises(keys.KeysUnusable, match=name.replace(".", r"\.")) as refused:
        keys.read(folder, production=False)
    assert not content or content.decode() not in str(refused.value)


def test_a_log_key_of_another_kind_is_refused(folder: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / keys.LOG).write_bytes(other)
    with pytest.raises(keys.KeysUnusable, match="not an Ed25519 key"):
        keys.read(folder, production=False)


def test_a_previous_token_key_is_believed_while_keys_rotate(folder: Path) -> None:
    (folder / keys.TOKENS).rename(folder / keys.PREVIOUS)
    create_signing_key(folder / keys.TOKENS)
    published = keys.read(folder, production=False).tokens.document()["keys"]
    assert isinstance(published, list)
    assert len(published) == 2


def test_no_key_is_shown(folder: Path) -> None:
    made = keys.read(folder, production=False)
    assert made.pseudonyms.hex() not in repr(made)
    assert "pseudonyms" not in repr(made)
