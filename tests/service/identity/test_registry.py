"""The registry is right, or the gateway does not start."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from policies.vocabulary import Agency
from service.identity.keyring import ReadKeys
from service.identity.partners import Agreement, Partners
from service.identity.registry import BadRegistry, KeyPolicy, read_partners
from tests.service.identity.partner_world import jwks, key, partner


def entry(**changes: object) -> dict[str, Any]:
    good: dict[str, Any] = {
        "client_id": "dss-ncfast",
        "agency": "DSS",
        "jwks": {"inline": jwks()},
        "roles": ["dss_caseworker"],
        "purposes": ["COC", "ELIGDTRM"],
        "scopes": ["query", "summary"],
        "agreement": {"id": "DSS-2026", "ends": "2027-06-30"},
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def registry(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "partners.json"
    path.write_text(json.dumps({"partners": entries}))
    return path


async def test_a_partner_is_read_with_its_keys(tmp_path: Path) -> None:
    found = read_partners(registry(tmp_path, entry())).find("dss-ncfast")
    assert found is not None
    assert (found.agency, found.agreement.ends) == (Agency.DSS, date(2027, 6, 30))
    assert "k-ES384" in (await found.keys.holding("k-ES384")).keys


async def test_keys_may_stand_in_a_file_beside_the_registry(tmp_path: Path) -> None:
    (tmp_path / "dss.json").write_text(json.dumps(jwks("RS384")))
    found = read_partners(registry(tmp_path, entry(jwks={"file": "dss.json"}))).find("dss-ncfast")
    assert found is not None
    assert "k-RS384" in (await found.keys.holding("k-RS384")).keys


def test_keys_behind_an_address_are_not_needed_at_start(tmp_path: Path) -> None:
    found = read_partners(registry(tmp_path, entry(jwks={"url": "https://dss.test/jwks.json"}))).find("dss-ncfast")
    assert found is not None
    assert isinstance(found.keys, ReadKeys)
    assert found.jwks_url == "https://dss.test/jwks.json"


def test_an_address_inside_our_network_is_for_development_only(tmp_path: Path) -> None:
    path = registry(tmp_path, entry(jwks={"url": "https://127.0.0.1:8443/jwks.json"}))
    assert read_partners(path, KeyPolicy(private_addresses=True)).find("dss-ncfast")
    with pytest.raises(BadRegistry, match="private address"):
        read_partners(path)


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": ...},
        {"client_id": ""},
        {"client_id": "a b"},
        {"client_id": 7},
        {"agency": "NSA"},
        {"agency": "dss"},
        {"roles": []},
        {"roles": ["boss"]},
        {"roles": "dss_caseworker"},
        {"purposes": ["coc"]},
        {"scopes": ["*"]},
        {"scopes": ...},
        {"agreement": ...},
        {"agreement": {"id": "a", "ends": "soon"}},
        {"agreement": {"id": "a", "ends": 1}},
        {"agreement": {"id": "a"}},
        {"jwks": {}},
        {"jwks": {"url": "https://a.test", "file": "b"}},
        {"jwks": {"url": "http://a.test"}},
        {"jwks": {"file": "absent.json"}},
        {"jwks": {"inline": {"keys": []}}},
        {"jwks": {"inline": {"keys": [key().as_dict(private=True)]}}},
        {"surprise": 1},
    ],
)
def test_a_registry_with_one_mistake_is_not_used(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(BadRegistry):
        read_partners(registry(tmp_path, entry(client_id="fine"), entry(**change)))


def test_the_message_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(BadRegistry, match=r"partners\.json: partners\.0\.agency: "):
        read_partners(registry(tmp_path, entry(agency="NSA")))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"partners":[],"partners":[]}', '{"partners":{}}', "\xff"])
def test_anything_but_a_registry_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "partners.json").write_text(text, "latin-1")
    with pytest.raises(BadRegistry):
        read_partners(tmp_path / "partners.json")


def test_one_client_id_is_one_partner(tmp_path: Path) -> None:
    with pytest.raises(BadRegistry, match="two partners"):
        read_partners(registry(tmp_path, entry(), entry(agency="EMS")))


def test_a_missing_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRegistry):
        read_partners(tmp_path / "partners.json")


@pytest.mark.parametrize(
    ("ends", "last", "over"),
    [
        (date(2026, 11, 30), "2026-12-01T04:59:59.999999+00:00", "2026-12-01T05:00:00+00:00"),
        (date(2026, 7, 4), "2026-07-05T03:59:59.999999+00:00", "2026-07-05T04:00:00+00:00"),
        (date(2026, 3, 8), "2026-03-09T03:59:59.999999+00:00", "2026-03-09T04:00:00+00:00"),  # the clocks go forward
        (date(2026, 11, 1), "2026-11-02T04:59:59.999999+00:00", "2026-11-02T05:00:00+00:00"),  # the clocks go back
    ],
)
def test_an_agreement_holds_through_its_last_day_in_durham(ends: date, last: str, over: str) -> None:
    agreement = Agreement("a", ends)
    assert agreement.active(datetime.fromisoformat(last))
    assert not agreement.active(datetime.fromisoformat(over))
    assert agreement.active(datetime(2020, 1, 1, tzinfo=UTC))


def test_a_partner_taken_out_is_out_at_once() -> None:
    partners = Partners([partner()])
    partners.replace([partner(client_id="other")])
    assert partners.find("dss-ncfast") is None
    assert [one.client_id for one in partners] == ["other"]
