"""A person's particulars, made comparable: accents, punctuation, case, unit numbers and placeholders removed.

Pure. Nothing here is a value of care, and nothing here is ever printed.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.gateway.ports import Sighting
from service.gateway.query import ByDemographics

GENERATIONS: Final = {"sr": 1, "senior": 1, "jr": 2, "junior": 2, "ii": 2, "2nd": 2, "iii": 3, "3rd": 3, "iv": 4}
"""Name suffixes that tell a parent from a child, by generation."""

NOBODY: Final = frozenset(
    {"unknown", "unk", "unidentified", "baby", "boy", "girl", "infant", "newborn", "test", "none", "na"}
)
"""Words that stand where a name was not known."""

_STREET = """
street st avenue ave av road rd drive dr lane ln court ct circle cir place pl boulevard blvd way terrace ter
parkway pkwy highway hwy trail trl north n south s east e west w
"""
_UNIT = "apt apartment unit suite ste room rm lot floor fl trlr"

STREET_WORDS: Final = frozenset(_STREET.split())
UNIT_WORDS: Final = frozenset(_UNIT.split())
NO_STREET: Final = frozenset({"homeless", "transient", "unhoused", "general delivery", "no fixed address"})

_PHONE, _SSN4, _ZIP, _LONG_ID = 10, 4, 5, 6


@dataclass(frozen=True, slots=True, repr=False)
class Traits:
    """What two sightings are compared by. An empty value is unknown and speaks neither for nor against."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    generation: int = 0
    birth_date: date | None = None
    sex: str = ""
    number: str = ""
    street: str = ""
    zip: str = ""
    phone: str = ""
    medicaid_id: str = ""
    ssn4: str = ""


def of_sighting(seen: Sighting) -> Traits:
    """The traits of one line of a custodian's feed."""
    family, generation = _family(seen.family, seen.suffix)
    number, street = _street(seen.street)
    return Traits(
        given=_words(seen.given),
        family=family,
        middle=_words("".join(seen.middle.split())),
        generation=generation,
        birth_date=seen.birth_date,
        sex=seen.sex[:1].upper() if seen.sex[:1].upper() in {"F", "M"} else "",
        number=number,
        street=street,
        zip=_digits(seen.zip)[:_ZIP],
        phone=_phone(seen.phone),
        medicaid_id=_identifier(seen.medicaid_id),
        ssn4=_varied(_digits(seen.ssn4), _SSN4),
    )


def of_claim(claim: ByDemographics) -> Traits:
    """The traits a caller names a person by."""
    family, generation = _family(claim.family or "", "")
    number, street = _street(claim.street or "")
    return Traits(
        given=_words(claim.given or ""),
        family=family,
        generation=generation,
        birth_date=claim.birth_date,
        number=number,
        street=street,
        zip=_digits(claim.zip or "")[:_ZIP],
        phone=_phone(claim.phone or ""),
    )


def facts(traits: Traits) -> int:
    """How many demographics there are: name, birth date, address and phone count one each."""
    name = bool(traits.given and traits.family)
    return name + (traits.birth_date is not None) + bool(traits.street) + bool(traits.phone)


def _words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents: `Muñoz-O'Neal` is `munoz`, `oneal`."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    spaced = "".join(c if c.isalnum() else " " for c in re.sub("['\u2019`.]", "", bare))
    return tuple(word for word in spaced.split() if word not in NOBODY)


def _family(text: str, suffix: str) -> tuple[tuple[str, ...], int]:
    """The family name's words and the generation, wherever the suffix was written."""
    words = _words(text)
    trailing = words[-1] if len(words) > 1 and words[-1] in GENERATIONS else ""
    written = "".join(_words(suffix)) or trailing
    return (words[:-1] if trailing else words), GENERATIONS.get(written, 0)


def _street(text: str) -> tuple[str, str]:
    """House number and street name, without unit, direction or kind of street."""
    words = _words(text.replace("#", " apt "))
    if " ".join(words) in NO_STREET:
        return "", ""
    unit = next((at for at, word in enumerate(words) if at > 0 and word in UNIT_WORDS), len(words))
    number = words[0] if words and words[0][0].isdigit() else ""
    rest = words[bool(number) : unit]
    return number, " ".join([word for word in rest if word not in STREET_WORDS] or rest)


def _digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def _phone(text: str) -> str:
    return _varied(_digits(text)[-_PHONE:], _PHONE)


def _varied(digits: str, length: int) -> str:
    """Digits of the right length that are not one digit repeated, as placeholders are."""
    return digits if len(digits) == length and len(set(digits)) > 1 else ""


def _identifier(text: str) -> str:
    """An identifier without spaces and dashes; too short to identify, or one character repeated, is none."""
    bare = "".join(c for c in text.upper() if c.isalnum())
    return bare if len(bare) >= _LONG_ID and len(set(bare)) > 1 else ""
