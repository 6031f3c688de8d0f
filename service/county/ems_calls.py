"""What the synthetic county's ambulances were called for: a patient's encounters, coded as a crew codes them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from uuid import UUID

from policies.vocabulary import Agency
from service.county.names import likely, words
from service.county.names_places import ZIPS
from service.county.people import Person

HERE = timezone(timedelta(hours=-5))
_SINCE_DAYS = 730


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of call: NEMSIS codes for why, where and what; ICD-10-CM impressions; RxNorm drugs given."""

    dispatch: str
    location: str
    organs: str
    symptom: str
    impressions: tuple[str, ...]
    drugs: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()
    """eHistory.17, which never leaves."""


CHEST = Kind("2301021", "2807005", "2808003", "R07.9", ("I20.9", "I10"), ("1191", "4917"))
BREATH = Kind("2301013", "2807005", "2808019", "R06.02", ("J45.901",), ("435", "7213"))
FALL = Kind("2301033", "2807007", "2808015", "M79.606", ("S80.00",), ("161",))
SUGAR = Kind("2301027", "2807011", "2808007", "R41.82", ("E11.649",), ("4850",))
SEIZURE = Kind("2301025", "2807015", "2808005", "R56.9", ("G40.909",), ("6960",))
SICK = Kind("2301061", "2807011", "2808011", "R53.1", ("R53.1",))
COLD = Kind("2301043", "2807011", "2808011", "R68.0", ("T68",))
BELLY = Kind("2301001", "2807001", "2808009", "R10.9", ("K52.9",), ("26225",))
CRISIS = Kind("2301059", "2807011", "2808001", "R45.1", ("F41.9", "R45.851"))
VOICES = Kind("2301059", "2807015", "2808001", "R44.0", ("F20.9",))
OVERDOSE = Kind("2301053", "2807011", "2808005", "R40.20", ("T40.1X1A", "F11.20"), ("7242",), ("3117003", "3117007"))
DRUNK = Kind("2301095", "2807011", "2808011", "R41.82", ("F10.920",), (), ("3117001", "3117005"))

_COMMON = (CHEST, BREATH, FALL, FALL, SUGAR, SEIZURE, SICK, SICK, BELLY)
_ALLERGIES = ("", "", "", "Z88.0", "Z88.2", "Z88.5")
_BARRIERS = ("3101009", "3101009", "3101009", "3101005", "3101007")
_HOSPITALS = words("Duke_University_Hospital Duke_Regional_Hospital Durham_VA_Medical_Center")


@dataclass(frozen=True, slots=True)
class Encounter:
    """One call, as one crew reports it."""

    uuid: UUID
    number: str
    incident: str
    at: datetime
    kind: Kind
    scene_zip: str
    unit: str
    care: str
    transport: str
    destination: str
    destination_type: str
    pressure: tuple[int, int]
    pulse: int
    breaths: int
    oxygen: int
    coma: tuple[int, int, int]
    allergy: str
    barrier: str


def encounters(person: Person, today: date) -> Iterator[Encounter]:
    """A patient's encounters, newest first; two units at one call give two reports of one incident."""
    chance = person.life(Agency.EMS)
    noted = chance.choice(_ALLERGIES), chance.choice(_BARRIERS)
    now = datetime.combine(today, time(12), UTC)
    times = sorted((now - _ago(chance) for _ in range(_many(person, chance))), reverse=True)
    for number, at in enumerate(times):
        call = _encounter(person, number, at.astimezone(HERE), noted, chance)
        yield call
        if likely(0.05, chance):
            yield _second_unit(call, chance)


def _many(person: Person, chance: Random) -> int:
    if person.familiar:
        return chance.randint(8, 36)
    return (
        chance.randint(1, 6)
        if person.homeless or person.substance_use or person.mental_illness
        else chance.randint(1, 2)
    )


def _ago(chance: Random) -> timedelta:
    """Some time within two years, lately likelier."""
    return timedelta(minutes=int(_SINCE_DAYS * 1440 * chance.random() ** 1.5) + 60)


def _encounter(person: Person, number: int, at: datetime, noted: tuple[str, str], chance: Random) -> Encounter:
    unit, care, transport = _outcome(chance, cancellable=number > 0)
    transported = transport == "4230001"
    kind = _kind(person, chance)
    away = kind in (CRISIS, VOICES) and likely(0.3, chance)
    hospital = chance.choice(_HOSPITALS).replace("_", " ")
    return Encounter(
        uuid=UUID(int=chance.getrandbits(128), version=4),
        number=f"PCR-{person.number:07d}-{number:03d}",
        incident=f"D{person.number:07d}{number:03d}",
        at=at,
        kind=kind,
        scene_zip=chance.choice(ZIPS[:3]) if person.homeless else chance.choice(ZIPS),
        unit=unit,
        care=care,
        transport=transport,
        destination=("Lantern Crisis Center" if away else hospital) if transported else "",
        destination_type=("4221031" if away else "4221003") if transported else "",
        pressure=(chance.randint(96, 168), chance.randint(58, 98)),
        pulse=chance.randint(58, 124),
        breaths=6 if kind is OVERDOSE else chance.randint(12, 26),
        oxygen=chance.randint(84, 91) if kind is OVERDOSE else chance.randint(93, 100),
        coma=(1, 2, 4) if kind is OVERDOSE else (4, 5, 6),
        allergy=noted[0],
        barrier=noted[1],
    )


def _outcome(chance: Random, *, cancellable: bool) -> tuple[str, str, str]:
    """Unit, care and transport disposition."""
    drawn = chance.random()
    if drawn < 0.62:  # noqa: PLR2004  # most are taken to a hospital
        return "4227001", "4228001", "4230001"
    if drawn < 0.85:  # noqa: PLR2004  # many refuse transport
        return "4227001", "4228003", "4230009"
    if drawn < 0.93 or not cancellable:  # noqa: PLR2004  # a community paramedic's visit
        return "4227001", "4228009", "4230013"
    return "4227005", "", ""


def _kind(person: Person, chance: Random) -> Kind:
    kinds = list(_COMMON)
    if person.homeless:
        kinds += [COLD, COLD, SICK]
    if person.mental_illness:
        kinds += [CRISIS, CRISIS, VOICES]
    if person.substance_use:
        kinds += [OVERDOSE, OVERDOSE, DRUNK]
    return chance.choice(kinds)


def _second_unit(call: Encounter, chance: Random) -> Encounter:
    return replace(
        call,
        uuid=UUID(int=chance.getrandbits(128), version=4),
        number=f"{call.number}-B",
        at=call.at - timedelta(minutes=3),
    )
