"""An X12 837P claims file (005010X222A1): which provider did what, for which diagnoses, when. Pure.

Claims stand in a subscriber's loop (HL03 22), below the loop of the provider who bills (HL03 20). A dependent's loop
(HL03 23) is about somebody else than the subscriber and is left alone; Medicaid has none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from service.connectors.native_files_places import Index, Range
from service.connectors.x12 import Delimiters, Scanner, Segment, X12Refused, element
from service.connectors.x12_enrolment import day

GUIDE: Final = "005010X222"
_PROVIDER, _SUBSCRIBER = "20", "22"


@dataclass(frozen=True, slots=True, repr=False)
class Service:
    """One line of a claim: an HCPCS or CPT code, how many units, on which day."""

    code: str
    units: float
    on: date | None = None


@dataclass(slots=True, repr=False)
class Claim:
    """One claim. `diagnoses` are ICD-10-CM without the dot; `place` is the two-digit place of service."""

    subscriber: str
    provider: str
    taxonomies: tuple[str, ...]
    place: str
    diagnoses: tuple[str, ...] = ()
    services: list[Service] = field(default_factory=list)

    @property
    def last_day(self) -> date | None:
        """The day of its latest dated service."""
        return max((service.on for service in self.services if service.on), default=None)


def claims(segments: Iterable[Segment], marks: Delimiters) -> list[Claim]:
    """The claims in a provider's and subscribers' loops, in the file's order."""
    reader = _Loops(marks.component.decode())
    for segment in segments:
        reader.see(segment)
    return reader.claims


class _Loops:
    def __init__(self, component: str) -> None:
        self._component = component
        self._level = self._provider = self._subscriber = ""
        self._taxonomies: tuple[str, ...] = ()
        self._claim: Claim | None = None
        self.claims: list[Claim] = []

    def see(self, segment: Segment) -> None:
        match segment:
            case ["HL", *_]:
                self._enter(element(segment, 3))
            case ["NM1", "85", *_] if self._level == _PROVIDER:
                self._provider = " ".join(filter(None, (element(segment, 4), element(segment, 3))))
            case ["NM1", "IL", *_] if self._level == _SUBSCRIBER:
                self._subscriber = element(segment, 9)
            case ["PRV", _, "PXC", taxonomy, *_] if self._claim:
                self._claim.taxonomies += (taxonomy,)
            case ["PRV", _, "PXC", taxonomy, *_] if self._level == _PROVIDER:
                self._taxonomies += (taxonomy,)
            case ["CLM", *_] if self._level == _SUBSCRIBER:
                place = element(segment, 5).split(self._component)[0]
                self._claim = Claim(self._subscriber, self._provider, self._taxonomies, place)
                self.claims.append(self._claim)
            case _ if self._claim:
                self._line(self._claim, segment)

    def _enter(self, level: str) -> None:
        self._level, self._claim, self._subscriber = level, None, ""
        if level == _PROVIDER:
            self._provider, self._taxonomies = "", ()

    def _line(self, claim: Claim, segment: Segment) -> None:
        match segment:
            case ["HI", *composites]:
                parts = [composite.split(self._component) for composite in composites]
                claim.diagnoses += tuple(part[1].replace(".", "") for part in parts if part[0] in ("ABK", "ABF"))
            case ["SV1", procedure, *_]:
                claim.services.append(Service(procedure.split(self._component)[1], _units(element(segment, 4))))
            case ["DTP", "472", _, days, *_] if claim.services:
                last = claim.services[-1]
                claim.services[-1] = Service(last.code, last.units, day(days.split("-")[-1]))


def _units(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        raise X12Refused("A number of units is no number.") from None


class ClaimsIndexer:
    """Finds each subscriber's loops in an 837P, with the loops of the providers who billed."""

    def __init__(self) -> None:
        self._scanner = Scanner(GUIDE)
        self._places: dict[str, list[Range]] = {}
        self._loop, self._begun, self._subscriber = b"", 0, ""
        self._provider: Range | None = None

    def see(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        for start, _, elements in self._scanner.feed(chunk):
            if elements[0] in (b"HL", b"SE"):
                self._end(start)
                self._loop, self._begun = elements[3] if elements[0] == b"HL" else b"", start
            elif elements[0] == b"NM1" and elements[1] == b"IL" and self._loop == _SUBSCRIBER.encode():
                self._subscriber = elements[9].decode()

    def close(self) -> Index[Delimiters]:
        """The end of the file."""
        return Index(self._places, self._scanner.close(), self._scanner.sent)

    def _end(self, at: int) -> None:
        if self._loop == _PROVIDER.encode():
            self._provider = (self._begun, at)
        elif self._subscriber and self._provider:
            self._places.setdefault(self._subscriber, []).extend((self._provider, (self._begun, at)))
        self._subscriber = ""
