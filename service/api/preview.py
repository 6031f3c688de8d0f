"""`POST /v1/consents:preview`: were this signed, what would each agency see of the person, on which day, and why.

The real rules over what is on file and one consent more. No custodian is asked and nothing is recorded but the look.
Only somebody who works with the person, or a privacy officer, may look. A reason that is about the person, which could
tell of a refusal on file, is told to the officer alone.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from fastapi import APIRouter

from audit.entry import Kind
from consent import signing
from consent.facts import DURHAM
from consent.forms import forms
from consent.model import Consent, Held
from consent.signing import Capture
from consent.words import Channel
from policies.decision import PolicyError
from policies.explain import Explained, explain
from policies.vocabulary import ABOUT_THE_ASKER, Agency, Purpose, Reason, Role
from service.api.consent_desk import Writer, placed, question, refused, sound
from service.api.contract import may_refuse
from service.api.forms import UNSIGNABLE
from service.api.house import House, TheHouse
from service.api.log_desk import append, entry
from service.api.preview_bodies import PreviewBody, PreviewDocument, Seen, desks, items
from service.gateway.decide import Decided, decide
from service.gateway.ports import Standing
from service.gateway.query import Asker, Query, Subject
from service.identity.tokens import Bearer
from service.problems import AccessDenied, BadQuery, NotFound, PolicyUnavailable

router = APIRouter(tags=["consents"])

ASKED = may_refuse(400, 401, 403, 404, 413, 415, 503)
ASSUMED = Standing(role_confirmed=True, relationship=True)
LATE = time(23, 59)
"""A day is looked at from its last minute in Durham: what was signed that day counts, and what ends with it too."""
UNSIGNED, NOBODY = "c-preview", "nobody"
NOT_SHARED = "NOT_SHARED"
"""Told in place of a reason that is about the person."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One desk's look at the person: who, why, when, and what the rules say with the new consent."""

    agency: Agency
    role: Role
    purpose: Purpose
    day: date
    decided: Decided


@router.post("/v1/consents:preview", responses=ASKED, summary="What would each agency see, were this signed")
async def preview(body: PreviewBody, house: TheHouse, bearer: Writer) -> PreviewDocument:
    """For each day, recipient agency, role and purpose: the fields that would be released, and by which rule."""
    unsigned = _unsigned(body, house, bearer)  # first: a fault of the form says nothing of the person
    subject = await placed(body.about, house, bearer, Kind.SIMULATED)
    held = await _looked(body, subject, house, bearer)
    with_it = replace(held, consents=(*held.consents, replace(unsigned, subject=subject.ref)))
    sights = [s async for s in _sights(body, subject, with_it, house, unsigned)]
    officer = bearer.role is Role.PRIVACY_OFFICER
    return PreviewDocument(
        agreed=sorted(unsigned.agreed),
        sees=[line for sight in sights for line in _seen(sight, officer)],
        policy_revision=sights[0].decided.decision.revision if sights else "",
    )


def _unsigned(body: PreviewBody, house: House, bearer: Bearer) -> Consent:
    """The consent as it would be recorded now. Raises BadQuery and NotFound."""
    if body.consent is not None:
        return sound(body.consent.consent(UNSIGNED, "", bearer.agency, bearer.actor))
    ticked = body.ticked
    form = forms().get(ticked.form)
    if form is None:
        raise NotFound
    capture = Capture(UNSIGNED, "", bearer.agency, bearer.actor, Channel.SCREEN, "unsigned", None, None)
    try:
        return sound(signing.unsealed(form, ticked.signature(house.clock()), "0" * 64, capture))
    except UNSIGNABLE as error:
        raise BadQuery(f"This form cannot be signed so: {error}.") from error


async def _looked(body: PreviewBody, subject: Subject, house: House, bearer: Bearer) -> Held:
    """What is on file, once the look is logged. Raises AccessDenied, logged, for somebody who may not look."""
    held, standing = await house.gateway.facts.read(question(body.about, house, bearer), subject)
    officer = bearer.role is Role.PRIVACY_OFFICER
    if not standing.role_confirmed or not (officer or standing.relationship):
        await refused(house, bearer, Kind.SIMULATED)
        raise AccessDenied
    await append(house, entry(house, bearer, Kind.SIMULATED, "permit", {}, house.pseudonyms.of(subject.ref)))
    return held


async def _sights(
    body: PreviewBody, subject: Subject, held: Held, house: House, unsigned: Consent
) -> AsyncIterator[Sight]:
    for day in body.days:
        at = datetime.combine(day, LATE, DURHAM)
        for agency, role, purpose in desks(unsigned, body.agencies):
            query = _query(body, (agency, role, purpose), at, house, unsigned)
            if query.items:
                decided = await _decided(query, subject, held, house)
                yield Sight(agency, role, purpose, day, decided)


def _query(
    body: PreviewBody, desk: tuple[Agency, Role, Purpose], at: datetime, house: House, unsigned: Consent
) -> Query:
    """Everything the role may ever be told, asked by somebody whom the consent names where it names persons."""
    agency, role, purpose = desk
    named = sorted(p.actor for p in unsigned.recipient_persons if p.agency is agency)
    asker = Asker("preview", agency, named[0] if named else NOBODY, role, True, NOBODY)
    return Query("q-preview", asker, body.about.claim(), purpose, items(role, house.sources.offers), at)


async def _decided(query: Query, subject: Subject, held: Held, house: House) -> Decided:
    try:
        return await decide(query, subject, (held, ASSUMED), house.gateway.engine, query.received_at)
    except PolicyError as error:
        raise PolicyUnavailable from error


def _seen(sight: Sight, officer: bool) -> Iterator[Seen]:
    """One line for each custodian and category: what would leave by which rule, what would stay and why."""
    decided = sight.decided
    lines = explain(decided.request, decided.decision)
    for item, verdict in zip(decided.request.items, decided.decision.verdicts, strict=True):
        mine = [x for x in lines if (x.custodian, x.category) == (item.custodian, item.category)]
        leaving = [x for x in mine if x.permitted]
        yield Seen(
            day=sight.day,
            agency=sight.agency,
            role=sight.role,
            purpose=sight.purpose,
            custodian=item.custodian,
            category=item.category,
            fields=[x.field for x in leaving],
            rules=[*verdict.basis],
            citations=list(dict.fromkeys(c.citation for x in leaving for c in x.citations)),
            by_this_consent=any(consent.id == UNSIGNED for consent in decided.behind(verdict)),
            kept={x.field: _told(x, officer) for x in mine if not x.permitted},
        )


def _told(line: Explained, officer: bool) -> str:
    (rule,) = line.rules
    return rule if officer or rule in ABOUT_THE_ASKER or rule == Reason.CUSTODIAN_WITHHOLDS else NOT_SHARED
