"""Durham County EMS: patient care reports (NEMSIS 3.5.1), from the ePCR system's URL or a directory of documents.

What may be told is in `READINGS`, one line a field; a field without a line cannot leave. Counts are relative to
the clock. Law: G.S. 143-518, under which financial records are not released at all, so none are read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from policies.vocabulary import Agency, Category
from service.connectors import nemsis_history as told
from service.connectors.base import PATIENCE, Reply, Unanswered, ask, found, guarded, not_found
from service.connectors.http import Http
from service.connectors.nemsis import Report, reports
from service.connectors.nemsis_folder import Folder
from service.connectors.nemsis_history import MONTH, YEAR, History
from service.gateway.ports import Answer, Clock, Connector, Fault, Fields, Sighting, Value, Wanted

MEDIA = "application/xml"
_SEXES = {"9919001": "F", "9919003": "M"}
_Reading = Callable[[History], Value | None]


def _last(read: Callable[[Report], Value | None]) -> _Reading:
    return lambda history: read(history.reports[0])


READINGS: Mapping[Category, Mapping[str, _Reading]] = {
    Category.IDENTITY_CORE: {
        "person_ref": _last(lambda report: report.patient),
        "legal_name": told.legal_name,
        "date_of_birth": told.birth_date,
    },
    Category.CONTACT: {"usual_area": told.usual_area, "last_seen_date": History.last_date},
    Category.HOUSING_STATUS: {"homeless_status": told.homeless_status},
    Category.EMS_SUMMARY: {
        "encounter_count_30d": lambda history: history.within(MONTH).count(),
        "encounter_count_365d": lambda history: history.within(YEAR).count(),
        "last_encounter_date": History.last_date,
        "last_disposition": _last(told.disposition),
        "transport_destination": _last(told.destination),
    },
    Category.EMS_CLINICAL: {
        "impression_category": _last(told.impression),
        "chief_complaint": _last(told.complaint),
        "vitals_summary": _last(told.vitals),
        "medications_given": _last(told.medications),
        "safety_alerts": told.safety_alerts,
    },
    Category.EMS_OVERDOSE: {
        "overdose_count_365d": lambda history: history.overdoses().within(YEAR).count(),
        "last_overdose_date": lambda history: history.overdoses().last_date(),
        "naloxone_given": told.naloxone_given,
    },
}
_ALWAYS = frozenset(
    {"eRecord.01", "eResponse.03", "eTimes.03", "eTimes.06", "eTimes.07", "ePatient.01", "eDisposition.27"}
)
"""What says whose report it is, of which encounter, when, and whether a crew met the patient."""

_HOME = frozenset({"ePatient.05", "ePatient.22"})
_OVERDOSE = frozenset({"eSituation.11", "eSituation.12", "eInjury.01"})
_ELEMENTS: Mapping[str, frozenset[str]] = {
    "legal_name": frozenset({"ePatient.02", "ePatient.03", "ePatient.04", "ePatient.23"}),
    "date_of_birth": frozenset({"ePatient.17"}),
    "usual_area": _HOME | {"ePatient.09", "eScene.19"},
    "homeless_status": _HOME,
    "last_disposition": frozenset({"eDisposition.28", "eDisposition.30"}),
    "transport_destination": frozenset({"eDisposition.01", "eDisposition.21", "eDisposition.30"}),
    "impression_category": frozenset({"eSituation.11", "eSituation.12"}),
    "chief_complaint": frozenset({"eSituation.07", "eSituation.08"}),
    "vitals_summary": frozenset({"eVitals.VitalGroup"}),
    "medications_given": frozenset({"eMedications.03"}),
    "safety_alerts": frozenset({"eHistory.01", "eHistory.06"}),
    "overdose_count_365d": _OVERDOSE,
    "last_overdose_date": _OVERDOSE,
    "naloxone_given": frozenset({"eMedications.03"}),
}
"""What else each field needs: EMS is asked for these elements and no others (projection at the source, 164.514(d))."""

OFFERS: Fields = {category: frozenset(readings) for category, readings in READINGS.items()}


class _Source(Protocol):
    async def about(self, patient: str, elements: frozenset[str]) -> tuple[Sequence[Report], datetime | None]:
        """One patient's reports, newest first, and when the source last changed; none for an unknown patient."""

    def pages(self) -> AsyncIterator[Sequence[Report]]:
        """Every patient's reports, a page at a time, newest first in each."""


class _Online:
    """The ePCR system: `?patient=&elements=` for one patient, `?after=` for the next page of patients."""

    def __init__(self, url: str, http: Http) -> None:
        self._url, self._http = url, http

    async def about(self, patient: str, elements: frozenset[str]) -> tuple[Sequence[Report], datetime | None]:
        asked = f"patient={quote(patient, safe='')}&elements={_listed(elements)}"
        reply = await ask(self._http, f"{self._url}?{asked}", MEDIA)
        if reply is None:
            return (), None
        answered = reports(reply.content, elements)
        if any(report.patient != patient for report in answered):
            raise Unanswered(Fault.WRONG_PERSON)
        return answered, reply.modified

    async def pages(self) -> AsyncIterator[Sequence[Report]]:
        after = ""
        while reply := await self._page(after):
            page = reports(reply.content)
            last = max((report.patient for report in page), default="")
            if last <= after:  # a system that pages in circles would be asked for ever
                raise Unanswered(Fault.GARBAGE)
            yield page
            after = last

    async def _page(self, after: str) -> Reply | None:
        async with asyncio.timeout(PATIENCE):
            return await ask(self._http, f"{self._url}?after={quote(after, safe='')}", MEDIA)


class _OnDisk:
    """A directory of documents, read in a thread so that nobody else waits."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def about(self, patient: str, elements: frozenset[str]) -> tuple[Sequence[Report], datetime | None]:
        return await asyncio.to_thread(self._folder.about, patient, elements)

    async def pages(self) -> AsyncIterator[Sequence[Report]]:
        every = self._folder.every()
        while (page := await asyncio.to_thread(next, every, None)) is not None:
            yield page


class Ems:
    """The connector. See `service.gateway.ports.Connector`."""

    custodian = Agency.EMS
    offers = OFFERS

    def __init__(self, source: _Source, clock: Clock) -> None:
        self._source, self._clock = source, clock

    async def open(self) -> None:
        """Nothing to do: the session is shared, and a directory is read when asked."""

    async def close(self) -> None:
        """Nothing to do: whoever made the session closes it."""

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        """The wanted fields of one patient, named by EMS's own patient identifier (ePatient.01)."""
        return await guarded(self.custodian, self._fetch(wanted), seconds)

    async def _fetch(self, wanted: Wanted) -> Answer:
        fields = frozenset().union(*wanted.fields.values())
        answered, as_of = await self._source.about(wanted.local_id, _elements(fields))
        history = History.of(answered, self._clock())
        if not history.reports:
            return not_found(self.custodian)
        values = {
            category: {name: readings[name](history) for name in readings.keys() & wanted.fields.get(category, ())}
            for category, readings in READINGS.items()
        }
        return found(self.custodian, values, wanted.fields, as_of)

    async def feed(self) -> AsyncIterator[Sighting]:
        """Each patient once, as their newest report in the first page that has them spells them.

        Raises `Unanswered` or OSError: an index built from half a feed would take people for unknown.
        """
        seen: set[str] = set()
        async for page in self._source.pages():
            for report in page:
                if report.patient and report.patient not in seen:
                    seen.add(report.patient)
                    yield _sighting(report)


@lru_cache(maxsize=256)
def _elements(fields: frozenset[str]) -> frozenset[str]:
    return _ALWAYS.union(*(_ELEMENTS.get(name, frozenset()) for name in fields))


@lru_cache(maxsize=256)
def _listed(elements: frozenset[str]) -> str:
    return ",".join(sorted(elements))


def _sighting(report: Report) -> Sighting:
    return Sighting(
        custodian=Agency.EMS,
        local_id=report.patient,
        given=report.given,
        family=report.family,
        middle=report.middle,
        suffix=report.suffix,
        birth_date=report.birth_date,
        sex=_SEXES.get(report.sex, ""),
        street=report.street,
        zip=report.zip,
        phone=report.phone,
    )


def connect(url: str, http: Http, clock: Clock) -> Connector:
    """EMS at the `http(s)://` URL of its ePCR system, or in a directory of NEMSIS documents (a path or `file://`)."""
    if url.startswith(("http://", "https://")):
        return Ems(_Online(url, http), clock)
    return Ems(_OnDisk(Folder(Path(url.removeprefix("file://")))), clock)
