"""Directives beside consents: put on file, and withdrawn by a new version. Nothing is ever edited."""

import uuid

from fastapi import APIRouter

from audit.entry import Kind
from consent import store
from consent.model import Denial, Directive
from service.api.consent_bodies import DirectiveBody, DirectiveDocument
from service.api.consent_desk import DirectiveId, Writer, logged, placed, refused
from service.api.consents import CHANGED, RECORDED
from service.api.house import House, TheHouse
from service.db.session import transaction
from service.identity.tokens import Bearer
from service.problems import AccessDenied, Conflict

router = APIRouter(tags=["consents"])


@router.post("/v1/directives", status_code=201, responses=RECORDED, summary="Put a directive on file")
async def direct(body: DirectiveBody, house: TheHouse, bearer: Writer) -> DirectiveDocument:
    """Do not share, a restriction, a 122C-55(a7) notice or objection, a guardian, or that a notice was given."""
    subject = await placed(body.subject, house, bearer, Kind.CONSENT_RECORDED)
    directive = Directive(
        id=f"d-{uuid.uuid4().hex}",
        version=1,
        subject=subject.ref,
        kind=body.kind,
        scope=body.scope.denial() if body.scope else Denial(),
        at=house.clock(),
        on=body.on,
        reference=body.reference,
        organization=bearer.agency,
    )
    async with transaction(house.engine) as connection:
        await store.append(connection, directive, house.clock())
    return await _document(directive, house, bearer)


@router.post("/v1/directives/{directive_id}/withdraw", responses=CHANGED, summary="Withdraw a directive")
async def withdraw(directive_id: DirectiveId, house: TheHouse, bearer: Writer) -> DirectiveDocument:
    """Take a directive off file, by a new version. Only the agency that put it there may: it may open something."""
    try:
        async with transaction(house.engine) as connection:
            withdrawn = await store.withdraw(connection, directive_id, bearer.agency, house.clock())
    except store.VersionConflict as error:
        raise Conflict from error
    if withdrawn is None:
        await refused(house, bearer, Kind.CONSENT_RECORDED)
        raise AccessDenied
    return await _document(withdrawn, house, bearer)


async def _document(directive: Directive, house: House, bearer: Bearer) -> DirectiveDocument:
    receipt = await logged(house, bearer, directive, Kind.CONSENT_RECORDED)
    return DirectiveDocument(
        id=directive.id,
        version=directive.version,
        kind=directive.kind,
        on=directive.on,
        withdrawn=directive.withdrawn,
        receipt=receipt.tlog_proof(),
    )
