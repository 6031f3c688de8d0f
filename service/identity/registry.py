"""Read the partner registry file. One mistake, one clear message, no start.

    {"partners": [{"client_id": "dss-ncfast", "agency": "DSS",
                   "jwks": {"url": "https://dss.example/jwks.json"},
                   "roles": ["dss_caseworker"], "purposes": ["COC"], "scopes": ["query"],
                   "agreement": {"id": "DSS-2026", "ends": "2027-06-30"}}]}

`jwks` is one of `url`, `file` (a path beside the registry) and `inline` (a JWKS).
"""

import ssl
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from policies.vocabulary import Agency, Purpose, Role
from service.identity.json_object import NotAnObject, json_object
from service.identity.jwks_fetch import BadKeyAddress, check_url, fetch
from service.identity.keyring import InlineKeys, Keyring, ReadKeys, file_keys
from service.identity.keys import BadKeySet, key_set, read_key_set
from service.identity.partners import Agreement, Partner, Partners, Scope

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:/-]{0,127}$")]


class BadRegistry(ValueError):
    """The registry must not be used. The message names the place and the mistake."""


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """How keys behind URLs are fetched. Private addresses are for development; `trust` replaces the public CAs."""

    private_addresses: bool = False
    trust: ssl.SSLContext | None = None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Keys(_Strict):
    inline: dict[str, JsonValue] | None = None
    file: str | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(source is not None for source in (self.inline, self.file, self.url)) != 1:
            raise ValueError("give exactly one of inline, file and url")
        return self


class _Agreement(_Strict):
    id: Name
    ends: date


class _Partner(_Strict):
    client_id: Name
    agency: Agency
    jwks: _Keys
    roles: Annotated[list[Role], Field(min_length=1)]
    purposes: Annotated[list[Purpose], Field(min_length=1)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    agreement: _Agreement


class _Registry(_Strict):
    partners: list[_Partner]

    @model_validator(mode="after")
    def _every_id_once(self) -> Self:
        ids = [partner.client_id for partner in self.partners]
        if len(ids) != len(set(ids)):
            raise ValueError("one client_id names two partners")
        return self


def read_partners(path: Path, policy: KeyPolicy | None = None) -> Partners:
    """The registry at `path`; raises BadRegistry. Inline and file keys are checked now, URLs when first needed."""
    try:
        raw = path.read_bytes()
        json_object(raw)
        listed = _Registry.model_validate_json(raw).partners
    except ValidationError as error:
        flaws = "; ".join(f"{'.'.join(map(str, flaw['loc'])) or 'file'}: {flaw['msg']}" for flaw in error.errors())
        raise BadRegistry(f"{path.name}: {flaws}") from None
    except (OSError, NotAnObject) as error:
        raise BadRegistry(f"{path.name}: {error}") from None
    return Partners(_partner(given, path.parent, policy or KeyPolicy()) for given in listed)


def _partner(given: _Partner, folder: Path, policy: KeyPolicy) -> Partner:
    try:
        keys = _keyring(given.jwks, folder, policy)
    except (BadKeySet, BadKeyAddress, OSError) as error:
        raise BadRegistry(f"partner {given.client_id}: jwks: {error}") from None
    return Partner(
        client_id=given.client_id,
        agency=given.agency,
        roles=frozenset(given.roles),
        purposes=frozenset(given.purposes),
        scopes=frozenset(given.scopes),
        agreement=Agreement(given.agreement.id, given.agreement.ends),
        keys=keys,
        jwks_url=given.jwks.url,
    )


def _keyring(given: _Keys, folder: Path, policy: KeyPolicy) -> Keyring:
    if given.inline is not None:
        return InlineKeys(key_set(given.inline))
    if given.file is not None:
        read_key_set((folder / given.file).read_bytes())
        return file_keys(folder / given.file)
    url = str(given.url)
    check_url(url, private_addresses=policy.private_addresses)
    return ReadKeys(partial(fetch, url, private_addresses=policy.private_addresses, trust=policy.trust))
