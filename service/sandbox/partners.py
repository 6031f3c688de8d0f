"""Development partners: one registered system per agency, its key on disk, the registry the gateway reads."""

import json
from datetime import date, timedelta
from pathlib import Path

from joserfc.jwk import ECKey, RSAKey

from policies import tables
from policies.vocabulary import Agency, Role
from service.identity.assertion import PartnerKey, new_key, public_jwks
from service.identity.partners import Scope

ALGORITHMS = {Agency.DSS: "RS384"}
"""DSS signs with RSA to show both; the others with ES384 (SMART Backend Services asks for either)."""


def register(directory: Path, today: date) -> Path:
    """Make a partner per agency under `directory` unless they stand; the path of the registry file."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    registry = directory / "partners.json"
    if not registry.exists():
        ends = (today + timedelta(days=365)).isoformat()
        agencies = sorted({Agency(role["agency"]) for role in tables.read()["roles"].values()})
        registry.write_text(json.dumps({"partners": [_partner(directory, a, ends) for a in agencies]}, indent=1) + "\n")
    return registry


def key_of(directory: Path, agency: Agency) -> PartnerKey:
    """The private key that `register` made for an agency's system."""
    members = json.loads((directory / f"{client_id(agency)}.key.json").read_text())
    return RSAKey.import_key(members) if members["kty"] == "RSA" else ECKey.import_key(members)


def client_id(agency: Agency) -> str:
    """How an agency's system is registered."""
    return f"{agency.lower()}-system"


def _partner(directory: Path, agency: Agency, ends: str) -> dict[str, object]:
    key = new_key(ALGORITHMS.get(agency, "ES384"))
    path = directory / f"{client_id(agency)}.key.json"
    path.touch(0o600)
    path.write_text(json.dumps(key.as_dict(private=True)))
    roles = {role: table for role, table in tables.read()["roles"].items() if table["agency"] == agency}
    purposes = sorted({purpose for role in roles.values() for purpose in role["purposes"]})
    return {
        "client_id": client_id(agency),
        "agency": agency,
        "jwks": {"inline": public_jwks([key])},
        "roles": [*roles, Role.PRIVACY_OFFICER],
        "purposes": purposes,
        "scopes": [scope.value for scope in Scope],
        "agreement": {"id": f"{agency}-SANDBOX", "ends": ends},
    }
