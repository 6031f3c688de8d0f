"""Durham County EMS's own system: an ePCR store that hands out NEMSIS 3.5.1 documents over HTTP.

    python -m service.county.systems.ems --county DIR --port N

`GET /pcr?patient=ID` is one patient's reports, with `&sections=eTimes,eDisposition` only those sections of them beside
the patient's identifier; `GET /pcr?after=ID` the newest report of each of the next patients. 404 where there is nobody.
Memory holds where each patient's reports lie, never the reports.
"""

from bisect import bisect_right
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path

from service.county.ems_xml import END, START
from service.county.systems.serving import App, Receive, Scope, Send, answer, arguments, query, serve

PAGE = 60
"""Patients on a page: well under the megabyte that a careful reader takes."""

SECTIONS = frozenset(
    f"e{name}"
    for name in (
        *("Record", "Response", "Times", "Patient", "Scene", "Situation"),
        *("Injury", "History", "Vitals", "Medications", "Disposition"),
    )
)
"""The sections a caller may name."""

_REPORT_END = b"</PatientCareReport>\n"

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

    def of(self, patient: str, sections: Sequence[str] = ()) -> bytes | None:
        """One patient's document, or None; only these sections of each report where any are named."""
        place = self._places.get(patient)
        if place is None:
            return None
        whole = self._slice(place, place[3])
        return START + (projected(whole, sections) if sections else whole) + END

    def after(self, patient: str) -> bytes | None:
        """The newest report of each of the next patients in one document, or None behind the last."""
        start = bisect_right(self._patients, patient)
        places = [self._places[each] for each in self._patients[start : start + PAGE]]
        return START + b"".join(self._slice(place, place[2]) for place in places) + END if places else None

    def _slice(self, place: Place, length: int) -> bytes:
        with (self._directory / place[0]).open("rb") as document:
            document.seek(place[1])
            return document.read(length)


def projected(reports: bytes, sections: Sequence[str]) -> bytes:
    """Each report cut down to its identifier and these sections, in the report's own order."""
    wanted = [f"<{name}>".encode() for name in sections]
    return b"".join(_cut(report, wanted) for report in reports.split(_REPORT_END)[:-1])


def _cut(report: bytes, wanted: Sequence[bytes]) -> bytes:
    opening = report[: report.index(b">") + 1]
    identifier = b"" if b"<ePatient>" in wanted else b"<ePatient>" + _between(report, b"<ePatient.01>") + b"</ePatient>"
    return b"".join((opening, identifier, *(_between(report, start) for start in wanted), _REPORT_END))


def _between(report: bytes, start: bytes) -> bytes:
    """The element that starts so, whole; nothing where the report has none."""
    begin = report.find(start)
    end = start.replace(b"<", b"</")
    return report[begin : report.index(end, begin) + len(end)] if begin >= 0 else b""


def app(reports: Reports) -> App:
    """The ASGI application."""

    async def ask(scope: Scope, _: Receive, send: Send) -> None:
        asked = dict(query(scope))
        known = asked.keys() in ({"patient"}, {"patient", "sections"}, {"after"})
        sections = asked.get("sections", "").split(",") if "sections" in asked else []
        if scope["path"] != "/pcr" or scope["method"] != "GET" or not known or not set(sections) <= SECTIONS:
            await answer(send, 400, "text/plain", b"GET /pcr?patient= or /pcr?after=\n")
            return
        found = reports.of(asked["patient"], sections) if "patient" in asked else reports.after(asked["after"])
        if found is None:
            await answer(send, 404, "text/plain", b"no reports\n")
        else:
            await answer(send, 200, "application/xml", found, [(b"last-modified", reports.modified)])

    return ask


if __name__ == "__main__":
    chosen = arguments(__doc__)
    serve(app(Reports(chosen.county / "ems")), chosen.port, "/pcr")
