"""An X12 834 enrolment file (005010X220A1): who is a member of the plan, since when, and how to reach them. Pure.

A member's loop runs from INS to the next INS. Their number is REF*0F, the Medicaid number NM109 of NM1*IL.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from service.connectors.native_files_places import Index, Range
from service.connectors.x12 import Delimiters, Scanner, Segment, X12Refused, element

GUIDE: Final = "005010X220"
_TERMINATES = "024"


@dataclass(frozen=True, slots=True, repr=False)
class Member:
    """One member as the latest of their loops has them. `begins` and `ends` bound the coverage, both days included."""

    member_id: str = ""
    medicaid_id: str = ""
    policy: str = ""
    terminated: bool = False
    given: str = ""
    family: str = ""
    middle: str = ""
    suffix: str = ""
    birth_date: date | None = None
    sex: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    phone: str = ""
    begins: date | None = None
    ends: date | None = None

    def covered(self, day: date) -> bool:
        """Whether the coverage stands on a day. An unknown beginning is none."""
        ended = self.ends is not None and self.ends < day
        return not ended and self.begins is not None and self.begins <= day and not (self.terminated and not self.ends)


def members(segments: Iterable[Segment]) -> list[Member]:
    """One Member for each loop."""
    read: list[Member] = []
    for segment in segments:
        if segment[0] == "INS":
            read.append(Member(terminated=element(segment, 3) == _TERMINATES))
        elif read:
            read[-1] = _with(read[-1], segment)
    return read


def _with(member: Member, segment: Segment) -> Member:
    """The member with what one more segment says."""
    match segment:
        case ["REF", "0F", number, *_]:
            member = replace(member, member_id=number)
        case ["REF", "1L", policy, *_]:
            member = replace(member, policy=policy)
        case ["NM1", "IL", *_]:
            member = _named(member, segment)
        case ["PER", *_]:
            member = replace(member, phone=_phone(segment))
        case ["N3", street, *_] if not member.street:
            member = replace(member, street=street)
        case ["N4", *_] if not member.zip:  # the first address is the residence (2100A)
            member = replace(member, city=element(segment, 1), zip=element(segment, 3)[:5])
        case ["DMG", "D8", born, *_]:
            member = replace(member, birth_date=day(born), sex=element(segment, 3))
        case ["DTP", "356" | "348", "D8", first, *_]:
            member = replace(member, begins=day(first))
        case ["DTP", "357" | "349", "D8", last, *_]:
            member = replace(member, ends=day(last))
    return member


def _named(member: Member, segment: Segment) -> Member:
    medicaid = element(segment, 9) if element(segment, 8) in ("ZZ", "MI") else ""  # 34 would be an SSN
    return replace(
        member,
        family=element(segment, 3),
        given=element(segment, 4),
        middle=element(segment, 5),
        suffix=element(segment, 7),
        medicaid_id=medicaid,
    )


def _phone(segment: Segment) -> str:
    """The number after TE, HP or CP, as `919-555-0142`."""
    for kind, number in zip(segment[3::2], segment[4::2], strict=False):
        if kind in ("TE", "HP", "CP") and len(number) == 10:  # noqa: PLR2004  # area, exchange, line
            return f"{number[:3]}-{number[3:6]}-{number[6:]}"
    return ""


def day(eight_digits: str) -> date:
    """A D8 date. Raises X12Refused for anything else."""
    try:
        return datetime.strptime(eight_digits, "%Y%m%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise X12Refused("A date is no date.") from None


class EnrolmentIndexer:
    """Finds each member's loops in an 834."""

    def __init__(self) -> None:
        self._scanner = Scanner(GUIDE)
        self._places: dict[str, list[Range]] = {}
        self._begun: int | None = None
        self._member = ""

    def see(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        for start, _, elements in self._scanner.feed(chunk):
            name = elements[0]
            if name in (b"INS", b"SE"):
                self._end(start)
                self._begun = start if name == b"INS" else None
            elif name == b"REF" and elements[1] == b"0F" and self._begun is not None:
                self._member = elements[2].decode()

    def close(self) -> Index[Delimiters]:
        """The end of the file."""
        return Index(self._places, self._scanner.close(), self._scanner.sent)

    def _end(self, at: int) -> None:
        if self._begun is not None and self._member:
            self._places.setdefault(self._member, []).append((self._begun, at))
        self._member = ""
