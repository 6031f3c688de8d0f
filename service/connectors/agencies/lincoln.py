"""Lincoln Community Health Center: a FHIR R4 server with US Core resources, asked in one batch request.

`READINGS` says, a line a field, how it is read, which searches it needs and which elements of the Patient. A batch
holds only the searches and elements that the wanted fields need. The patient is named by medical record number; an
answer about any other patient is refused whole. What carries or tells a secret is in no list but `communicable`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from policies.vocabulary import Agency, Category
from service.connectors import fhir_chart as chart
from service.connectors import fhir_infections as infections
from service.connectors.base import PATIENCE, Unanswered, ask, found, guarded, not_found
from service.connectors.fhir import MEDIA, Resource, Search, answers, batch, each, first
from service.connectors.fhir_chart import Chart
from service.connectors.fhir_searches import of_patient, patient
from service.connectors.http import Http
from service.gateway.ports import Answer, Clock, Connector, Fault, Fields, Sighting, Value, Wanted

MRN = "https://lincolnchc.example/mrn"
"""The identifier system of Lincoln's medical record numbers."""
_AN_MRN = re.compile(r"[A-Za-z0-9.-]{1,64}")
_NAME = "Lincoln Community Health Center"


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a field is read, the searches it needs, and the elements of the Patient it needs."""

    read: Callable[[Chart], Value | None]
    searches: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


_LAST_VISIT = _Reading(chart.last_visit, ("visits",))

READINGS: Mapping[Category, Mapping[str, _Reading]] = {
    Category.IDENTITY_CORE: {
        "person_ref": _Reading(lambda c: chart.mrn(c.patient, MRN)),
        "legal_name": _Reading(chart.legal_name, elements=("name",)),
        "preferred_name": _Reading(chart.preferred_name, elements=("name",)),
        "date_of_birth": _Reading(lambda c: first(c.patient, "birthDate"), elements=("birthDate",)),
        "medicaid_id": _Reading(chart.medicaid_id),
    },
    Category.CONTACT: {
        "phone": _Reading(chart.phone, elements=("telecom",)),
        "usual_area": _Reading(chart.usual_area, elements=("address",)),
        "last_seen_date": _LAST_VISIT,
    },
    Category.CARE_TEAM: {
        "agency": _Reading(lambda c: _NAME if chart.worker(c) else "", ("team",)),
        "worker_name": _Reading(chart.worker, ("team",)),
        "worker_phone": _Reading(chart.worker_phone, ("team",)),
        "next_appointment": _Reading(chart.next_visit, ("appointments",)),
    },
    Category.HOUSING_STATUS: {"homeless_status": _Reading(chart.homeless_status, ("housing",))},
    Category.CLINICAL_SUMMARY: {
        "pcp_name": _Reading(
            lambda c: first(c.patient, "generalPractitioner", "display"), elements=("generalPractitioner",)
        ),
        "active_problem_list": _Reading(chart.listed("problems", "code"), ("problems",)),
        "active_medications": _Reading(chart.listed("medications", "medicationCodeableConcept"), ("medications",)),
        "allergies": _Reading(chart.listed("allergies", "code"), ("allergies",)),
        "last_visit_date": _LAST_VISIT,
        "next_visit_date": _Reading(chart.next_visit_date, ("appointments",)),
        "disability_verification_available": _Reading(lambda c: bool(c.told["disability"]), ("disability",)),
    },
    Category.COMMUNICABLE: {
        "hiv_status": _Reading(infections.hiv_status, ("tests", "diagnoses")),
        "hepatitis_status": _Reading(infections.hepatitis_status, ("tests", "diagnoses")),
        "tb_status": _Reading(infections.tb_status, ("tests", "diagnoses")),
        "treatment_status": _Reading(infections.treatment_status, ("treatments",)),
    },
}
OFFERS: Fields = {category: frozenset(readings) for category, readings in READINGS.items()}


class Lincoln:
    """The connector. See `service.gateway.ports.Connector`."""

    custodian = Agency.LINCOLN
    offers = OFFERS

    def __init__(self, url: str, http: Http, clock: Clock) -> None:
        self._url, self._http, self._clock = url.rstrip("/"), http, clock

    async def open(self) -> None:
        """Nothing to do: the session is shared."""

    async def close(self) -> None:
        """Nothing to do: whoever made the session closes it."""

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        """The wanted fields of the patient with a medical record number, by one request."""
        return await guarded(self.custodian, self._fetch(wanted), seconds)

    async def _fetch(self, wanted: Wanted) -> Answer:
        if not _AN_MRN.fullmatch(wanted.local_id):
            return not_found(self.custodian)
        readings = {c: {name: READINGS[c][name] for name in names & OFFERS[c]} for c, names in _offered(wanted.fields)}
        needed = [reading for fields in readings.values() for reading in fields.values()]
        held = await self._chart(wanted.local_id, needed)
        if held is None:
            return not_found(self.custodian)
        values = {
            c: {name: reading.read(held[0]) for name, reading in fields.items()} for c, fields in readings.items()
        }
        return found(self.custodian, values, wanted.fields, held[1])

    async def _chart(self, local_id: str, needed: Sequence[_Reading]) -> tuple[Chart, datetime | None] | None:
        """What the needed fields are read from, and as of when; None for a patient Lincoln does not know."""
        at = self._clock()
        names = sorted({name for reading in needed for name in reading.searches})
        elements = frozenset(element for reading in needed for element in reading.elements)
        searches = _searches(local_id, names, elements, at.date())
        # Searches change nothing, so they may be sent again.
        reply = await ask(self._http, self._url, MEDIA, post=batch(searches), repeatable=True)
        if reply is None:  # the server itself is not there
            raise Unanswered(Fault.REFUSED)
        (patients, *others), made = answers(reply.content, searches)
        if not patients:
            return None
        patient = _checked(patients, others, local_id)
        return Chart.of(patient, dict(zip(names, others, strict=True)), at), made

    async def feed(self) -> AsyncIterator[Sighting]:
        """Every patient, a page at a time. Raises `Unanswered` or ValueError: half a feed is no feed."""
        page: str | None = f"{self._url}/Patient?active=true&_count=200&_elements={_FEED}"
        while page:
            async with asyncio.timeout(PATIENCE):
                reply = await ask(self._http, page, MEDIA)
            bundle = orjson.loads(reply.content) if reply else None
            for resource in each(bundle, "entry", "resource"):
                if isinstance(resource, dict) and (local_id := chart.mrn(resource, MRN)):
                    yield _sighting(resource, local_id, self._clock())
            page = self._next(bundle)

    def _next(self, bundle: object) -> str | None:
        """The next page, on the same server or nowhere."""
        links = {first(link, "relation"): first(link, "url") for link in each(bundle, "link")}
        if (following := links.get("next")) and not following.startswith(self._url + "/"):
            raise Unanswered(Fault.GARBAGE)
        return following


_FEED = "identifier,name,birthDate,gender,address,telecom"


def _offered(wanted: Fields) -> list[tuple[Category, frozenset[str]]]:
    return [(category, names) for category, names in wanted.items() if category in OFFERS]


def _searches(local_id: str, names: Sequence[str], elements: frozenset[str], today: date) -> list[Search]:
    identifier = f"{MRN}|{local_id}"
    return [patient(identifier, elements), *(of_patient(name, identifier, today) for name in names)]


def _checked(patients: Sequence[Resource], others: Sequence[Sequence[Resource]], local_id: str) -> Resource:
    """The one patient with the number asked, to whom every other resource belongs; else `WRONG_PERSON`."""
    whose = first(patients[0], "id")
    if len(patients) != 1 or not whose or chart.mrn(patients[0], MRN) != local_id:
        raise Unanswered(Fault.WRONG_PERSON)
    if any(not _belongs(resource, whose) for found_by_one in others for resource in found_by_one):
        raise Unanswered(Fault.WRONG_PERSON)
    return patients[0]


def _belongs(resource: Resource, whose: str) -> bool:
    owners = [*each(resource, "subject"), *each(resource, "patient"), *each(resource, "participant", "actor")]
    patients = {reference for owner in owners if "Patient/" in (reference := first(owner, "reference"))}
    return bool(patients) and all(reference.rpartition("Patient/")[2] == whose for reference in patients)


def _sighting(patient: Resource, local_id: str, at: datetime) -> Sighting:
    held = Chart.of(patient, {}, at)
    name, home = chart.name_parts(patient), chart.home(held)
    born = first(patient, "birthDate")
    return Sighting(
        custodian=Agency.LINCOLN,
        local_id=local_id,
        given=name.given,
        family=name.family,
        middle=name.middle,
        suffix=name.suffix,
        birth_date=date.fromisoformat(born) if len(born) == len("2000-01-01") else None,
        sex={"female": "F", "male": "M"}.get(first(patient, "gender"), ""),
        street=first(home, "line"),
        city=first(home, "city"),
        zip=first(home, "postalCode")[:5],
        phone=chart.phone(held),
        medicaid_id=chart.medicaid_id(held),
    )


def connect(url: str, http: Http, clock: Clock) -> Connector:
    """Lincoln at the base URL of its FHIR server."""
    return Lincoln(url, http, clock)
