"""DSS's records of the synthetic county: a nightly NC FAST extract as CSV files.

`dss/Extract.csv` says when it was drawn; `dss/Individual.csv` has a line per person; `dss/Case.csv` a line per case.
Columns carry NC FAST's names. The extract holds what must never be shared (APS, SSN, notes), as the real one does.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from zlib import crc32

from policies.vocabulary import Agency, Role
from service.county.county_staff import Worker, assigned
from service.county.county_table import Table
from service.county.names import likely
from service.county.people import Person
from service.gateway.ports import Sighting

INDIVIDUAL = (
    "IndividualID FirstName MiddleName LastName Suffix DOB SSN Sex AddressLine1 City Zip HomePhone LivingArrangement "
    "AddressConfidential APSReport"
)
CASE = (
    "CaseReference IndividualID ProgramType AidCategory HealthPlan CaseStatus CertificationStart CertificationEnd "
    "RecertificationDue OutstandingVerifications ABAWDIndicator Caseworker CaseworkerPhone AuthorizedRepresentative "
    "CaseNotes"
)
EXTRACT = "ExtractID ExtractedAt"

_MONTHS = {"MA": 12, "FNS": 6, "WFFA": 12, "SA In-Home": 12, "LIEAP": 5, "CIP": 1, "APS": 3}
_SEES = "Sees people from 9 to 12; called about the office hours."


class Writer:
    """Writes the extract under `directory/dss`, one person at a time. Call `close` to make it whole."""

    def __init__(self, directory: Path, today: date) -> None:
        self._today = today
        self._individuals = Table(directory / "dss" / "Individual.csv", INDIVIDUAL)
        self._cases = Table(directory / "dss" / "Case.csv", CASE)
        self._place = directory / "dss"
        self._checksum = 0

    def add(self, person: Person) -> None:
        """Write what DSS holds about a person, if anything."""
        seen = person.seen.get(Agency.DSS)
        if seen is None:
            return
        chance = person.life(Agency.DSS)
        protected = likely(0.06 if person.familiar else 0.01, chance)
        self._checksum = crc32(seen.local_id.encode(), self._checksum)
        self._individuals.write(_individual(person, seen, protected, chance))
        self._cases.write(*_cases(person, seen, protected, self._today, chance))

    def close(self) -> None:
        """Finish the files; the extract is named last, when it is whole."""
        self._individuals.close()
        self._cases.close()
        extract = Table(self._place / "Extract.csv", EXTRACT)
        extract.write((f"NCFAST-{self._today:%Y%m%d}-{self._checksum:08X}", f"{self._today.isoformat()}T00:00:00Z"))
        extract.close()


def _individual(person: Person, seen: Sighting, protected: bool, chance: Random) -> Sequence[str]:
    arrangement = (
        chance.choice(("HOMELESS", "SHELTER")) if person.homeless else chance.choice(("OWN", "RENT", "FAMILY"))
    )
    return (
        seen.local_id,
        seen.given,
        seen.middle,
        seen.family,
        seen.suffix,
        seen.birth_date.isoformat() if seen.birth_date else "",
        seen.ssn4,
        seen.sex,
        seen.street,
        seen.city,
        seen.zip,
        seen.phone,
        arrangement,
        "Y" if likely(0.01, chance) and not person.familiar else "N",
        "Y" if protected else "N",
    )


def _cases(person: Person, seen: Sighting, protected: bool, today: date, chance: Random) -> Iterator[Sequence[str]]:
    caseworker = assigned(person.seed, person.number, Role.DSS_CASEWORKER)
    programs = [*_programs(person, seen, chance), *(["APS"] if protected else [])]
    for count, program in enumerate(programs):
        reference = f"{int(seen.local_id[:9]) * 7 + count:010d}"
        # An APS case has a worker of its own, whose very name would tell.
        at_work = assigned(person.seed + 1, person.number, Role.DSS_CASEWORKER) if program == "APS" else caseworker
        yield (reference, seen.local_id, program, *_case(person, program, at_work, today, chance))


def _programs(person: Person, seen: Sighting, chance: Random) -> list[str]:
    shares = {"FNS": 0.9 if person.homeless else 0.6, "WFFA": 0.06, "SA In-Home": 0.04, "LIEAP": 0.08, "CIP": 0.05}
    drawn = [program for program, share in shares.items() if likely(share, chance)]
    return (["MA"] if seen.medicaid_id else []) + drawn or ["FNS"]


def _case(person: Person, program: str, at_work: Worker, today: date, chance: Random) -> Sequence[str]:
    aid = chance.choice(("MXP", "MAD", "MAF")) if program == "MA" else ""
    start, end = _certified(program, today, chance)
    status = chance.choices(("Active", "Closed", "Pending", "Denied"), (78, 10, 9, 3))[0]
    if status == "Closed":
        start, end = start - timedelta(days=400), end - timedelta(days=400)
    certified = status in ("Active", "Closed")
    plan = "Tailored Plan" if Agency.ALLIANCE in person.seen else chance.choice(("Standard Plan", "NC Medicaid Direct"))
    return (
        aid,
        plan if program == "MA" and status == "Active" else "",
        status,
        start.isoformat() if certified else "",
        end.isoformat() if certified else "",
        (end - timedelta(days=30)).isoformat() if status == "Active" else "",
        str(chance.choice((0, 0, 0, 1, 2))),
        "Y" if program == "FNS" and likely(0.2, chance) else "N",
        at_work.name,
        at_work.phone,
        "",
        _SEES if likely(0.2, chance) else "",
    )


def _certified(program: str, today: date, chance: Random) -> tuple[date, date]:
    days = _MONTHS[program] * 30
    start = today - timedelta(days=chance.randrange(days))
    return start, start + timedelta(days=days)
