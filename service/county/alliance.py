"""Alliance Health's records of the synthetic county: an X12 834, an 837P and the care managers' roster.

`alliance/enrolment.834` (005010X220A1), `alliance/claims.837` (005010X222A1) and `alliance/roster.csv`. A member's
number is REF*0F of the 834 and NM1*IL of the 837P; their Medicaid number is NM109 of the 834.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

from policies.vocabulary import Agency, Role
from service.county.alliance_care import Billed, Care, Provider, care
from service.county.alliance_x12 import Interchange
from service.county.county_staff import assigned
from service.county.county_table import Table
from service.county.names import likely
from service.county.people import Person
from service.gateway.ports import Sighting

ROSTER = (
    "MemberID PreferredName CareManagementOrganization CareManager CareManagerPhone Engagement AcuityTier CarePlanDate "
    "CrisisPlan Deescalation LastContact NextContact NextBHAppointment LAIDueDate SUDProgramStatus SUDNextAppointment "
    "SafeToContact UsualArea Notes"
)
_AREAS = ("downtown", "East Durham", "North Durham", "South Durham", "near the bus station", "West End")


class Writer:
    """Writes the files under `directory/alliance`, one person at a time. Call `close` to make them whole."""

    def __init__(self, directory: Path, today: date) -> None:
        self._today, self._at = today, datetime.combine(today - timedelta(days=1), time(18))  # the evening before
        place, at = directory / "alliance", self._at
        self._enrolment = Interchange(place / "enrolment.834", "834", "BE", "005010X220A1", at)
        self._claims = Interchange(place / "claims.837", "837", "HC", "005010X222A1", at)
        self._roster = Table(place / "roster.csv", ROSTER)
        self._loops = self._billed = 0

    def add(self, person: Person) -> None:
        """Write what Alliance holds about a person, if anything."""
        seen = person.seen.get(Agency.ALLIANCE)
        if seen is None:
            return
        chance = person.life(Agency.ALLIANCE)
        self._enrol(seen, chance)
        given = care(person, self._today, chance)
        self._bill(seen, given)
        if person.familiar or likely(0.8, chance):
            self._roster.write(_roster(person, seen, given, self._today, chance))

    def close(self) -> None:
        """Finish the files."""
        for interchange in (self._enrolment, self._claims):
            if interchange.full:
                self._begin(interchange)
            interchange.close()
        self._roster.close()

    def _begin(self, interchange: Interchange) -> None:
        """A transaction set is never empty, so one is begun only when there is something for it, or at the end."""
        stamp = f"{self._at:%Y%m%d}"
        if interchange is self._enrolment:
            interchange.begin(
                f"BGN*00*1*{stamp}*1800****4", "N1*P5*NC DHHS*FI*999999991", "N1*IN*ALLIANCE*FI*999999992"
            )
            return
        self._loops = 0
        interchange.begin(
            f"BHT*0019*00*1*{stamp}*1800*CH",
            "NM1*41*2*ALLIANCE HEALTH*****46*999999992",
            "PER*IC*CLAIMS*TE*9195550100",
            "NM1*40*2*PORCHLIGHT*****46*999999993",
        )

    def _enrol(self, seen: Sighting, chance: Random) -> None:
        if self._enrolment.full:
            self._begin(self._enrolment)
        begins = self._today - timedelta(days=chance.randrange(30, 900))
        ended = likely(0.04, chance)
        ends = begins + (self._today - begins) / 2
        self._enrolment.write(
            f"INS*Y*18*{'024' if ended else '030'}*XN*A***{'TE' if ended else 'AC'}",
            f"REF*0F*{seen.local_id}",
            f"REF*1L*{'TP' if seen.medicaid_id else 'SF'}-DURHAM",
            f"DTP*356*D8*{begins:%Y%m%d}",
            *([f"DTP*357*D8*{ends:%Y%m%d}"] if ended else []),
            *_person(seen, "ZZ", seen.medicaid_id),
            f"HD*{'024' if ended else '030'}**HMO",
            f"DTP*348*D8*{begins:%Y%m%d}",
            *([f"DTP*349*D8*{ends:%Y%m%d}"] if ended else []),
        )

    def _bill(self, seen: Sighting, given: Care) -> None:
        for provider, billed in groupby(given.billed, lambda claim: claim.provider):
            if self._claims.full:
                self._begin(self._claims)
            self._loops += 2
            self._claims.write(*_provider(provider, self._loops - 1), *_subscriber(seen, self._loops))
            for claim in billed:
                self._billed += 1
                self._claims.write(*_claim(claim, f"C{self._billed:09d}"))


def _person(seen: Sighting, kind: str, number: str) -> Iterator[str]:
    qualified = f"{kind}*{number}" if number else "*"
    yield f"NM1*IL*1*{seen.family}*{seen.given}*{seen.middle}**{seen.suffix}*{qualified}"
    if seen.phone and kind == "ZZ":
        yield f"PER*IP**TE*{seen.phone.replace('-', '')}"
    if seen.street:
        yield f"N3*{seen.street}"
        yield f"N4*{seen.city}*NC*{seen.zip}"
    if seen.birth_date:
        yield f"DMG*D8*{seen.birth_date:%Y%m%d}*{seen.sex}"


def _provider(provider: Provider, number: int) -> Iterator[str]:
    yield f"HL*{number}**20*1"
    yield f"PRV*BI*PXC*{provider.taxonomy}"
    yield f"NM1*85*2*{provider.name}*****XX*{provider.npi}"
    yield "N3*1 ALDERBROOK ST"
    yield "N4*DURHAM*NC*277010001"
    yield f"REF*EI*{provider.npi[1:]}"


def _subscriber(seen: Sighting, number: int) -> Iterator[str]:
    yield f"HL*{number}*{number - 1}*22*0"
    yield "SBR*P*18*******MC"
    yield from _person(seen, "MI", seen.local_id)
    yield "NM1*PR*2*ALLIANCE HEALTH*****PI*999999992"


def _claim(claim: Billed, number: str) -> Iterator[str]:
    yield f"CLM*{number}*{90 * claim.units}***{claim.place}:B:1*Y*A*Y*Y"
    first, *others = claim.diagnoses
    yield "*".join([f"HI*ABK:{first}", *(f"ABF:{code}" for code in others)])
    yield "LX*1"
    yield f"SV1*HC:{claim.code}*{90 * claim.units}*UN*{claim.units}***1"
    yield f"DTP*472*D8*{claim.on:%Y%m%d}"


def _roster(person: Person, seen: Sighting, given: Care, today: date, chance: Random) -> tuple[object, ...]:
    manager = assigned(person.seed, person.number, Role.ALLIANCE_CARE_MANAGER)
    last = today - timedelta(days=chance.randrange(1, 60))
    return (
        seen.local_id,
        seen.given if likely(0.3, chance) else "",
        "Alliance Health",
        manager.name,
        manager.phone,
        chance.choice(("engaged", "engaged", "outreach", "declined")),
        chance.choice(("1", "2", "3")),
        last - timedelta(days=chance.randrange(10, 300)),
        "Y" if given.crisis_plan else "N",
        given.calming,
        last,
        today + timedelta(days=chance.randrange(1, 30)),
        given.next_mental or "",
        given.lai_due or "",
        given.substance_status,
        given.next_substance or "",
        "N" if likely(0.03, chance) and not person.familiar else "Y",
        chance.choice(_AREAS) if person.homeless else "",
        "Prefers to be called in the afternoon." if likely(0.2, chance) else "",
    )
