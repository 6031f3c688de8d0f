"""One of our consents as a FHIR R4 Consent. Pure.

IHE PCF Advanced wherever PCF can say it; elsewhere plain R4 that says the same (custodians as actors of role CST), and
then it does not claim the profile. What FHIR has no element for stands in our extensions (`fhir_record`), so that
reading it again gives the same consent.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC

from consent import fhir_codes as codes
from consent import fhir_record
from consent.fhir_names import of_agency
from consent.model import Consent, DataPeriod, Denial
from consent.words import Signer, Status
from policies.vocabulary import Agency

ADVANCED = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentAdvanced"
STATUS = {
    Status.DRAFT: "draft",
    Status.ACTIVE: "active",
    Status.REVOKED: "inactive",
    Status.SUPERSEDED: "inactive",
    Status.ENTERED_IN_ERROR: "entered-in-error",
}
Json = dict[str, object]

MASKED: Mapping[str, object] = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
}
"""A person who is not named: a consent is shown to agencies that may each know them by another identifier."""


def write(consent: Consent, patient: Mapping[str, object]) -> Json:
    """The consent as a resource about the person of this Reference, or of `MASKED`."""
    meta: Json = {"versionId": str(consent.version)}
    return {
        "resourceType": "Consent",
        "id": consent.id,
        "meta": meta | ({"profile": [ADVANCED]} if _conforms(consent) else {}),
        "language": consent.language,
        **fhir_record.written(consent),
        "status": STATUS[consent.status],
        "scope": _concept(codes.SCOPE, "patient-privacy"),
        "category": [_concept(codes.LOINC, "59284-0")],
        "patient": dict(patient),
        "dateTime": consent.signed_at.astimezone(UTC).isoformat(),
        "performer": [_performer(consent.signer, patient)],
        "organization": [of_agency(consent.organization)],
        **_source(consent.document_sha256),
        "policy": [{"uri": consent.policy}],
        "provision": _provision(consent),
    }


def _provision(consent: Consent) -> Json:
    own = consent.custodians == {consent.organization}
    denials = [_denial(denial) for denial in consent.denials]
    return {
        "type": "permit",
        "period": _period(DataPeriod(consent.start, consent.end)),
        "actor": [*_actors("IRCP", consent.recipients), *_actors("CST", () if own else consent.custodians)],
        "securityLabel": [codes.of_category(category) for category in sorted(consent.categories)],
        "purpose": [codes.of_purpose(purpose) for purpose in sorted(consent.purposes)],
        **({} if consent.data_period == DataPeriod() else {"dataPeriod": _period(consent.data_period)}),
        **({"provision": denials} if denials else {}),
    }


def _denial(denial: Denial) -> Json:
    recipients = _actors("IRCP", [denial.recipient] if denial.recipient else ())
    custodians = _actors("CST", [denial.custodian] if denial.custodian else ())
    actors = [*recipients, *custodians]
    return {
        "type": "deny",
        **({"actor": actors} if actors else {}),
        **({"securityLabel": [codes.of_category(denial.category)]} if denial.category else {}),
    }


def _conforms(consent: Consent) -> bool:
    """Can PCF say all of it? It knows no custodian but the organization, and wants a source."""
    own = consent.custodians == {consent.organization}
    return own and bool(consent.document_sha256) and not any(denial.custodian for denial in consent.denials)


def _actors(role: str, agencies: Iterable[Agency]) -> list[Json]:
    coded = _concept(codes.PARTICIPATION, role)
    return [{"role": coded, "reference": of_agency(agency)} for agency in sorted(agencies)]


def _performer(signer: Signer, patient: Mapping[str, object]) -> Json:
    """The person, or whoever signed by what they are: who it was is not told."""
    told = signer is Signer.SELF and "extension" not in patient
    return dict(patient) if told else {"identifier": {"system": codes.OUR_SIGNER, "value": str(signer)}}


def _source(sha256: str) -> Json:
    """The signed document by its hash. What it says stays where it is kept."""
    named = {"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{sha256}"}
    return {"sourceReference": {"identifier": named}} if sha256 else {}


def _period(period: DataPeriod) -> Json:
    days = {"start": period.since, "end": period.until}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
