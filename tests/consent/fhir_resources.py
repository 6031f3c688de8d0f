"""FHIR Consents of an invented person, as a peer might write them; and the directory that knows who is meant."""

from typing import Any

from consent.fhir import Imported, read
from consent.fhir_element import Unreadable
from consent.fhir_names import Directory
from consent.model import Consent
from policies.vocabulary import Agency

Json = dict[str, Any]

TERMS = "http://terminology.hl7.org/CodeSystem"
NPI, OID = "http://hl7.org/fhir/sid/us-npi", "urn:oid:2.999.7"
LINCOLN_PATIENTS = "https://ehr.lincoln.example/Patient"
NAMES = Directory(
    Agency.LINCOLN,
    {
        "Organization/lincoln": Agency.LINCOLN,
        f"{NPI}|1000000001": Agency.LINCOLN,
        f"{OID}|17": Agency.LINCOLN,
        "Organization/heart": Agency.HEART,
        "Organization/ems": Agency.EMS,
        f"{NPI}|1000000002": Agency.EMS,
        "Organization/justice": Agency.JUSTICE,
    },
    {LINCOLN_PATIENTS: Agency.LINCOLN, "urn:oid:2.999.8": Agency.EMS},
)


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code}]}


def actor(reference: str, role: str = "IRCP") -> Json:
    return {"role": concept("v3-ParticipationType", role), "reference": {"reference": f"Organization/{reference}"}}


def purposes(*codes: str) -> list[Json]:
    return [{"system": f"{TERMS}/v3-ActReason", "code": code} for code in codes]


def mark(code: str) -> Json:
    return {"system": f"{TERMS}/v3-Confidentiality", "code": code}


def label(code: str) -> Json:
    return {"system": f"{TERMS}/v3-ActCode", "code": code}


def category(code: str) -> Json:
    return {"system": "https://porchlight.example/fhir/CodeSystem/category", "code": code}


def a_provision(**changes: Any) -> Json:
    """To HEART, for treatment and coordination, for a year; a member that is `...` is left out."""
    given = {
        "type": "permit",
        "period": {"start": "2026-06-01", "end": "2027-05-31"},
        "actor": [actor("heart")],
        "purpose": purposes("TREAT", "COC"),
    }
    return {name: value for name, value in (given | changes).items() if value is not ...}


def a_resource(**changes: Any) -> Json:
    """An IHE PCF consent recorded by Lincoln; a member that is `...` is left out."""
    given = {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"{LINCOLN_PATIENTS}/P1"},
        "dateTime": "2026-06-01",
        "performer": [{"reference": f"{LINCOLN_PATIENTS}/P1"}],
        "organization": [{"reference": "Organization/lincoln"}],
        "sourceReference": {"reference": "DocumentReference/signed"},
        "policy": [{"uri": "https://lincoln.example/policies/sharing"}],
        "provision": a_provision(),
    }
    return {name: value for name, value in (given | changes).items() if value is not ...}


def permitting(*inner: Json, **changes: Any) -> Json:
    """A resource whose root permits, with these provisions inside."""
    return a_resource(provision=a_provision(**({"provision": list(inner)} if inner else {}), **changes))


def imported(resource: Json, names: Directory = NAMES) -> Imported:
    return read(resource, names)


def the_consent(resource: Json, names: Directory = NAMES) -> Consent:
    """The one consent a resource makes."""
    (made,) = read(resource, names).entries
    assert isinstance(made, Consent)
    return made


def faults_of(resource: Json, names: Directory = NAMES) -> dict[str, list[str]]:
    """Why a resource is refused, by place; empty when it is read."""
    try:
        read(resource, names)
    except Unreadable as unreadable:
        found: dict[str, list[str]] = {}
        for fault in unreadable.faults:
            found.setdefault(fault.where, []).append(fault.why)
        return found
    return {}
