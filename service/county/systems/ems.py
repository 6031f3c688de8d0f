"""Durham County EMS's own system: an ePCR store that hands out NEMSIS 3.5.1 documents over HTTP.

    python -m service.county.systems.ems --county DIR --port N

`GET /pcr?patient=ID` is one patient's reports, with `&elements=eTimes.07,eVitals.VitalGroup` only those elements of
them beside the patient's identifier; `GET /pcr?after=ID` the newest report of each of the next patients. 404 where
there is nobody. Memory holds where each patient's reports lie, never the reports.
"""

import os
import re
from bisect import bisect_right
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path

from service.county.ems_xml import END, START
from service.county.systems.serving import App, Receive, Scope, Send, answer, arguments, query, serve

PAGE = 60
"""Patients on a page: well under the megabyte that a careful reader takes."""

_AN_ELEMENT = re.compile(
    r"e(?:Record|Response|Times|Patient|Scene|Situation|Injury|History|Vitals|Medications|Disposition)"
    r"\.(?:[0-9]{2}|[A-Z][A-Za-z]{1,40}Group)"
)
"""The elements and groups of elements that a caller may name."""

_MOST_ELEMENTS = 60

Place = tuple[str, int, int, int]
"""File, offset, length of the newest report, length of all."""


class Reports:
    """The reports that `service.county.ems.Writer` wrote."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._places: dict[str, Place] = {}
        index = directory / "index.tsv"
        for line in index.read_text("utf-8").splitlines():
            patient, file, offset, first, length = line.split("\t")
            self._places[patient] = (file, int(offset), int(first), int(length))
        self._patients = sorted(self._places)
        self.modified = formatdate(index.stat().st_mtime, usegmt=True).encode()

    def of(self, patient: str, elements: Sequence[str] = ()) -> bytes | None:
        """One patient's document, or None; only these elements of each report where any are named."""
        place = self._places.get(patient)
        if place is None:
            return None
        whole = self._slice(place, place[3])
        return START + (projected(whole, tuple(elements)) if elements else whole) + END

    def after(self, patient: str) -> bytes | None:
        """The newest report of each of the next patients in one document, or None behind the last."""
        start = bisect_right(self._patients, patient)
        places = [self._places[each] for each in self._patients[start : start + PAGE]]
        return START + b"".join(self._slice(place, place[2]) for place in places) + END if places else None

    def _slice(self, place: Place, length: int) -> bytes:
        document = os.open(self._directory / place[0], os.O_RDONLY)
        try:
            return os.pread(document, length, place[1])
        finally:
            os.close(document)


def projected(reports: bytes, elements: tuple[str, ...]) -> bytes:
    """Each report cut down to its identifier and these elements, in the report's own order, without their sections."""
    return b"".join(_cut(elements).findall(reports))


@lru_cache(maxsize=256)
def _cut(elements: tuple[str, ...]) -> re.Pattern[bytes]:
    """What is kept: where a report begins and ends, and each element with its value or its reason for having none."""
    names = [re.escape(name) for name in ("ePatient.01", *elements) if not name.endswith("Group")]
    groups = [re.escape(name) for name in elements if name.endswith("Group")]
    kept = [
        r"</?PatientCareReport[^>]*>",
        rf"<(?:{'|'.join(names)})(?: [^>]*[^/>])?(?:/>|>[^<]*</[^>]*>)",
        *(rf"<{group}(?: [^>]*[^/>])?>(?s:.*?)</{group}>" for group in groups),
    ]
    return re.compile("|".join(kept).encode())


def app(reports: Reports) -> App:
    """The ASGI application."""

    async def ask(scope: Scope, _: Receive, send: Send) -> None:
        asked = dict(query(scope))
        known = asked.keys() in ({"patient"}, {"patient", "elements"}, {"after"})
        elements = asked["elements"].split(",") if "elements" in asked else []
        if scope["path"] != "/pcr" or scope["method"] != "GET" or not known or not _may_be_named(elements):
            await answer(send, 400, "text/plain", b"GET /pcr?patient= or /pcr?after=\n")
            return
        found = reports.of(asked["patient"], elements) if "patient" in asked else reports.after(asked["after"])
        if found is None:
            await answer(send, 404, "text/plain", b"no reports\n")
        else:
            await answer(send, 200, "application/xml", found, [(b"last-modified", reports.modified)])

    return ask


def _may_be_named(elements: Sequence[str]) -> bool:
    return len(elements) <= _MOST_ELEMENTS and all(map(_AN_ELEMENT.fullmatch, elements))


if __name__ == "__main__":
    chosen = arguments(__doc__)
    serve(app(Reports(chosen.county / "ems")), chosen.port, "/pcr")
