"""A CSV file with a header and one line for each identifier, which stands in the first column. Pure."""

import csv

from service.connectors.native_files_places import Index, Range

LONGEST_LINE = 64 << 10


class LineIndexer:
    """Finds each identifier's lines. `form` of its index is the columns' names."""

    def __init__(self, first_column: str) -> None:
        self._first = first_column
        self._rest = b""
        self._at = 0
        self._columns: list[str] = []
        self._places: dict[str, list[Range]] = {}

    def see(self, chunk: bytes) -> None:
        """The next bytes of the file. Raises ValueError for a line no file of this kind has."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._place(line)
        _bound(self._rest)

    def close(self) -> Index[list[str]]:
        """The end of the file. Raises ValueError without a header, or within a line."""
        if self._rest or not self._columns:
            raise ValueError("The file has no header, or ends within a line.")
        return Index(self._places, self._columns)

    def _place(self, line: bytes) -> None:
        _bound(line)
        start, self._at = self._at, self._at + len(line) + 1
        if not self._columns:
            self._columns = cells(line)
            if self._columns[0] != self._first:
                raise ValueError("The header is not the one agreed.")
        else:
            identifier = line.split(b",", 1)[0].strip(b'"').decode()
            self._places.setdefault(identifier, []).append((start, self._at))


def cells(line: bytes) -> list[str]:
    """The cells of one line. Raises ValueError for a line that is not one (a quoted line break among others)."""
    try:
        return next(csv.reader([line.decode("utf-8-sig").rstrip("\r\n")], strict=True))
    except (csv.Error, StopIteration):
        raise ValueError("A line cannot be read.") from None


def _bound(line: bytes) -> None:
    if len(line) > LONGEST_LINE:
        raise ValueError("A line is longer than any may be.")
