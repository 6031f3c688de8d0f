"""The searches of a FHIR R4 US Core server that a chart is made of, each with no more elements than it needs.

A search asks for the elements that are read and for those that may tell a secret (reasons, types, services);
`meta` with its labels comes unasked. It names the patient by an identifier, so one request is enough.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from service.connectors import fhir_infections as infections
from service.connectors.fhir import Search

DISABILITY = "https://lincolnchc.example/documents|disability-verification"
"""The type of document that verifies a disability, in Lincoln's own code system."""

_REASONS = "type,serviceType,serviceCategory,appointmentType,specialty,reasonCode"
_MEDICATION = "subject,status,intent,medicationCodeableConcept,reasonCode"
_RESULT = "subject,status,code,effectiveDateTime,valueCodeableConcept,interpretation"
_TODAY = "TODAY"


class _Asked(NamedTuple):
    type: str
    filters: str
    elements: str
    whole: bool = True
    """Whether a first page without the rest would mislead. Not where only the newest or next is read."""


_SEARCHES: Mapping[str, _Asked] = {
    "visits": _Asked(
        "Encounter", "status=finished&_sort=-date&_count=50", f"subject,status,class,period,{_REASONS}", whole=False
    ),
    "appointments": _Asked(
        "Appointment",
        f"status=booked&date=ge{_TODAY}&_sort=date&_count=50",
        f"participant,status,start,{_REASONS}",
        whole=False,
    ),
    "team": _Asked("CareTeam", "status=active", "subject,status,category,participant,reasonCode,telecom"),
    "housing": _Asked(
        "Observation",
        "code=http://loinc.org|71802-3&status=final,amended,corrected&_sort=-date&_count=5",
        _RESULT,
        whole=False,
    ),
    "problems": _Asked(
        "Condition",
        "clinical-status=active&category=problem-list-item",
        "subject,category,code,clinicalStatus,verificationStatus",
    ),
    "medications": _Asked("MedicationRequest", "status=active", _MEDICATION),
    "allergies": _Asked(
        "AllergyIntolerance", "clinical-status=active", "patient,code,clinicalStatus,verificationStatus"
    ),
    "disability": _Asked("DocumentReference", f"status=current&type={DISABILITY}", "subject,status,type"),
    "tests": _Asked("Observation", f"code={infections.TESTS}&status=final,amended,corrected", _RESULT),
    "diagnoses": _Asked(
        "Condition", f"code={infections.DIAGNOSES}&verification-status=confirmed", "subject,code,verificationStatus"
    ),
    "treatments": _Asked("MedicationRequest", f"code={infections.TREATMENTS}&status=active", _MEDICATION),
}


def of_patient(name: str, identifier: str, today: date) -> Search:
    """A named search for the patient with an identifier, `system|value`."""
    asked = _SEARCHES[name]
    filters = quote(asked.filters.replace(_TODAY, today.isoformat()), safe="=&:/,-_")
    query = f"patient.identifier={quote(identifier, safe='')}&{filters}&_elements={asked.elements}"
    return Search(asked.type, query, asked.whole)


def patient(identifier: str, elements: frozenset[str]) -> Search:
    """The patient with an identifier, and only these elements of them."""
    asked = ",".join(sorted(elements | {"identifier"}))
    return Search("Patient", f"identifier={quote(identifier, safe='')}&_elements={asked}")
