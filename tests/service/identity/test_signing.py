"""Our own keys rotate with overlap and stay out of sight."""

import json
import stat
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from service.identity.signing import BadSigningKey, SigningKeys, create_signing_key
from service.identity.verify import verify_signature


def written(path: Path, curve: str = "P-256", **members: str) -> Path:
    path.write_text(json.dumps(ECKey.generate_key(curve).as_dict(private=True) | members))
    return path


def test_what_the_previous_key_signed_is_believed_after_rotation(tmp_path: Path) -> None:
    old, new = written(tmp_path / "old.json", kid="old"), written(tmp_path / "new.json", kid="new")
    token = SigningKeys.read(old).sign({"a": 1}, "at+jwt")
    rotated = SigningKeys.read(new, old)
    assert verify_signature(token, rotated.document()) == b'{"a":1}'
    assert list(rotated.public.keys) == ["new", "old"]
    assert verify_signature(rotated.sign({}, "at+jwt"), SigningKeys.read(new).document()) == b"{}"


def test_the_published_keys_hold_nothing_private(tmp_path: Path) -> None:
    published = SigningKeys.read(written(tmp_path / "k.json", kid="a"), written(tmp_path / "p.json")).document()
    assert isinstance(published["keys"], list)
    assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}] * 2


def test_a_pem_file_serves_and_is_named_by_its_thumbprint(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    (tmp_path / "k.pem").write_bytes(key.as_pem(private=True))
    assert list(SigningKeys.read(tmp_path / "k.pem").public.keys) == [key.thumbprint()]


def test_a_created_key_is_for_its_owner_and_refused_in_production(tmp_path: Path) -> None:
    path = tmp_path / "signing.json"
    create_signing_key(path)
    first = path.read_bytes()
    create_signing_key(path)
    assert path.read_bytes() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKeys.read(path, production=False).public.keys
    with pytest.raises(BadSigningKey, match="development"):
        SigningKeys.read(path)


def test_a_key_we_cannot_sign_with_is_refused_without_quoting_it(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    public = json.dumps(ECKey.generate_key("P-256").as_dict(private=False))
    for text in ("", "not a key", "{", '{"kty":"EC"}', '{"kty":"oct","k":"c2VjcmV0"}', public):
        path.write_text(text)
        with pytest.raises(BadSigningKey) as refusal:
            SigningKeys.read(path)
        assert str(refusal.value).startswith("k.json holds no ") or str(refusal.value).startswith("k.json is not ")
    with pytest.raises(BadSigningKey):
        SigningKeys.read(written(path, "P-384"))
    with pytest.raises(BadSigningKey):
        SigningKeys.read(tmp_path / "absent.json")
