"""`POST /v1/queries:simulate`: what would this asker be told of this person, and why. For privacy officers.

Real rules, real consents, no custodian asked, nothing released. The look itself is logged, with the person it was at.
"""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictBool

from audit.entry import Kind
from consent.facts import ends_at
from policies.decision import PolicyError
from policies.explain import explain
from policies.vocabulary import Agency, Category, Obligation, Reason, Role
from service.api.asking import asking
from service.api.contract import may_refuse
from service.api.house import House, TheHouse
from service.api.log_desk import officer_looks
from service.api.queries import asked_items
from service.api.schemas import Identifier, Instant, QueryBody, Strict
from service.gateway.decide import Decided, decide
from service.gateway.ports import Standing
from service.gateway.query import Asker, Emergency, Query, Subject
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import PolicyUnavailable

router = APIRouter(tags=["queries"])

ASKED = may_refuse(400, 401, 403, 413, 415, 503)


class SimulatedActor(Strict):
    """A hypothetical asker. What is left out is assumed in their favour, so that the law is what shows."""

    agency: Agency
    role: Role
    actor: Identifier = "hypothetical"
    relationship: StrictBool = True
    agreement: StrictBool = True


class SimulationBody(QueryBody):
    """A question by somebody else, at another time if wanted."""

    asker: SimulatedActor
    at: Instant | None = None


class FieldDocument(BaseModel):
    """One field: may it leave, by which rules, and what the law says."""

    custodian: Agency
    category: Category
    field: str
    permitted: bool
    rules: list[str]
    citations: list[dict[str, str]]


class SimulationDocument(BaseModel):
    """The decision as it would be: `permit`, `partial` (permit with redaction) or `deny`, field by field."""

    decision: Annotated[str, Field(pattern="^(permit|partial|deny)$")]
    at: datetime
    fields: list[FieldDocument]
    reasons: list[Reason]
    obligations: list[Obligation]
    told_to_the_asker: list[str]
    consents: list[str]
    expires_at: datetime | None
    policy_revision: str
    engine: str


@router.post("/v1/queries:simulate", responses=ASKED, summary="Decide without asking anybody")
async def simulate(
    body: SimulationBody, house: TheHouse, bearer: Annotated[Bearer, asking(Scope.AUDIT_READ)]
) -> SimulationDocument:
    """What this asker would be told of this person at this time, and why, for every field."""
    query = _query(body, house)
    subject = await house.gateway.subjects.resolve(query)
    person = house.pseudonyms.of(subject.ref) if subject else ""
    await officer_looks(house, bearer, Kind.SIMULATED, {}, person)
    decided = await _decided(query, subject, body, house)
    return _document(decided, query.received_at, house)


def _query(body: SimulationBody, house: House) -> Query:
    who = body.asker
    return Query(
        id=f"q-{uuid.uuid4().hex}",
        asker=Asker("simulation", who.agency, who.actor, who.role, who.agreement, "none"),
        subject=body.subject.claim(),
        purpose=body.purpose,
        items=asked_items(body, house.sources.offers),
        received_at=body.at or house.clock(),
        emergency=body.emergency.emergency() if body.emergency else Emergency(),
    )


async def _decided(query: Query, subject: Subject | None, body: SimulationBody, house: House) -> Decided:
    """The rules over the real consents; who works where and with whom is as the simulation says."""
    on_file, _ = await house.gateway.facts.read(query, subject)
    assumed = Standing(role_confirmed=True, relationship=body.asker.relationship)
    try:
        return await decide(query, subject, (on_file, assumed), house.gateway.engine, query.received_at)
    except PolicyError as error:
        raise PolicyUnavailable from error


def _document(decided: Decided, at: datetime, house: House) -> SimulationDocument:
    verdicts = decided.decision.verdicts
    lines = explain(decided.request, decided.decision)
    permits = [line.permitted for line in lines]
    return SimulationDocument(
        decision="permit" if all(permits) else "partial" if any(permits) else "deny",
        at=at,
        fields=[
            FieldDocument(
                custodian=line.custodian,
                category=line.category,
                field=line.field,
                permitted=line.permitted,
                rules=list(line.rules),
                citations=[cited._asdict() for cited in line.citations],
            )
            for line in lines
        ],
        reasons=sorted({v.reason for v in verdicts if v.reason is not None}),
        obligations=sorted({o for verdict in verdicts for o in verdict.obligations}),
        told_to_the_asker=list(decided.told),
        consents=sorted({f"{c.id}@{c.version}" for v in verdicts for c in decided.behind(v)}),
        expires_at=min((ends_at(c) for v in verdicts for c in decided.behind(v)), default=None),
        policy_revision=decided.decision.revision,
        engine=house.gateway.engine.name,
    )
