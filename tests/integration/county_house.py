"""A small county with its four agency systems, and the real gateway in this process, asked as partners ask.

Nothing here is faked: requests go through the application as ASGI, tokens through `/oauth2/token`, records through
the agencies' own processes.
"""

import asyncio
import csv
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
from fastapi import FastAPI

from policies import tables
from policies.vocabulary import Agency, Role
from service.api.house import House
from service.identity.assertion import ASSERTION_TYPE, client_assertion
from service.identity.partners import Scope
from service.main import create_app
from service.sandbox import setup
from service.sandbox.partners import client_id, key_of
from service.sandbox.processes import agency_systems
from service.settings import Settings
from tests.integration.contract_watch import ContractWatch
from tests.integration.twins import add_twins

PEOPLE, SEED = 120, 7
OFFICERS = {Agency.DSS: "po-001", Agency.ALLIANCE: "po-002", Agency.LINCOLN: "po-003"}
JSON = dict[str, Any]  # documents of the contract's shapes


@dataclass(frozen=True, slots=True)
class County:
    """A county that stands: where it is written, how the gateway is set up for it, and who the story is about."""

    plan: setup.Plan
    settings: Settings
    cast: JSON = field(repr=False)

    def named_by(self, agency: Agency) -> JSON:
        """The familiar neighbor as one custodian names them."""
        return {"identifier": {"custodian": agency, "value": self.cast["ids"][agency]}}

    def described(self) -> JSON:
        """The familiar neighbor by name and birth date."""
        return {"demographics": {name: self.cast[name] for name in ("given", "family", "birth_date")}}

    def known_to_dss_alone(self, place: int = 0) -> tuple[JSON, str]:
        """One of the adults whom no other agency knows, and the DSS caseworker who works with them."""
        return list(self._known_to_dss_alone())[place]

    def _known_to_dss_alone(self) -> Iterator[tuple[JSON, str]]:
        seen = _column(self.plan.county / "truth.csv", "number", "custodian")
        alone = {number for number, custodians in seen.items() if custodians == {"DSS"}}
        ids = _column(self.plan.county / "truth.csv", "local_id", "number")
        born = _column(self.plan.county / "dss" / "Individual.csv", "IndividualID", "DOB")
        with (self.plan.county / "gateway" / "caseload.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                known, day = ids[row["local_id"]], born.get(row["local_id"], {""})
                if row["agency"] == "DSS" and known <= alone and "" < min(day) < "2000":
                    yield {"identifier": {"custodian": "DSS", "value": row["local_id"]}}, row["actor"]

    def agreement(self, **changes: object) -> JSON:
        """A consent that covers what a HEART navigator may be told by the four custodians, but for Part 2.

        Every category is initialled; `**PART2_FORM` adds what 42 CFR 2.31 asks of the document.
        """
        today = self.plan.today
        return {
            "subject": self.named_by(Agency.EMS),
            "policy": f"https://porchlight.example/consent/{uuid4().hex}",
            "signed_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
            "start": (today - timedelta(days=2)).isoformat(),
            "end": (today + timedelta(days=300)).isoformat(),
            "custodians": ["DSS", "ALLIANCE", "LINCOLN", "EMS"],
            "recipients": ["HEART"],
            "purposes": ["COC"],
            "categories": [
                "identity.core",
                "contact",
                "care_team",
                "benefits.summary",
                "ems.summary",
                "clinical.summary",
                "bh.summary",
            ],
            "initialled": changes.get("categories", ["benefits.summary"]),
            "document_sha256": "0" * 64,
        } | changes


PART2_FORM: JSON = {
    "channel": "screen",
    "statements": [
        "revocation_how",
        "reliance",
        "redisclosure_hipaa",
        "redisclosure_nonhipaa",
        "part2_tpo_redisclosure",
        "part2_refusal_consequences",
    ],
}
"""How a document was signed and what it said, for a consent to Part 2 records."""


@contextmanager
def standing_county(directory: Path, database_url: str) -> Iterator[County]:
    """Write a county, start its agencies, index its people and load its staff into a migrated database."""
    with ExitStack() as stack:
        plan = setup.Plan(directory, PEOPLE, SEED, datetime.now(UTC).date(), database_url)
        setup.write_county(plan, lambda _: None)
        sources = agency_systems(plan.county, directory, stack)
        configured = setup.settings(plan, database_url, sources, setup.free_port())
        asyncio.run(setup.index_people(configured, lambda _: None))
        asyncio.run(setup.staff_agencies(plan, configured))
        asyncio.run(add_twins(configured))
        yield County(plan, configured, json.loads((plan.county / "gateway" / "cast.json").read_text("utf-8")))


class Caller:
    """One acting person at a partner's system, holding a token."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http, self.token = http, token

    @property
    def headers(self) -> dict[str, str]:
        """What proves who asks."""
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, path: str, body: object = None) -> httpx.Response:
        """POST a JSON body."""
        return await self.http.post(path, json=body if body is not None else {}, headers=self.headers)

    async def get(self, path: str, **query: str | int) -> httpx.Response:
        """GET a document."""
        return await self.http.get(path, params=query, headers=self.headers)

    async def send(self, method: str, path: str, content: bytes, **headers: str) -> httpx.Response:
        """Send any bytes, with header names spelt in Python."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, content=content, headers=self.headers | named)


@dataclass
class Gate:
    """A running gateway, and the ways to ask it."""

    app: FastAPI
    http: httpx.AsyncClient
    county: County
    _tokens: dict[tuple[str, Role, str], str] = field(default_factory=dict, repr=False)

    @property
    def house(self) -> House:
        """What the application is built of."""
        house: House = self.app.state.gateway
        return house

    async def caller(
        self, role: Role, *scopes: Scope, actor: str | None = None, agency: Agency | None = None
    ) -> Caller:
        """A caller acting in this role: the cast's own worker, unless another is named."""
        home = agency or _agency(role)
        who = actor or (OFFICERS[home] if role is Role.PRIVACY_OFFICER else self.county.cast["actors"][role])
        wanted = " ".join(scopes or (Scope.QUERY, Scope.SUMMARY, Scope.CONSENT_READ, Scope.CONSENT_WRITE))
        key = (f"{home}/{who}", role, wanted)
        if key not in self._tokens:
            self._tokens[key] = (await self.ask_token(role, wanted, who, home)).json()["access_token"]
        return Caller(self.http, self._tokens[key])

    async def ask_token(self, role: Role, scope: str, actor: str, agency: Agency) -> httpx.Response:
        """The token endpoint's answer to a fresh assertion."""
        return await self.http.post("/oauth2/token", data=self.token_form(role, scope, actor, agency))

    def token_form(self, role: Role, scope: str, actor: str, agency: Agency) -> dict[str, str]:
        """A token request as a partner's system makes it."""
        partners, endpoint = self.county.plan.partners, self.house.tokens.token_url
        at = self.house.clock()
        assertion = client_assertion(client_id(agency), key_of(partners, agency), endpoint, actor, role, at)
        names = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        return {**names, "client_assertion": assertion, "scope": scope}

    async def officer(self) -> Caller:
        """A privacy officer of DSS."""
        return await self.caller(Role.PRIVACY_OFFICER, Scope.AUDIT_READ, agency=Agency.DSS)

    async def size(self) -> int:
        """How many entries the log has now."""
        return int((await self.house.trail.checkpoint()).split("\n")[1])

    async def since(self, size: int) -> list[JSON]:
        """The entries logged since the log had this size."""
        return [orjson.loads(logged.entry) for logged in await self.house.trail.entries(size, 1000)]


def timeless(disclosure: JSON) -> list[JSON]:
    """What was disclosed, without as of when: a live system's answer is as of the second it is given."""
    return [{name: value for name, value in item.items() if name != "as_of"} for item in disclosure.get("items", [])]


@asynccontextmanager
async def running(county: County, settings: Settings | None = None, watch: bool = True) -> AsyncIterator[Gate]:
    """The gateway of these settings, in this process and this loop."""
    app = create_app(settings or county.settings)
    hooks: Mapping[str, Any] = {"response": [ContractWatch(app)]} if watch else {}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway.example", event_hooks=dict(hooks)) as http,
    ):
        yield Gate(app, http, county)


def _column(file: Path, key: str, value: str) -> dict[str, set[str]]:
    """The values that stand beside each key of a CSV file."""
    found: dict[str, set[str]] = defaultdict(set)
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row[key]].add(row[value])
    return found


def _agency(role: Role) -> Agency:
    return Agency(tables.read()["roles"][role]["agency"])
