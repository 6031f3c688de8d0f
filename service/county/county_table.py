"""A CSV file with a header, written line by line."""

import csv
from collections.abc import Iterable
from pathlib import Path


class Table:
    """UTF-8, LF, a header of `columns` (names parted by spaces)."""

    def __init__(self, path: Path, columns: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", newline="", encoding="utf-8")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._width = len(columns.split())
        self.write(columns.split())

    def write(self, *lines: Iterable[object]) -> None:
        """Write lines. Raises ValueError for one that does not fit the columns."""
        for line in map(list, lines):
            if len(line) != self._width:
                raise ValueError(f"A line of {len(line)} values does not fit {self._width} columns.")
            self._csv.writerow(line)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
