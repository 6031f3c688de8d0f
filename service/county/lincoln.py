"""Lincoln Community Health Center's records of the synthetic county: FHIR R4 US Core resources as NDJSON.

`lincoln/<Type>.ndjson` has a resource a line, one patient's together; `lincoln/index.tsv` says where: medical record
number, then `Type offset length` for each type there is about the patient.
"""

from datetime import date
from io import BufferedWriter
from pathlib import Path

import orjson

from policies.vocabulary import Agency, Role
from service.county.county_staff import staff
from service.county.lincoln_care import chart
from service.county.lincoln_resources import Resource, practitioner
from service.county.people import Person


class Writer:
    """Writes the resources under `directory/lincoln`, one person at a time. Call `close` to finish the files."""

    def __init__(self, directory: Path, today: date) -> None:
        self._place, self._today = directory / "lincoln", today
        self._place.mkdir(parents=True, exist_ok=True)
        self._files: dict[str, BufferedWriter] = {}
        self._index = (self._place / "index.tsv").open("w", encoding="utf-8", newline="\n")

    def add(self, person: Person) -> None:
        """Write the person's chart, if Lincoln knows them."""
        seen = person.seen.get(Agency.LINCOLN)
        if seen is None:
            return
        lines: dict[str, list[bytes]] = {}
        for resource in chart(person, seen, self._today):
            lines.setdefault(str(resource["resourceType"]), []).append(_line(resource))
        places = [f"{kind} {self._write(kind, held)} {sum(map(len, held))}" for kind, held in lines.items()]
        self._index.write("\t".join((seen.local_id, *places)) + "\n")

    def close(self) -> None:
        """Write who works at Lincoln, and finish the files."""
        clinicians = [worker for worker in staff() if worker.role is Role.LINCOLN_CLINICIAN]
        self._write("Practitioner", [_line(practitioner(w.actor, w.name, w.phone)) for w in clinicians])
        for file in self._files.values():
            file.close()
        self._index.close()

    def _write(self, kind: str, lines: list[bytes]) -> int:
        """Write the lines and say where they begin."""
        if kind not in self._files:
            self._files[kind] = (self._place / f"{kind}.ndjson").open("wb")
        start = self._files[kind].tell()
        self._files[kind].writelines(lines)
        return start


def _line(resource: Resource) -> bytes:
    return orjson.dumps(resource, option=orjson.OPT_APPEND_NEWLINE)
