"""FHIR R4 US Core resources, as Lincoln's system would hold them: shapes and codes, no invention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.connectors.agencies.lincoln import MRN
from service.connectors.fhir_searches import DISABILITY
from service.gateway.ports import Sighting

Resource = dict[str, object]

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_SYSTEMS = {
    "icd": "http://hl7.org/fhir/sid/icd-10-cm",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "loinc": "http://loinc.org",
    "sct": "http://snomed.info/sct",
}
_CONFIDENTIALITY = frozenset({"N", "R", "V"})


@dataclass(frozen=True, slots=True)
class Coded:
    """A concept: what it is called, and `system/code` tokens that say it."""

    text: str
    tokens: tuple[str, ...]


def concept(coded: Coded) -> Resource:
    """The CodeableConcept of a concept."""
    codings = [coding(*token.split("/", 1)) for token in coded.tokens]
    return {"coding": codings, "text": coded.text} if codings else {"text": coded.text}


def coding(system: str, code: str) -> Resource:
    """A Coding; the system by its short name above, or whole."""
    return {"system": _SYSTEMS.get(system, system), "code": code}


def meta(profile: str, labels: Sequence[str]) -> Resource:
    """Profile and security labels (v3-Confidentiality, v3-ActCode)."""
    where = {label: "v3-Confidentiality" if label in _CONFIDENTIALITY else "v3-ActCode" for label in labels}
    security = [{"system": _HL7 + system, "code": label} for label, system in where.items()]
    return {"profile": [_CORE + profile]} | ({"security": security} if security else {})


def patient(seen: Sighting, key: str, labels: Sequence[str], pcp: str, race: tuple[str, str]) -> Resource:
    """A Patient. Race and ethnicity stand in it, as in every US Core record, and must never leave."""
    numbers = [_identifier("MR", MRN, seen.local_id)]
    numbers += [_identifier("MA", "https://medicaid.ncdhhs.example/id", seen.medicaid_id)] if seen.medicaid_id else []
    numbers += [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": f"900-00-{seen.ssn4}"}] if seen.ssn4 else []
    given = [part for part in (seen.given, seen.middle) if part]
    name: Resource = {"use": "official", "family": seen.family, "given": given}
    resource: Resource = {
        "resourceType": "Patient",
        "id": key,
        "meta": meta("patient", labels),
        "extension": [_omb("race", race[0]), _omb("ethnicity", race[1])],
        "identifier": numbers,
        "active": True,
        "name": [name | ({"suffix": [seen.suffix]} if seen.suffix else {})],
        "gender": {"F": "female", "M": "male"}.get(seen.sex, "unknown"),
        "generalPractitioner": [{"display": pcp}],
        "managingOrganization": {"display": "Lincoln Community Health Center"},
    }
    home = {"use": "home", "line": [seen.street], "city": seen.city, "state": "NC", "postalCode": seen.zip}
    resource |= {"birthDate": seen.birth_date.isoformat()} if seen.birth_date else {}
    resource |= (
        {"telecom": [{"system": "phone", "use": "mobile", "value": seen.phone, "rank": 1}]} if seen.phone else {}
    )
    return resource | ({"address": [home]} if seen.street else {})


def _identifier(kind: str, system: str, value: str) -> Resource:
    return {"type": {"coding": [{"system": _HL7 + "v2-0203", "code": kind}]}, "system": system, "value": value}


def _omb(what: str, code: str) -> Resource:
    category = {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": code}}
    return {"url": _CORE + what, "extension": [category]}


def of(kind: str, profile: str, labels: Sequence[str] = (), **elements: object) -> Resource:
    """A resource of another type, before it is given its id and its patient."""
    return {"resourceType": kind, "meta": meta(profile, labels), **elements}


def status(system: str, code: str) -> Resource:
    """A CodeableConcept of one of HL7's status code systems."""
    return {"coding": [coding(_HL7 + system, code)]}


def encounter(day: str, kind: Coded, reason: Coded | None, labels: Sequence[str]) -> Resource:
    """A finished visit."""
    reasons = {"reasonCode": [concept(reason)]} if reason else {}
    period = {"start": f"{day}T09:00:00-05:00", "end": f"{day}T09:40:00-05:00"}
    place = coding(_HL7 + "v3-ActCode", "AMB")
    return of("Encounter", "encounter", labels, status="finished", type=[concept(kind)], period=period, **reasons) | {
        "class": place
    }


def appointment(start: str, kind: Coded, labels: Sequence[str]) -> Resource:
    """A booked appointment."""
    return of("Appointment", "appointment", labels, status="booked", start=start, serviceType=[concept(kind)])


def condition(what: Coded, labels: Sequence[str]) -> Resource:
    """An active, confirmed item of the problem list."""
    return of(
        "Condition",
        "condition-problems-health-concerns",
        labels,
        clinicalStatus=status("condition-clinical", "active"),
        verificationStatus=status("condition-ver-status", "confirmed"),
        category=[status("condition-category", "problem-list-item")],
        code=concept(what),
    )


def medication(what: Coded, day: str, labels: Sequence[str]) -> Resource:
    """An active prescription."""
    order = {"status": "active", "intent": "order", "authoredOn": day}
    return of("MedicationRequest", "medicationrequest", labels, medicationCodeableConcept=concept(what), **order)


def allergy(what: Coded) -> Resource:
    """An active, confirmed allergy."""
    return of(
        "AllergyIntolerance",
        "allergyintolerance",
        clinicalStatus=status("allergyintolerance-clinical", "active"),
        verificationStatus=status("allergyintolerance-verification", "confirmed"),
        code=concept(what),
    )


def observation(what: Coded, day: str, value: Mapping[str, object], labels: Sequence[str] = ()) -> Resource:
    """A final result or answer; `value` is its `value[x]`."""
    return of(
        "Observation",
        "observation-screening-assessment",
        labels,
        status="final",
        code=concept(what),
        effectiveDateTime=day,
        **value,
    )


def care_team(worker: str, actor: str, phone: str) -> Resource:
    """The active care team: a practitioner."""
    member = {"reference": f"Practitioner/{actor}", "display": worker}
    role = [concept(Coded("Care coordinator", ("sct/768820003",)))]
    telecom = [{"system": "phone", "value": phone}]
    return of("CareTeam", "careteam", status="active", participant=[{"role": role, "member": member}], telecom=telecom)


def coverage(subscriber: str) -> Resource:
    """Medicaid."""
    payor = [{"display": "NC Medicaid"}]
    return of("Coverage", "coverage", status="active", subscriberId=subscriber, payor=payor)


def disability() -> Resource:
    """A document that verifies a disability."""
    system, _, code = DISABILITY.partition("|")
    kind = {"coding": [{"system": system, "code": code}], "text": "Verification"}
    return of("DocumentReference", "documentreference", status="current", type=kind)


def practitioner(actor: str, name: str, phone: str) -> Resource:
    """One of Lincoln's clinicians."""
    telecom = [{"system": "phone", "value": phone}]
    return of("Practitioner", "practitioner", id=actor, name=[{"text": name}], telecom=telecom)
