"""Alliance Health, the county's LME/MCO: an 834, an 837P and the care managers' roster, read by byte range.

The files stand in a directory or behind HTTP; only the files that permitted fields need are read, and of each only
the member's own bytes.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

from policies.vocabulary import Agency
from service.connectors.base import Unanswered, found, guarded, not_found
from service.connectors.http import Http
from service.connectors.native_files import files, together
from service.connectors.native_files_index import Found, IndexedFile
from service.connectors.native_files_lines import LineIndexer, cells
from service.connectors.native_files_places import Form
from service.connectors.tailored_plan import CLAIMS, ENROLMENT, OFFERS, READINGS, ROSTER, Record
from service.connectors.x12 import Delimiters, segments
from service.connectors.x12_claims import Claim, ClaimsIndexer, claims
from service.connectors.x12_enrolment import EnrolmentIndexer, Member, members
from service.gateway.ports import Answer, Clock, Connector, Fault, Sighting, Wanted

_Parts = tuple[Found[Delimiters] | None, Found[Delimiters] | None, Found[list[str]] | None]
"""What the enrolment, the claims and the roster hold of one member."""


class Alliance:
    """Alliance's files. `open` begins to index them; until that is done, and while they are away, `fetch` says so."""

    custodian = Agency.ALLIANCE
    offers = OFFERS

    def __init__(self, url: str, http: Http, clock: Clock) -> None:
        self._clock = clock
        outbox = files(url, http)
        self._enrolment: IndexedFile[Delimiters] = IndexedFile(outbox, ENROLMENT, EnrolmentIndexer)
        self._claims: IndexedFile[Delimiters] = IndexedFile(outbox, CLAIMS, ClaimsIndexer)
        self._roster: IndexedFile[list[str]] = IndexedFile(outbox, ROSTER, partial(LineIndexer, "MemberID"))

    async def open(self) -> None:
        """Begin to index the files."""
        for file in (self._enrolment, self._claims, self._roster):
            file.start()

    async def close(self) -> None:
        """Stop whatever is under way."""
        for file in (self._enrolment, self._claims, self._roster):
            await file.stop()

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        """Read the member's bytes of the files that the wanted fields need."""
        return await guarded(self.custodian, self._fetch(wanted), seconds)

    async def _fetch(self, wanted: Wanted) -> Answer:
        asked = {c: fields & OFFERS[c] for c, fields in wanted.fields.items() if c in OFFERS}
        needed = frozenset[str]().union(*(READINGS[c][name][0] for c, names in asked.items() for name in names))
        if not await self._enrolment.known(wanted.local_id):
            return not_found(self.custodian)
        record, as_of = await self._read(wanted.local_id, needed)
        today = self._clock().date()
        values = {c: {name: READINGS[c][name][1](record, today) for name in names} for c, names in asked.items()}
        return found(self.custodian, values, wanted.fields, as_of)

    async def _read(self, member: str, needed: frozenset[str]) -> tuple[Record, datetime | None]:
        """The parts of a member's record that are needed, and since when the oldest of them stands."""
        read = await self._parts(member, needed)
        record = Record(_member(read[0], member), _billed(read[1], member), _line(read[2], member))
        return record, min((part.as_of for part in read if part and part.as_of), default=None)

    async def _parts(self, member: str, needed: frozenset[str]) -> _Parts:
        """What the needed files hold of a member, read at once where there are several."""
        enrolment = partial(_if, ENROLMENT in needed, self._enrolment, member)
        billed = partial(_if, CLAIMS in needed, self._claims, member)
        roster = partial(_if, ROSTER in needed, self._roster, member)
        if len(needed) <= 1:
            return await enrolment(), await billed(), await roster()
        async with together() as group:
            tasks = group.create_task(enrolment()), group.create_task(billed()), group.create_task(roster())
        return tasks[0].result(), tasks[1].result(), tasks[2].result()

    async def feed(self) -> AsyncIterator[Sighting]:
        """Everybody in the 834, each once, as the latest of their loops has them."""
        async for batch in self._enrolment.batches():
            latest = {member.member_id: member for member in members(_segments(batch))}
            for member in latest.values():
                yield _sighting(member)


async def _if(needed: bool, file: IndexedFile[Form], member: str) -> Found[Form] | None:
    return await file.find(member) if needed else None


def _segments(part: Found[Delimiters]) -> list[list[str]]:
    return [segment for piece in part.pieces for segment in segments(piece, part.form)]


def _member(part: Found[Delimiters] | None, asked: str) -> Member:
    """The latest of the member's loops. Raises Unanswered where any loop is somebody else's."""
    loops = members(_segments(part)) if part else []
    _check({loop.member_id for loop in loops}, asked)
    return loops[-1] if loops else Member()


def _billed(part: Found[Delimiters] | None, asked: str) -> tuple[Claim, ...]:
    read = claims(_segments(part), part.form) if part else []
    _check({claim.subscriber for claim in read}, asked)
    return tuple(read)


def _line(part: Found[list[str]] | None, asked: str) -> dict[str, str]:
    lines = [cells(line) for piece in part.pieces for line in piece.splitlines()] if part else []
    _check({line[0] for line in lines}, asked)
    return dict(zip(part.form, lines[-1], strict=True)) if part else {}


def _check(identifiers: set[str], asked: str) -> None:
    if identifiers - {asked}:
        raise Unanswered(Fault.WRONG_PERSON)


def _sighting(member: Member) -> Sighting:
    return Sighting(
        custodian=Agency.ALLIANCE,
        local_id=member.member_id,
        given=member.given,
        family=member.family,
        middle=member.middle,
        suffix=member.suffix,
        birth_date=member.birth_date,
        sex=member.sex,
        street=member.street,
        city=member.city,
        zip=member.zip,
        phone=member.phone,
        medicaid_id=member.medicaid_id,
    )


def connect(url: str, http: Http, clock: Clock) -> Connector:
    """Alliance's connector. `url` is where its outbox is: `https://...`, `file:///...` or a plain path."""
    return Alliance(url, http, clock)
