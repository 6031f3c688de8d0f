"""How one agency spells a neighbor: its own number for them, and whatever was misheard, mistyped or is out of date."""

from dataclasses import replace
from datetime import date
from random import Random

from policies.vocabulary import Agency
from service.county.county_truth import Neighbor, scattered
from service.county.names import likely, luck
from service.county.names_places import CITY, SHELTERS, phone
from service.county.names_slips import half, misdated, misnumbered, nickname, plain, typo
from service.gateway.ports import Sighting

ASCII_ONLY = frozenset({Agency.DSS, Agency.ALLIANCE})
_KNOWS_SSN = {Agency.DSS: 0.95, Agency.ALLIANCE: 0.8, Agency.LINCOLN: 0.4, Agency.EMS: 0.25}
_KNOWS_MEDICAID = {Agency.DSS: 1.0, Agency.ALLIANCE: 0.98, Agency.LINCOLN: 0.7, Agency.EMS: 0.0}
_HASTE = {Agency.DSS: 0.5, Agency.ALLIANCE: 0.7, Agency.LINCOLN: 1.0, Agency.EMS: 2.0}
"""How much likelier than usual a slip is: a form is filled at a desk, a patient care report at the kerb."""


def sighting(neighbor: Neighbor, agency: Agency, seed: int) -> Sighting:
    """The neighbor as `agency` spells them; the same every time."""
    chance = luck(seed, neighbor.number, agency, "sighting")
    given, family = _name(neighbor, agency, chance)
    street, zip_code = _address(neighbor, chance)
    seen = Sighting(
        custodian=agency,
        local_id=_local_id(neighbor, agency, seed),
        given=given,
        family=family,
        middle=_middle(neighbor, chance),
        suffix=neighbor.suffix if likely(0.7, chance) else "",
        birth_date=_birth_date(neighbor, agency, chance),
        sex=neighbor.sex,
        street=street,
        city=CITY if street else "",
        zip=zip_code,
        phone=_phone(neighbor, chance),
        medicaid_id=neighbor.cnds if neighbor.medicaid and likely(_KNOWS_MEDICAID[agency], chance) else "",
        ssn4=_ssn4(neighbor, chance) if likely(_KNOWS_SSN[agency], chance) else "",
    )
    return _plain(seen) if agency in ASCII_ONLY else seen


def _local_id(neighbor: Neighbor, agency: Agency, seed: int) -> str:
    # NC FAST knows people by their CNDS id, which is also the number on the Medicaid card.
    if agency is Agency.DSS:
        return neighbor.cnds
    prefix = {Agency.ALLIANCE: "A", Agency.LINCOLN: "LCHC-", Agency.EMS: "EP"}[agency]
    return f"{prefix}{scattered(seed, agency, neighbor.number)}"


def _name(neighbor: Neighbor, agency: Agency, chance: Random) -> tuple[str, str]:
    given, family, haste = neighbor.given, neighbor.family, _HASTE[agency]
    if likely(0.09 * haste, chance):
        given = nickname(given, chance)
    elif likely(0.03 * haste, chance):
        given = typo(given, chance)
    if family != neighbor.born_as and likely(0.2, chance):  # not told of the marriage
        family = neighbor.born_as
    elif likely(0.3, chance):
        family = half(family, chance)
    elif likely(0.03 * haste, chance):
        family = typo(family, chance)
    return given, family


def _middle(neighbor: Neighbor, chance: Random) -> str:
    written = neighbor.middle if likely(0.4, chance) else neighbor.middle[:1]
    return written if likely(0.7, chance) else ""


def _birth_date(neighbor: Neighbor, agency: Agency, chance: Random) -> date | None:
    haste = _HASTE[agency]
    if likely(0.01 * haste, chance):
        return None
    return misdated(neighbor.birth_date, chance) if likely(0.012 * haste, chance) else neighbor.birth_date


def _address(neighbor: Neighbor, chance: Random) -> tuple[str, str]:
    """No fixed address means a shelter's, an old one or none at all."""
    if neighbor.homeless and likely(0.85, chance):
        return chance.choice(SHELTERS) if likely(0.45, chance) else ("", "")
    street, zip_code = neighbor.before if likely(0.15, chance) else neighbor.home
    return (typo(street, chance), zip_code) if likely(0.03, chance) else (street, zip_code)


def _phone(neighbor: Neighbor, chance: Random) -> str:
    number = neighbor.phone if likely(0.75, chance) else phone(chance)
    return number if likely(0.85, chance) else ""


def _ssn4(neighbor: Neighbor, chance: Random) -> str:
    return misnumbered(neighbor.ssn4, chance) if likely(0.01, chance) else neighbor.ssn4


def _plain(seen: Sighting) -> Sighting:
    return replace(seen, given=plain(seen.given), family=plain(seen.family), middle=plain(seen.middle))
