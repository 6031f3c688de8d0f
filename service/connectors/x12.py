"""ASC X12 5010 interchanges, read segment by segment with their place in the file. Pure.

`Scanner` is fed chunks of any size and holds at most one unfinished segment. It refuses 004010 by its version, and any
envelope whose control numbers or counts do not agree (ISA/IEA, GS/GE, ST/SE): half a file is no file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONGEST_SEGMENT = 16 << 10
_ISA_LENGTH = 106
_HERE = ZoneInfo("America/New_York")  # ISA09 and ISA10 are the sender's local date and time

Segment = list[str]
"""A segment's identifier and elements: `["REF", "0F", "A123"]`."""


class X12Refused(ValueError):
    """The file is not a whole X12 interchange of the version agreed. Holds no content."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters an interchange declares by its own ISA segment."""

    element: bytes
    component: bytes
    segment: bytes


class Located(NamedTuple):
    """A segment and the bytes it stands in: from `start` to before `end`, its terminator included."""

    start: int
    end: int
    elements: list[bytes]


def delimiters(isa: bytes) -> Delimiters:
    """The delimiters of an interchange, from its first 106 bytes."""
    if not isa.startswith(b"ISA") or len(isa) < _ISA_LENGTH:
        raise X12Refused("The file does not begin with an ISA segment.")
    found = Delimiters(isa[3:4], isa[104:105], isa[105:106])
    marks = {found.element, found.component, found.segment}
    if len(marks) < 3 or any(mark.isalnum() for mark in marks):  # noqa: PLR2004  # three different marks
        raise X12Refused("The delimiters of the ISA segment cannot be told apart.")
    return found


def segments(piece: bytes, marks: Delimiters) -> list[Segment]:
    """The whole segments in a piece cut out of an interchange. Raises X12Refused if it ends in the middle of one."""
    parts = piece.decode("utf-8").split(marks.segment.decode())
    if parts.pop().strip():
        raise X12Refused("A piece of the file ends within a segment.")
    return [part.strip("\r\n").split(marks.element.decode()) for part in parts]


def element(segment: Segment, position: int) -> str:
    """The element at a position, as `REF02` is 2; empty when the segment ends before it."""
    return segment[position] if position < len(segment) else ""


class Scanner:
    """Reads one file of interchanges of one implementation guide, for example `005010X220`."""

    def __init__(self, guide: str) -> None:
        self._envelope = _Envelope(guide.encode())
        self._rest = b""
        self._at = 0
        self.marks: Delimiters | None = None

    @property
    def sent(self) -> datetime | None:
        """When the first interchange says it was made (aware, UTC)."""
        return self._envelope.sent

    def feed(self, chunk: bytes) -> Iterator[Located]:
        """The segments that end within this chunk. Raises X12Refused."""
        self._rest += chunk
        if self.marks is None:
            if len(self._rest) < _ISA_LENGTH:
                return
            self.marks = delimiters(self._rest)
        *parts, self._rest = self._rest.split(self.marks.segment)
        for part in parts:
            yield self._locate(part, self.marks)
        _bound(self._rest)

    def close(self) -> Delimiters:
        """End of file: everything opened must be closed. The delimiters, if so; raises X12Refused."""
        if self.marks is None or self._rest.strip() or not self._envelope.complete:
            raise X12Refused("The file ends within an interchange.")
        return self.marks

    def _locate(self, part: bytes, marks: Delimiters) -> Located:
        _bound(part)
        content = part.lstrip(b"\r\n")
        start, self._at = self._at + len(part) - len(content), self._at + len(part) + 1
        elements = content.split(marks.element)
        self._envelope.see(elements, content + marks.segment, marks)
        return Located(start, self._at, elements)


def _bound(part: bytes) -> None:
    if len(part) > LONGEST_SEGMENT:
        raise X12Refused("A segment is longer than any may be.")


class _Envelope:
    """Where we are within ISA, GS and ST, and whether their trailers agree."""

    def __init__(self, guide: bytes) -> None:
        self._guide = guide
        self._open: list[tuple[bytes, bytes]] = []  # trailer expected, control number
        self._counts = [0, 0, 0]  # groups, transaction sets, segments
        self._seen = False
        self.sent: datetime | None = None

    @property
    def complete(self) -> bool:
        return self._seen and not self._open

    def see(self, elements: list[bytes], content: bytes, marks: Delimiters) -> None:
        name = elements[0]
        self._counts[2] += 1
        if name in _OPENERS:
            self._enter(name, elements, content, marks)
        elif name in _TRAILERS:
            self._leave(name, elements)
        elif len(self._open) != 3 or not name:  # noqa: PLR2004  # ISA, GS, ST
            raise X12Refused("A segment stands outside of a transaction set.")

    def _enter(self, name: bytes, elements: list[bytes], content: bytes, marks: Delimiters) -> None:
        level, trailer, control, shortest = _OPENERS[name]
        if len(self._open) != level or len(elements) < shortest:
            raise X12Refused("An envelope segment stands where none may, or is too short.")
        if level == 0:
            self._begin(elements, content, marks)
        elif (name == b"GS" and not elements[8].startswith(self._guide)) or (
            name == b"ST" and len(elements) > 3 and not elements[3].startswith(self._guide)  # noqa: PLR2004  # ST03
        ):
            raise X12Refused("The version is not the one agreed.")
        if level:
            self._counts[level - 1] += 1
        self._counts[level] = 0 if level < 2 else 1  # noqa: PLR2004  # SE01 counts ST itself
        self._open.append((trailer, elements[control]))

    def _begin(self, elements: list[bytes], content: bytes, marks: Delimiters) -> None:
        if elements[12] != b"00501" or delimiters(content) != marks:
            raise X12Refused("The interchange is not X12 5010, or changes its delimiters within the file.")
        if self.sent is None:
            self.sent = _sent(elements)
        self._seen = True

    def _leave(self, name: bytes, elements: list[bytes]) -> None:
        level = len(self._open) - 1
        if level < 0 or len(elements) < 3 or (name, elements[2]) != self._open.pop():  # noqa: PLR2004  # count, control
            raise X12Refused("A trailer does not belong to the header before it.")
        if not elements[1].isdigit() or int(elements[1]) != self._counts[level]:
            raise X12Refused("A trailer counts something else than was sent.")


def _sent(elements: list[bytes]) -> datetime:
    try:
        local = datetime.strptime((elements[9] + elements[10]).decode(), "%y%m%d%H%M")  # noqa: DTZ007  # zone below
    except ValueError:
        raise X12Refused("The interchange does not say when it was made.") from None
    return local.replace(tzinfo=_HERE).astimezone(UTC)


_OPENERS = {b"ISA": (0, b"IEA", 13, 17), b"GS": (1, b"GE", 6, 9), b"ST": (2, b"SE", 2, 3)}
"""Level, trailer, where the control number stands, how many elements there are at least."""

_TRAILERS = {b"IEA", b"GE", b"SE"}
