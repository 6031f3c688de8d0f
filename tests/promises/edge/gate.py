"""The whole application on a real PostgreSQL, with custodians that say what a test tells them to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import text

from audit.checkpoint import Receipt
from audit.entry import Entry
from audit.refusals import LedgerDown
from policies.tables import catalog
from policies.vocabulary import Agency, Role
from service import keys
from service.api.house import House
from service.db.session import transaction
from service.identity.assertion import ASSERTION_TYPE, client_assertion
from service.identity.staff import Assignment, Post
from service.identity.staffing import put_caseload, put_roster
from service.main import create_app
from service.sandbox.partners import client_id, key_of, register
from service.settings import Mode, Settings
from service.subjects.intake import take_in
from tests.service.gateway.world import FakeSources
from tests.service.subjects.people_alike import feed, somebody

JSON = dict[str, Any]  # documents of the contract's shapes
SCOPES = "query summary consent.read consent.write"
TODAY = datetime.now(UTC).date()

ZEPHYRINE = somebody(given="Zephyrine", family="Quillfeather", street="9 Marmalade Ct", phone="919-555-0177")
TWIN = replace(ZEPHYRINE, family="Mirrored", birth_date=date(1991, 2, 3), street="12 Mirror Ct", phone="")
CHILDHOOD = TODAY - timedelta(days=5000)
PEOPLE = (
    replace(ZEPHYRINE, custodian=Agency.EMS, local_id="E-1"),
    replace(ZEPHYRINE, custodian=Agency.LINCOLN, local_id="L-1"),
    somebody(custodian=Agency.EMS, local_id="E-2", given="Barnaby", family="Thistlewood", street="", phone=""),
    replace(
        ZEPHYRINE, custodian=Agency.EMS, local_id="E-minor", given="Clementine", birth_date=TODAY - timedelta(5000)
    ),
    replace(TWIN, custodian=Agency.EMS, local_id="E-twin-1", given="Ottilie", ssn4="0100"),
    replace(TWIN, custodian=Agency.EMS, local_id="E-twin-2", given="Rosamund", ssn4="0101"),
)
"""Somebody two custodians know; one nobody at HEART works with; a minor; two of one birthday in one household."""

STAFF = (
    Post(Agency.HEART, "heart-1", Role.HEART_NAVIGATOR),
    Post(Agency.LINCOLN, "lincoln-1", Role.LINCOLN_CLINICIAN),
    Post(Agency.DSS, "officer-1", Role.PRIVACY_OFFICER),
)


class BrokenLedger:
    """A log that takes nothing."""

    async def append(self, entry: Entry, guard: object = None) -> Receipt:
        raise LedgerDown


@dataclass
class Gate:
    """A running gateway, and the ways to ask it."""

    app: FastAPI
    http: httpx.AsyncClient
    partners: Path
    sources: FakeSources
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def house(self) -> House:
        """What the application is built of; replace it in `app.state.gateway`."""
        return cast("House", self.app.state.gateway)

    async def token(self, agency: Agency, actor: str, role: Role, scope: str = SCOPES) -> httpx.Response:
        """The token endpoint's answer."""
        at = self.house.clock()
        url = self.house.tokens.token_url
        assertion = client_assertion(client_id(agency), key_of(self.partners, agency), url, actor, role, at)
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "scope": scope}
        return await self.http.post("/oauth2/token", data=form | {"client_assertion": assertion})

    async def headers(self, who: Post = STAFF[0], scope: str = SCOPES) -> dict[str, str]:
        """What proves who asks. A token is asked for once."""
        known = f"{who.actor} {scope}"
        if known not in self.tokens:
            answer = await self.token(who.agency, who.actor, who.role, scope)
            self.tokens[known] = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self.tokens[known]}"}

    async def post(self, path: str, body: object, who: Post = STAFF[0]) -> httpx.Response:
        """POST a JSON body."""
        return await self.http.post(path, json=body, headers=await self.headers(who))

    async def ask(self, subject: JSON | None = None, **changes: object) -> httpx.Response:
        """HEART's navigator asks EMS and Lincoln about somebody."""
        return await self.post("/v1/queries", question(subject or by_id("E-1")) | changes)

    async def agreed(self, **changes: object) -> str:
        """The person known as E-1 agrees; the consent's id."""
        answer = await self.post("/v1/consents", agreement(**changes))
        return str(answer.json()["id"])

    async def size(self) -> int:
        """How many entries the log has."""
        return int((await self.house.trail.checkpoint()).split("\n")[1])

    async def since(self, size: int) -> list[JSON]:
        """The entries logged since the log had this size."""
        return [orjson.loads(logged.entry) for logged in await self.house.trail.entries(size, 1000)]


def by_id(value: str, custodian: str = "EMS") -> JSON:
    """Somebody as a custodian names them."""
    return {"identifier": {"custodian": custodian, "value": value}}


def question(subject: JSON) -> JSON:
    """The body of a query."""
    return {"subject": subject, "purpose": "COC", "categories": ["ems.summary", "clinical.summary"]}


def agreement(**changes: object) -> JSON:
    """The body of a consent: EMS and Lincoln may tell HEART."""
    return {
        "subject": by_id("E-1"),
        "policy": "https://example.org/consent/1",
        "signed_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        "start": (TODAY - timedelta(days=2)).isoformat(),
        "end": (TODAY + timedelta(days=200)).isoformat(),
        "custodians": ["EMS", "LINCOLN"],
        "recipients": ["HEART"],
        "purposes": ["COC"],
        "categories": ["ems.summary", "clinical.summary"],
        "document_sha256": "d" * 64,
    } | changes


@asynccontextmanager
async def standing(database_url: str, directory: Path) -> AsyncIterator[Gate]:
    """The gateway of a database, with its people and staff, until the block ends."""
    keys.create(directory / "keys")
    settings = Settings(
        mode=Mode.DEVELOPMENT,
        database_url=database_url,
        keys=directory / "keys",
        partners=register(directory / "partners", TODAY),
        issuer="http://gateway.example",
        refusal_floor_ms=0,
    )
    app, sources = create_app(settings), offering(FakeSources([]))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as http,
    ):
        gate = Gate(app, http, directory / "partners", sources)
        app.state.gateway = replace(
            gate.house, sources=cast("Any", sources), gateway=replace(gate.house.gateway, sources=sources)
        )
        await _peopled(gate.house)
        yield gate


def offering(sources: FakeSources) -> FakeSources:
    """EMS and Lincoln offer everything in the catalog."""
    offers: Mapping[Agency, Any] = dict.fromkeys((Agency.EMS, Agency.LINCOLN), catalog())
    sources.offers = offers
    return sources


async def _peopled(house: House) -> None:
    await take_in(house.engine, feed(*PEOPLE))
    refs = await _refs(house, ["E-1", "E-minor"])
    agencies: Sequence[Agency] = (Agency.HEART, Agency.LINCOLN)
    async with transaction(house.engine) as connection:
        await put_roster(connection, STAFF)
        await put_caseload(connection, (Assignment(agency, "*", ref, TODAY) for agency in agencies for ref in refs))


async def _refs(house: House, ids: Sequence[str]) -> list[str]:
    """Our own references of people EMS knows by these."""
    async with transaction(house.engine) as connection:
        rows = await connection.execute(text("SELECT ref FROM link WHERE local_id = ANY(:ids)"), {"ids": list(ids)})
        return [str(row[0]) for row in rows]
