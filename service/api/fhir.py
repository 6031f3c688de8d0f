"""FHIR R4: a Consent taken in whole, or refused with every reason; and one of ours given out. Same desk as `consents`.

Its contract is `/fhir/metadata`. Errors about the caller are problems like everywhere; only what is wrong with a
resource is an OperationOutcome, and it repeats nothing that was sent.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.entry import Kind
from consent import store
from consent.fhir import Imported
from consent.fhir import read as read_resource
from consent.fhir_element import Fault, Unreadable
from consent.fhir_names import Directory
from consent.fhir_write import ADVANCED, MASKED, write
from consent.model import Consent, Directive, Status
from policies.vocabulary import Agency
from service.api.consent_desk import ConsentId, Reader, Writer, logged, placed, refused, visible
from service.api.house import House, TheHouse
from service.api.schemas import IdentifierBody, Strict, SubjectBody
from service.db.session import transaction
from service.identity.tokens import Bearer
from service.problems import BadQuery

router = APIRouter(prefix="/fhir", include_in_schema=False)

HEADERS = {"Cache-Control": "no-store"}
OURS_ALONE = Fault("Consent.extension", "holds what the gateway says of its own forms and versions, not the sender")

KEPT_BACK: Mapping[str, Any] = {
    "signer_ref": "",
    "authority_document": None,
    "witness": None,
    "captured_by": "",
    "revoked_by": None,
}
"""Who stood behind a consent is between the person and the agency that recorded it."""


class Names(Strict):
    """The file of `PORCHLIGHT_FHIR`: what agencies call each other and their people, beside our own names.

    `anyone` is whom a permit means that names no recipient: nobody, until counsel says otherwise.
    """

    organizations: dict[str, Agency] = Field(default_factory=dict)
    patients: dict[str, Agency] = Field(default_factory=dict)
    anyone: frozenset[Agency] = frozenset()

    def directory(self, agency: Agency) -> Directory:
        """As a resource from this agency uses them."""
        return Directory(agency, self.organizations, self.patients, self.anyone)


def names(file: Path | None) -> Names:
    """The names in the file; only our own without one. Raises ValidationError."""
    return Names.model_validate_json(file.read_bytes()) if file else Names()


def _names_of(request: Request) -> Names:
    return cast("Names", request.app.state.fhir_names)  # Starlette's state is untyped


TheNames = Annotated[Names, Depends(_names_of)]


@router.post("/Consent", status_code=201)
async def receive(request: Request, house: TheHouse, bearer: Writer, known: TheNames) -> Response:
    """Record a Consent of the sender's own: 201 with what was recorded, or 422 with every reason."""
    body = await request.body()
    try:
        imported = _read(body, known.directory(bearer.agency))
    except Unreadable as unreadable:
        await refused(house, bearer, Kind.CONSENT_RECORDED)
        return _told(_outcome("error", unreadable.faults), 422)
    recorded = await _recorded(imported, hashlib.sha256(body).hexdigest(), house, bearer)
    first = recorded[0]
    if isinstance(first, Consent):
        written = write(first, imported.patient.reference())
        return _told(written, 201, {"Location": f"/fhir/Consent/{first.id}", "ETag": f'W/"{first.version}"'})
    said = [Fault("Consent", f"was recorded as the do-not-share directive {entry.id}") for entry in recorded]
    return _told(_outcome("information", said), 201)


@router.get("/Consent/{consent_id}")
async def give(consent_id: ConsentId, house: TheHouse, bearer: Reader) -> Response:
    """The newest version of a consent that the caller's agency recorded or is named in. It does not say of whom."""
    consent = await visible(consent_id, house, bearer, Kind.CONSENT_READ)
    await logged(house, bearer, consent, Kind.CONSENT_READ)
    shown = consent if bearer.agency is consent.organization else replace(consent, **KEPT_BACK)
    return _told(write(shown, MASKED), 200, {"ETag": f'W/"{consent.version}"'})


@router.get("/metadata")
async def metadata() -> Response:
    """What this interface can do."""
    return _told(CAPABILITIES, 200)


def _read(body: bytes, directory: Directory) -> Imported:
    """The body as records of the sender's own. Raises Unreadable, and BadQuery where there is no body."""
    if not body:
        raise BadQuery
    resource = json.loads(body)  # strict JSON by now: `body.StrictBody` has seen it
    if not isinstance(resource, dict):
        raise Unreadable((Fault("Consent", "is not a resource"),))
    imported = read_resource(resource, directory)
    faults = [fault for entry in imported.entries if isinstance(entry, Consent) for fault in _foreign(entry, directory)]
    if faults:
        raise Unreadable(tuple(faults))
    return imported


def _foreign(consent: Consent, directory: Directory) -> Iterable[Fault]:
    """An agency records only its own consents: another's would stand for that agency's older ones."""
    if consent.organization is not directory.agency:
        yield Fault("Consent.organization", "is not the agency that sends it")
    if consent.form or consent.ticks or consent.supersedes:
        yield OURS_ALONE


async def _recorded(
    imported: Imported, received_sha256: str, house: House, bearer: Bearer
) -> tuple[Consent | Directive, ...]:
    """The entries as recorded and logged. Raises AccessDenied, logged, for a person nobody can place."""
    person = IdentifierBody(custodian=imported.patient.custodian, value=imported.patient.value)
    subject = await placed(SubjectBody(identifier=person), house, bearer, Kind.CONSENT_RECORDED)
    entries = tuple(_first_version(entry, subject.ref, bearer, received_sha256) for entry in imported.entries)
    async with transaction(house.engine) as connection:
        recorded = tuple([await _stored(connection, entry, house.clock()) for entry in entries])
    for entry in recorded:
        await logged(house, bearer, entry, Kind.CONSENT_RECORDED)
    return recorded


async def _stored(connection: AsyncConnection, entry: Consent | Directive, at: datetime) -> Consent | Directive:
    """As stored: an active consent supersedes the agency's older one under the same policy, as one signed here."""
    if isinstance(entry, Consent) and entry.status is Status.ACTIVE:
        return await store.record_signed(connection, entry, at)
    await store.append(connection, entry, at)
    return entry


def _first_version(
    entry: Consent | Directive, subject: str, bearer: Bearer, received_sha256: str
) -> Consent | Directive:
    """Ours from now on. Where no signed document is stated, the document is the resource as it was received."""
    if isinstance(entry, Directive):
        return replace(entry, id=f"d-{uuid.uuid4().hex}", version=1, subject=subject)
    return replace(
        entry,
        id=f"c-{uuid.uuid4().hex}",
        version=1,
        subject=subject,
        captured_by=bearer.actor,
        document_sha256=entry.document_sha256 or received_sha256,
    )


def _outcome(severity: str, faults: Iterable[Fault]) -> dict[str, object]:
    code = "not-supported" if severity == "error" else "informational"
    issues = [
        {"severity": severity, "code": code, "diagnostics": fault.why, "expression": [fault.where]} for fault in faults
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _told(document: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(document), status, HEADERS | (headers or {}), media_type="application/fhir+json")


CAPABILITIES: dict[str, object] = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-11-23",
    "kind": "capability",
    "software": {"name": "Porchlight"},
    "fhirVersion": "4.0.1",
    "format": ["application/fhir+json"],
    "rest": [
        {
            "mode": "server",
            "security": {"description": "A bearer token of /oauth2/token with scope consent.write or consent.read."},
            "resource": [
                {
                    "type": "Consent",
                    "supportedProfile": [ADVANCED],
                    "interaction": [{"code": "create"}, {"code": "read"}],
                    "versioning": "versioned",
                    "conditionalCreate": False,
                }
            ],
        }
    ],
}
