"""Record, read, take back, end and strike out consents. A change is in force when its transaction commits.

Order on a change: the store first, then the log. A revocation must never wait for a log that is down; the answer then
says 503, and asking again writes the entry.
"""

import uuid
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter

from audit.checkpoint import Receipt
from audit.entry import Kind
from consent import part2, store
from consent.facts import ends_at
from consent.lifecycle import TransitionRefused, state
from consent.model import Consent
from consent.words import Status
from service.api.consent_bodies import ConsentBody, ConsentDocument, RevocationBody
from service.api.consent_desk import ConsentId, Reader, Writer, logged, own, placed, sound, visible
from service.api.contract import may_refuse
from service.api.house import House, TheHouse
from service.db.session import transaction
from service.identity.tokens import Bearer
from service.problems import AccessDenied, Conflict

router = APIRouter(tags=["consents"])

RECORDED = may_refuse(400, 401, 403, 413, 415, 503)
READ = may_refuse(400, 401, 403, 503)
CHANGED = may_refuse(400, 401, 403, 409, 413, 415, 503)


@router.post("/v1/consents", status_code=201, responses=RECORDED, summary="Record a signed consent")
async def record(body: ConsentBody, house: TheHouse, bearer: Writer) -> ConsentDocument:
    """Record a consent the person signed. It supersedes the agency's older one under the same policy."""
    consent = sound(body.consent(f"c-{uuid.uuid4().hex}", "", bearer.agency, bearer.actor))
    subject = await placed(body.subject, house, bearer, Kind.CONSENT_RECORDED)
    recorded, receipt = await put(replace(consent, subject=subject.ref), house, bearer)
    return document(recorded, receipt, house.clock())


async def put(consent: Consent, house: House, bearer: Bearer) -> tuple[Consent, Receipt]:
    """Record a new consent, supersede what it stands for, and log it."""
    async with transaction(house.engine) as connection:
        recorded = await store.record_signed(connection, consent, house.clock())
    return recorded, await logged(house, bearer, recorded, Kind.CONSENT_RECORDED)


@router.get("/v1/consents/{consent_id}", responses=READ, summary="Read a consent")
async def read(consent_id: ConsentId, house: TheHouse, bearer: Reader) -> ConsentDocument:
    """The newest version of a consent that the caller's agency recorded or is named in."""
    consent = await visible(consent_id, house, bearer, Kind.CONSENT_READ)
    receipt = await logged(house, bearer, consent, Kind.CONSENT_READ)
    return document(consent, receipt, house.clock())


@router.post("/v1/consents/{consent_id}/revoke", responses=CHANGED, summary="Revoke a consent")
async def revoke(
    consent_id: ConsentId, house: TheHouse, bearer: Writer, body: RevocationBody | None = None
) -> ConsentDocument:
    """Take a consent back. Once this answers, nothing more leaves under it, from any replica."""
    await visible(consent_id, house, bearer, Kind.CONSENT_REVOKED)
    said = body or RevocationBody()
    try:
        async with transaction(house.engine) as connection:
            revoked = await store.revoke(connection, consent_id, house.clock(), by=said.revoked_by, via=said.channel)
    except store.VersionConflict as error:
        raise Conflict from error
    return await _changed(revoked, house, bearer, Kind.CONSENT_REVOKED)


@router.post("/v1/consents/{consent_id}/end", responses=CHANGED, summary="Say that a consent's end event came")
async def end(consent_id: ConsentId, house: TheHouse, bearer: Writer) -> ConsentDocument:
    """The event that ends the consent came to pass (42 CFR 2.31(a)(7)): from now on it carries nothing."""
    await own(consent_id, house, bearer, Kind.CONSENT_REVOKED)
    try:
        async with transaction(house.engine) as connection:
            ended = await store.end(connection, consent_id, house.clock())
    except (store.VersionConflict, TransitionRefused) as error:
        raise Conflict from error
    return await _changed(ended, house, bearer, Kind.CONSENT_REVOKED)


@router.post("/v1/consents/{consent_id}/strike", responses=CHANGED, summary="Mark a consent as entered in error")
async def strike(consent_id: ConsentId, house: TheHouse, bearer: Writer) -> ConsentDocument:
    """It was recorded in error and carries nothing. What it superseded does not come back."""
    await own(consent_id, house, bearer, Kind.CONSENT_REVOKED)
    try:
        async with transaction(house.engine) as connection:
            struck = await store.become(connection, consent_id, Status.ENTERED_IN_ERROR, house.clock())
    except (store.VersionConflict, TransitionRefused) as error:
        raise Conflict from error
    return await _changed(struck, house, bearer, Kind.CONSENT_REVOKED)


async def _changed(consent: Consent | None, house: House, bearer: Bearer, kind: Kind) -> ConsentDocument:
    if consent is None:
        raise AccessDenied
    return document(consent, await logged(house, bearer, consent, kind), house.clock())


def document(consent: Consent, receipt: Receipt, at: datetime) -> ConsentDocument:
    """A consent on the wire, as of an instant, with the receipt of the act."""
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
