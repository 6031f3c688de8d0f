"""The desk every route about consents works at: who may act, whom it is about, and the entry each act leaves."""

import uuid
from typing import Annotated

from fastapi import Path

from audit.checkpoint import Receipt
from audit.entry import Kind
from consent import store
from consent.faults import faults
from consent.model import Consent, Directive
from policies.vocabulary import Purpose
from service.api.asking import asker_of, asking
from service.api.house import House
from service.api.log_desk import append, entry
from service.api.schemas import SubjectBody
from service.db.session import snapshot
from service.gateway.query import Query, Subject
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import AccessDenied, BadQuery

Reader = Annotated[Bearer, asking(Scope.CONSENT_READ)]
Writer = Annotated[Bearer, asking(Scope.CONSENT_WRITE)]
ConsentId = Annotated[str, Path(pattern=r"^c-[0-9a-f]{32}$")]
DirectiveId = Annotated[str, Path(pattern=r"^d-[0-9a-f]{32}$")]


def question(body: SubjectBody, house: House, bearer: Bearer) -> Query:
    """Who is meant, as a question that asks for nothing."""
    return Query(f"q-{uuid.uuid4().hex}", asker_of(bearer), body.claim(), Purpose.COC, (), house.clock())


async def placed(body: SubjectBody, house: House, bearer: Bearer, kind: Kind) -> Subject:
    """The person the body names. Raises AccessDenied, logged, for unknown and ambiguous alike."""
    subject = await house.gateway.subjects.resolve(question(body, house, bearer))
    if subject is None:
        await refused(house, bearer, kind)
        raise AccessDenied
    return subject


async def visible(consent_id: str, house: House, bearer: Bearer, kind: Kind) -> Consent:
    """The consent, if the caller's agency recorded it or is named in it. Raises AccessDenied, logged, otherwise."""
    async with snapshot(house.engine) as connection:
        consent = await store.read(connection, consent_id)
    if consent is None or bearer.agency not in {consent.organization, *consent.recipients, *consent.custodians}:
        await refused(house, bearer, kind)
        raise AccessDenied
    return consent


async def own(consent_id: str, house: House, bearer: Bearer, kind: Kind) -> Consent:
    """The consent, if the caller's agency recorded it. Raises AccessDenied, logged, otherwise."""
    consent = await visible(consent_id, house, bearer, kind)
    if consent.organization is not bearer.agency:
        await refused(house, bearer, kind)
        raise AccessDenied
    return consent


def sound(consent: Consent) -> Consent:
    """The same consent. Raises BadQuery, with every reason, for one that cannot stand."""
    reasons = faults(consent)
    if reasons:
        raise BadQuery("This cannot stand as one consent: " + "; ".join(reasons) + ".")
    return consent


async def refused(house: House, bearer: Bearer, kind: Kind) -> None:
    """Log that the act was refused."""
    await append(house, entry(house, bearer, kind, "deny", {}))


async def logged(house: House, bearer: Bearer, changed: Consent | Directive, kind: Kind) -> Receipt:
    """Log the act and what it left on file. Raises LedgerUnavailable."""
    detail: dict[str, str | int] = {"record": changed.id, "version": changed.version}
    if isinstance(changed, Consent):
        detail |= {"status": changed.status, "document": changed.document_sha256}
    return await append(house, entry(house, bearer, kind, "permit", detail, house.pseudonyms.of(changed.subject)))
