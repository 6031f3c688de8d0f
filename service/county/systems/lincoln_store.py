"""The files that `service.county.lincoln.Writer` wrote, as a FHIR server's store. Memory holds where, never what."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

from service.connectors.fhir import Resource


class Store:
    """Resources by patient and type. A patient's id is `p-` and their record number; theirs are `p-X.0` and on."""

    def __init__(self, directory: Path) -> None:
        self._index = os.open(directory / "index.tsv", os.O_RDONLY)
        self._files = {path.stem: os.open(path, os.O_RDONLY) for path in directory.glob("*.ndjson")}
        self._lines: dict[str, tuple[int, int]] = {}
        offset = 0
        for line in (directory / "index.tsv").read_bytes().splitlines(keepends=True):
            self._lines[line.partition(b"\t")[0].decode()] = (offset, len(line))
            offset += len(line)
        self._mrns = list(self._lines)

    def types(self) -> list[str]:
        """The resource types there are."""
        return sorted(self._files)

    def of(self, mrn: str, kind: str) -> list[Resource]:
        """A patient's resources of one type; none for an unknown patient."""
        if mrn not in self._lines or kind not in self._files:
            return []
        offset, length = self._lines[mrn]
        for place in os.pread(self._index, length, offset).decode().split("\t")[1:]:
            name, start, size = place.split(" ")
            if name == kind:
                return [orjson.loads(line) for line in os.pread(self._files[kind], int(size), int(start)).splitlines()]
        return []

    def patients(self, start: int, count: int) -> Iterator[Resource]:
        """Patients in the order of the files."""
        for mrn in islice(self._mrns, start, start + count):
            yield from self.of(mrn, "Patient")

    def count(self) -> int:
        """How many patients there are."""
        return len(self._mrns)
