"""Record, read and revoke consents; put directives on file. A change is in force when its transaction commits.

Order on a change: the store first, then the log. A revocation must never wait for a log that is down; the answer then
says 503, and asking again writes the entry.
"""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path

from audit.checkpoint import Receipt
from audit.entry import Entry, Kind
from audit.refusals import Duplicate, LedgerDown
from consent import part2, store
from consent.facts import ends_at
from consent.lifecycle import state
from consent.model import Consent, Directive
from policies.vocabulary import Purpose
from service.api.asking import asker_of, asking
from service.api.consent_bodies import ConsentBody, ConsentDocument, DirectiveBody, DirectiveDocument
from service.api.contract import may_refuse
from service.api.house import House, TheHouse
from service.api.schemas import SubjectBody
from service.db.session import snapshot, transaction
from service.gateway.query import Query, Subject
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import AccessDenied, Conflict, LedgerUnavailable

router = APIRouter(tags=["consents"])

Reader = Annotated[Bearer, asking(Scope.CONSENT_READ)]
Writer = Annotated[Bearer, asking(Scope.CONSENT_WRITE)]
ConsentId = Annotated[str, Path(pattern=r"^c-[0-9a-f]{32}$")]

RECORDED = may_refuse(400, 401, 403, 413, 415, 503)
READ = may_refuse(400, 401, 403, 503)
REVOKED = may_refuse(400, 401, 403, 409, 413, 415, 503)


@router.post("/v1/consents", status_code=201, responses=RECORDED, summary="Record a signed consent")
async def record(body: ConsentBody, house: TheHouse, bearer: Writer) -> ConsentDocument:
    """Record a consent the person signed. It supersedes the agency's older one under the same policy."""
    subject = await _subject(body.subject, house, bearer, Kind.CONSENT_RECORDED)
    consent = body.consent(f"c-{uuid.uuid4().hex}", subject.ref, bearer.agency, bearer.actor)
    async with transaction(house.engine) as connection:
        await store.append(connection, consent, house.clock())
    receipt = await _logged(house, bearer, consent, Kind.CONSENT_RECORDED)
    return _document(consent, receipt, house.clock())


@router.get("/v1/consents/{consent_id}", responses=READ, summary="Read a consent")
async def read(consent_id: ConsentId, house: TheHouse, bearer: Reader) -> ConsentDocument:
    """The newest version of a consent that the caller's agency recorded or is named in."""
    consent = await _visible(consent_id, house, bearer, Kind.CONSENT_READ)
    receipt = await _logged(house, bearer, consent, Kind.CONSENT_READ)
    return _document(consent, receipt, house.clock())


@router.post("/v1/consents/{consent_id}/revoke", responses=REVOKED, summary="Revoke a consent")
async def revoke(consent_id: ConsentId, house: TheHouse, bearer: Writer) -> ConsentDocument:
    """Take a consent back. Once this answers, nothing more leaves under it, from any replica."""
    await _visible(consent_id, house, bearer, Kind.CONSENT_REVOKED)
    try:
        async with transaction(house.engine) as connection:
            revoked = await store.revoke(connection, consent_id, house.clock())
    except store.VersionConflict as error:
        raise Conflict from error
    if revoked is None:
        raise AccessDenied
    return _document(revoked, await _logged(house, bearer, revoked, Kind.CONSENT_REVOKED), house.clock())


@router.post("/v1/directives", status_code=201, responses=RECORDED, summary="Put a directive on file")
async def direct(body: DirectiveBody, house: TheHouse, bearer: Writer) -> DirectiveDocument:
    """Do not share, a restriction agreed to, or a 122C-55(a7) notice or objection."""
    subject = await _subject(body.subject, house, bearer, Kind.CONSENT_RECORDED)
    directive = Directive(f"d-{uuid.uuid4().hex}", 1, subject.ref, body.kind, body.scope.denial(), house.clock())
    async with transaction(house.engine) as connection:
        await store.append(connection, directive, house.clock())
    receipt = await _logged(house, bearer, directive, Kind.CONSENT_RECORDED)
    return DirectiveDocument(id=directive.id, version=1, kind=directive.kind, receipt=receipt.tlog_proof())


async def _subject(body: SubjectBody, house: House, bearer: Bearer, kind: Kind) -> Subject:
    """The person the body names. Raises AccessDenied, logged, for unknown and ambiguous alike."""
    query = Query(f"q-{uuid.uuid4().hex}", asker_of(bearer), body.claim(), Purpose.COC, (), house.clock())
    subject = await house.gateway.subjects.resolve(query)
    if subject is None:
        await _refused(house, bearer, kind)
        raise AccessDenied
    return subject


async def _visible(consent_id: str, house: House, bearer: Bearer, kind: Kind) -> Consent:
    """The consent, if the caller's agency recorded it or is named in it. Raises AccessDenied, logged, otherwise."""
    async with snapshot(house.engine) as connection:
        consent = await store.read(connection, consent_id)
    if consent is None or bearer.agency not in {consent.organization, *consent.recipients, *consent.custodians}:
        await _refused(house, bearer, kind)
        raise AccessDenied
    return consent


async def _refused(house: House, bearer: Bearer, kind: Kind) -> None:
    await _append(house, _entry(house, bearer, kind, "deny", {}))


async def _logged(house: House, bearer: Bearer, changed: Consent | Directive, kind: Kind) -> Receipt:
    detail: dict[str, str | int] = {"record": changed.id, "version": changed.version}
    entry = _entry(house, bearer, kind, "permit", detail, house.pseudonyms.of(changed.subject))
    return await _append(house, entry)


async def _append(house: House, entry: Entry) -> Receipt:
    try:
        return await house.ledger.append(entry)
    except (LedgerDown, Duplicate) as error:
        raise LedgerUnavailable from error


def _entry(  # noqa: PLR0917  # the order is that of the sentence: who did what, how it ended, to what, about whom
    house: House, bearer: Bearer, kind: Kind, outcome: str, detail: dict[str, str | int], subject: str = ""
) -> Entry:
    request_id = f"r-{uuid.uuid4().hex}"
    who = {"role": bearer.role, "partner": bearer.partner, "token": bearer.token_id}
    return Entry(
        id=f"{request_id}/{kind}",
        kind=kind,
        outcome=outcome,
        at=house.clock(),
        request=request_id,
        subject=subject,
        agency=bearer.agency,
        actor=bearer.actor,
        detail={**who, **detail},
    )


def _document(consent: Consent, receipt: Receipt, at: datetime) -> ConsentDocument:
    missing = part2.missing(consent)
    return ConsentDocument(
        id=consent.id,
        version=consent.version,
        status=consent.status,
        state=state(consent, at),
        policy=consent.policy,
        organization=consent.organization,
        signed_at=consent.signed_at,
        start=consent.start,
        end=consent.end,
        end_event=consent.end_event,
        ends_at=ends_at(consent),
        custodians=sorted(consent.custodians),
        recipients=sorted(consent.recipients),
        purposes=sorted(consent.purposes),
        categories=sorted(consent.categories),
        agreed=sorted(consent.agreed),
        statements=sorted(consent.statements),
        part2_elements=not missing,
        part2_missing=list(missing),
        signer=consent.signer,
        channel=consent.channel,
        form=consent.form,
        document_sha256=consent.document_sha256,
        copy_given_at=consent.copy_given_at,
        supersedes=consent.supersedes,
        revoked_at=consent.revoked_at,
        receipt=receipt.tlog_proof(),
    )
