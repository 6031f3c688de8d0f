"""A sandbox under measurement: people known to all four agencies, consented and on caseloads, and tokens."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.load import request
from consent import store
from consent.model import Consent, Status
from policies.vocabulary import Agency, Category, Purpose, Role
from service.db.engine import engine as database
from service.db.session import transaction
from service.identity.staff import Assignment
from service.identity.staffing import put_caseload
from service.sandbox.client import PartnerClient
from service.sandbox.processes import agency_systems
from service.sandbox.setup import (
    Plan,
    free_port,
    index_people,
    settings,
    staff_agencies,
    start_database,
    start_gateway,
    write_county,
)
from service.settings import Settings

KNOWN_TO_ALL = text("""
    SELECT ref, max(local_id) FILTER (WHERE custodian = 'EMS') FROM link
    GROUP BY ref HAVING count(DISTINCT custodian) = 4 AND max(birth_date) < current_date - interval '19 years'
    ORDER BY ref
""")
CATEGORIES = (Category.EMS_SUMMARY, Category.BENEFITS_SUMMARY, Category.CLINICAL_SUMMARY, Category.BH_SUMMARY)
CUSTODIANS = (Agency.DSS, Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS)


@dataclass(frozen=True, slots=True)
class World:
    """A running sandbox and the requests to put to it."""

    configured: Settings
    port: int
    requests: Sequence[bytes]
    people: Sequence[tuple[str, str]]


async def prepare(plan: Plan, stack: ExitStack, workers: int) -> World:
    """Set the sandbox up; every measured person is consented to HEART and on the caseload of every navigator."""
    plan.directory.mkdir(parents=True, exist_ok=True)
    write_county(plan, lambda _: None)
    database_url = start_database(plan, stack)
    sources = agency_systems(plan.county, plan.directory, stack)
    configured = settings(plan, database_url, sources, free_port())
    await index_people(configured, lambda _: None)
    await staff_agencies(plan, configured)
    people, actors = await _consented(configured)
    start_gateway(configured, plan, stack, workers)
    requests = await _requests(configured, plan, people, actors)
    return World(configured, int(configured.issuer.rsplit(":", 1)[1]), requests, people)


async def _consented(configured: Settings) -> tuple[list[tuple[str, str]], list[str]]:
    engine = database(configured.database_url)
    try:
        async with transaction(engine) as connection:
            people = [(str(ref), str(ems)) for ref, ems in await connection.execute(KNOWN_TO_ALL)]
            await store.known(connection, [ref for ref, _ in people])
            for ref, _ in people:
                await _consent(connection, ref)
            roster = await connection.execute(
                text("SELECT actor FROM roster WHERE agency = 'HEART' AND role = 'heart_navigator' AND active")
            )
            actors = [str(row[0]) for row in roster]
            since = datetime.now(UTC).date() - timedelta(days=30)
            await put_caseload(connection, [Assignment(Agency.HEART, "*", ref, since) for ref, _ in people])
    finally:
        await engine.dispose()
    return people, actors


async def _consent(connection: AsyncConnection, ref: str) -> None:
    held = await store.on_file(connection, [ref])
    if held[ref].consents:
        return
    now = datetime.now(UTC)
    given = Consent(
        id=f"c-bench-{ref}",
        version=1,
        subject=ref,
        status=Status.ACTIVE,
        policy="https://porchlight.example/consent/bench/1",
        organization=Agency.HEART,
        signed_at=now - timedelta(days=1),
        start=now.date() - timedelta(days=1),
        end=now.date() + timedelta(days=200),
        custodians=frozenset(CUSTODIANS),
        recipients=frozenset({Agency.HEART}),
        purposes=frozenset({Purpose.COC}),
        categories=frozenset(CATEGORIES),
        initialled=frozenset(CATEGORIES),
        document_sha256="0" * 64,
    )
    await store.append(connection, given, now)


async def _requests(
    configured: Settings, plan: Plan, people: Sequence[tuple[str, str]], actors: Sequence[str]
) -> list[bytes]:
    """One request per person, the tokens of eight navigators in turn, so that nothing is unrealistically hot."""
    async with aiohttp.ClientSession() as http:
        tokens = []
        for actor in actors[:8]:
            client = PartnerClient(
                http, configured.issuer, plan.partners, agency=Agency.HEART, actor=actor, role=Role.HEART_NAVIGATOR
            )
            await client.authorise("query")
            tokens.append(client.token)
    bodies = [json.dumps(question(ems)).encode() for _, ems in people]
    return [request("/v1/queries", body, tokens[n % len(tokens)]) for n, body in enumerate(bodies)]


def question(ems: str) -> dict[str, object]:
    """The four-custodian question about one person."""
    subject = {"identifier": {"custodian": "EMS", "value": ems}}
    return {"subject": subject, "purpose": "COC", "categories": list(CATEGORIES)}
