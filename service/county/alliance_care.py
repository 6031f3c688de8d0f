"""The care Alliance's members get in the synthetic county: invented providers, diagnoses, services and appointments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from service.county.names import likely
from service.county.people import Person


@dataclass(frozen=True, slots=True)
class Provider:
    """Who bills. The NPI has a wrong check digit on purpose, so that no real provider has it."""

    name: str
    npi: str
    taxonomy: str


MENTAL_HEALTH = (
    Provider("ENO BEND COUNSELING", "1999000011", "251S00000X"),
    Provider("LANTERN STREET ACT TEAM", "1999000021", "251S00000X"),
    Provider("WAXWING PSYCHIATRY", "1999000031", "2084P0800X"),
    Provider("MILLRACE FAMILY SERVICES", "1999000041", "251S00000X"),
)
SUBSTANCE_USE = (
    Provider("HARBOR TURN RECOVERY", "1999000051", "261QR0405X"),
    Provider("NEW TRESTLE TREATMENT CENTER", "1999000061", "261QM2800X"),
    Provider("FIRST FORD OUTPATIENT", "1999000071", "261QR0405X"),
)
HOSPITAL = Provider("PIEDMONT PINES PSYCHIATRIC", "1999000081", "283Q00000X")

_MENTAL = ("F209", "F250", "F319", "F332", "F4310", "F411", "F329", "F200")
_SUBSTANCE = ("F1120", "F1020", "F1420", "F1520", "F1220")
_INJECTIONS = ("J2426", "J0401", "J1631", "J2680")
_MOUD = (("H0020", 1), ("S0109", 16), ("S0109", 20), ("J0575", 1), ("J0574", 1), ("J2315", 380), ("Q9991", 1))
_CALMING = ("LOWVOICE", "ONEPERSON", "NOTOUCH", "SPACE", "NAME", "WAIT", "CALLCM")


@dataclass(frozen=True, slots=True)
class Billed:
    """One claim of one service."""

    provider: Provider
    place: str
    diagnoses: tuple[str, ...]
    code: str
    units: int
    on: date


@dataclass(slots=True)
class Care:
    """A member's claims, and what their care manager notes."""

    billed: list[Billed] = field(default_factory=list)
    lai_due: date | None = None
    next_mental: date | None = None
    next_substance: date | None = None
    substance_status: str = ""
    crisis_plan: bool = False
    calming: str = ""


def care(person: Person, today: date, chance: Random) -> Care:
    """A year of care for a person."""
    given = Care(crisis_plan=person.familiar or likely(0.3, chance))
    given.calming = ";".join(chance.sample(_CALMING, 2)) if given.crisis_plan else ""
    if person.mental_illness:
        _mental(given, person, today, chance)
    if person.substance_use:
        _substance(given, person, today, chance)
    given.billed.sort(key=lambda claim: (claim.provider.name, claim.on))
    return given


def _mental(given: Care, person: Person, today: date, chance: Random) -> None:
    provider, diagnosis = chance.choice(MENTAL_HEALTH), chance.choice(_MENTAL)
    also = ("F1020",) if person.substance_use and likely(0.2, chance) else ()
    for on in _days(today, chance.randint(6, 20) if person.familiar else chance.randint(1, 8), chance):
        code, units = chance.choice((("H0040", 1), ("90837", 1), ("T1017", 4), ("H2011", 2), ("99214", 1)))
        noted = (diagnosis, *also) if likely(0.3, chance) else (diagnosis,)
        given.billed.append(Billed(provider, "11", noted, code, units, on))
    if likely(0.4 if person.familiar else 0.1, chance):
        on = today - timedelta(days=chance.randrange(5, 200))
        given.billed.append(Billed(HOSPITAL, "51", (diagnosis,), "99223", 1, on))
    if diagnosis.startswith("F2") and likely(0.6, chance):
        last = today - timedelta(days=chance.randrange(1, 40))
        given.billed.append(Billed(provider, "11", (diagnosis,), chance.choice(_INJECTIONS), 156, last))
        given.lai_due = last + timedelta(days=30)
    given.next_mental = today + timedelta(days=chance.randrange(1, 40))


def _substance(given: Care, person: Person, today: date, chance: Random) -> None:
    provider, diagnosis = chance.choice(SUBSTANCE_USE), chance.choice(_SUBSTANCE)
    for on in _days(today, chance.randint(3, 12) if person.familiar else chance.randint(1, 6), chance):
        code, units = chance.choice((("H0015", 1), ("H0005", 4), ("H0001", 1), ("H0004", 2)))
        given.billed.append(Billed(provider, "57", (diagnosis,), code, units, on))
    if diagnosis == "F1120":
        code, units = chance.choice(_MOUD)
        on = today - timedelta(days=chance.randrange(1, 25))
        given.billed.append(Billed(provider, "58", (diagnosis,), code, units, on))
    given.substance_status = chance.choice(("enrolled", "enrolled", "waiting list", "discharged"))
    if given.substance_status == "enrolled":
        given.next_substance = today + timedelta(days=chance.randrange(1, 30))


def _days(today: date, many: int, chance: Random) -> Iterator[date]:
    return (today - timedelta(days=chance.randrange(1, 365)) for _ in range(many))
