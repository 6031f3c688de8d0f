"""Durham County EMS's records of the synthetic county: patient care reports as NEMSIS 3.5.1 XML.

`ems/pcr-00000.xml` and on are whole EMSDataSet documents of `PATIENTS` patients each; `ems/index.tsv` says where in
them one patient's reports lie (patient, file, offset, length of the newest report, length of all).
"""

from datetime import date
from io import BufferedWriter
from pathlib import Path

from policies.vocabulary import Agency
from service.county.ems_calls import encounters
from service.county.ems_xml import END, START, report
from service.county.people import Person
from service.gateway.ports import Sighting

PATIENTS = 40
_RACES = ("2514001", "2514003", "2514005", "2514005", "2514007", "2514011", "2514011")


class Writer:
    """Writes the reports under `directory/ems`, one person at a time. Call `close` to make the last document whole."""

    def __init__(self, directory: Path, today: date) -> None:
        self._place, self._today = directory / "ems", today
        self._place.mkdir(parents=True, exist_ok=True)
        self._index = (self._place / "index.tsv").open("w", encoding="utf-8", newline="\n")
        self._patients, self._document = 0, self._begin(0)

    def add(self, person: Person) -> None:
        """Write the person's reports, newest first, if an ambulance ever met them."""
        seen = person.seen.get(Agency.EMS)
        if seen is None:
            return
        if self._patients and self._patients % PATIENTS == 0:
            self._end()
            self._document = self._begin(self._patients // PATIENTS)
        written = [
            report(seen, call, homeless=person.homeless, race=_RACES[person.number % len(_RACES)], age=self._age(seen))
            for call in encounters(person, self._today)
        ]
        start, document = self._document.tell(), Path(self._document.name).name
        self._document.write(b"".join(written))
        self._index.write(f"{seen.local_id}\t{document}\t{start}\t{len(written[0])}\t{sum(map(len, written))}\n")
        self._patients += 1

    def close(self) -> None:
        """Finish the last document and the index."""
        self._end()
        self._index.close()
        if not self._patients:  # a document without a report is not valid
            Path(self._document.name).unlink()

    def _begin(self, number: int) -> BufferedWriter:
        document = (self._place / f"pcr-{number:05d}.xml").open("wb")
        document.write(START)
        return document

    def _end(self) -> None:
        self._document.write(END)
        self._document.close()

    def _age(self, seen: Sighting) -> int | None:
        return max((self._today - seen.birth_date).days // 365, 1) if seen.birth_date else None
