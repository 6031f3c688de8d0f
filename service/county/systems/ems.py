"""Durham County EMS's own system: an ePCR store that hands out NEMSIS 3.5.1 documents over HTTP.

    python -m service.county.systems.ems --county DIR --port N

`GET /pcr?patient=ID` is one patient's reports; `GET /pcr?after=ID` the newest report of each of the next patients.
404 where there is nobody. Memory holds where each patient's reports lie, never the reports.
"""

from bisect import bisect_right
from email.utils import formatdate
from pathlib import Path

from service.county.ems_xml import END, START
from service.county.systems.serving import App, Receive, Scope, Send, answer, arguments, query, serve

PAGE = 60
"""Patients on a page: well under the megabyte that a careful reader takes."""

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

    def of(self, patient: str) -> bytes | None:
        """One patient's document, or None."""
        place = self._places.get(patient)
        return place and START + self._slice(place, place[3]) + END

    def after(self, patient: str) -> bytes | None:
        """The newest report of each of the next patients in one document, or None behind the last."""
        start = bisect_right(self._patients, patient)
        places = [self._places[each] for each in self._patients[start : start + PAGE]]
        return START + b"".join(self._slice(place, place[2]) for place in places) + END if places else None

    def _slice(self, place: Place, length: int) -> bytes:
        with (self._directory / place[0]).open("rb") as document:
            document.seek(place[1])
            return document.read(length)


def app(reports: Reports) -> App:
    """The ASGI application."""

    async def ask(scope: Scope, _: Receive, send: Send) -> None:
        asked = dict(query(scope))
        if scope["path"] != "/pcr" or scope["method"] != "GET" or asked.keys() not in ({"patient"}, {"after"}):
            await answer(send, 400, "text/plain", b"GET /pcr?patient= or /pcr?after=\n")
            return
        found = reports.of(asked["patient"]) if "patient" in asked else reports.after(asked["after"])
        if found is None:
            await answer(send, 404, "text/plain", b"no reports\n")
        else:
            await answer(send, 200, "application/xml", found, [(b"last-modified", reports.modified)])

    return ask


if __name__ == "__main__":
    chosen = arguments(__doc__)
    serve(app(Reports(chosen.county / "ems")), chosen.port, "/pcr")
