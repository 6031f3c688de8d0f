"""Whether two sightings are one person: a sum of evidence in bits, and what forbids linking whatever the sum.

Pure and symmetric. The model is Fellegi and Sunter's (1969): a field that agrees adds log2(m/u), where m is how
often it agrees for one person seen twice and u how often for two strangers; one that disagrees adds
log2((1-m)/(1-u)), which is negative. The weights are rounded estimates for a county of a million at most, kept fixed
so that a link can be explained; they are not fitted to any data. A stranger must overcome 20 bits (one in a million).
"""

from dataclasses import dataclass
from typing import Final

from service.subjects import compare
from service.subjects.compare import Likeness
from service.subjects.model import Traits

LINK: Final = 27.0
"""From here on a link is made by itself: odds over 100 to 1 even in a county of a million (27 - 20 bits)."""

REVIEW: Final = 17.0
"""From here on a human is asked. Below, it is a stranger."""

MARGIN: Final = 4.0
"""Bits by which the best candidate must lead the second; 16 to 1."""

GIVEN: Final = {
    Likeness.SAME: 6.5,  # one in ninety strangers
    Likeness.KNOWN_AS: 4.5,
    Likeness.PART: 4.5,
    Likeness.SLIP: 4.5,
    Likeness.CLOSE: 1.0,
    Likeness.INITIAL: 1.0,
    Likeness.DIFFERENT: -7.0,  # people keep their given names
}
FAMILY: Final = {
    Likeness.SAME: 8.0,  # one in 250 strangers
    Likeness.PART: 6.0,
    Likeness.SLIP: 6.0,
    Likeness.CLOSE: 4.0,
    Likeness.DIFFERENT: -4.0,  # marriage: one in twenty
}
BIRTH_DATE: Final = {
    Likeness.SAME: 14.0,  # one in 16,000 strangers, as ages bunch
    Likeness.SLIP: 4.5,  # one in fifty of one person's dates; some twenty dates are one slip away
    Likeness.DIFFERENT: -8.0,
}
PLACEHOLDER_BIRTH_DATE: Final = 9.0
"""The first of January is what is written when only the year is known."""

ADDRESS: Final = {
    Likeness.SAME: 12.0,  # a household among some ten thousand, shelters included
    Likeness.CLOSE: 9.0,
    Likeness.PART: 2.0,
    Likeness.DIFFERENT: -1.0,  # people move
}
ZIP_ONLY: Final = 1.5
PHONE: Final = {Likeness.SAME: 13.0, Likeness.SLIP: 5.0, Likeness.DIFFERENT: -1.0}
SEX: Final = (1.0, -4.0)
MIDDLE: Final = {
    Likeness.SAME: 4.0,
    Likeness.KNOWN_AS: 3.0,
    Likeness.SLIP: 3.0,
    Likeness.CLOSE: 2.0,
    Likeness.INITIAL: 2.0,
    Likeness.DIFFERENT: -3.0,
}
MEDICAID: Final = {Likeness.SAME: 24.0, Likeness.SLIP: 0.0, Likeness.DIFFERENT: -6.0}
SSN4: Final = {Likeness.SAME: 8.0, Likeness.SLIP: -1.0, Likeness.DIFFERENT: -5.0}
"""Four digits support and never suffice: kept below their 13 bits, because families' numbers run close."""

GENERATION_DIFFERS: Final = -10.0


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The evidence that two sightings are one person, in bits, and the comparisons that no sum outweighs.

    `personal`: an identifier of the person's own agrees. `opposed`: the Medicaid ids or the generations differ.
    """

    bits: float
    given: Likeness
    middle: Likeness
    born: Likeness
    personal: bool
    opposed: bool

    @property
    def contradicted(self) -> bool:
        """These are two people: twins differ in the given name, a parent and child of one name in the birth date."""
        return self.opposed or Likeness.DIFFERENT in (self.given, self.born)

    @property
    def unclear(self) -> bool:
        """A twin, a sibling, or a parent of one name would agree as well, so that only an identifier can tell.

        A parent and a child may share a middle name too; twins whose given names are a letter apart do not.
        """
        if self.given is Likeness.UNKNOWN and self.born is not Likeness.SAME:
            return True  # a newborn is billed under the mother's number
        doubtful = self.given in {Likeness.INITIAL, Likeness.CLOSE} and self.middle < Likeness.INITIAL
        return not self.personal and (doubtful or Likeness.UNKNOWN in (self.given, self.born))

    @property
    def links(self) -> bool:
        """Whether this may be linked without asking."""
        return self.bits >= LINK and not self.contradicted and not self.unclear

    @property
    def asks(self) -> bool:
        """Whether a human should look. Twins and couples are not asked about unless an identifier says otherwise."""
        return self.bits >= REVIEW and not self.links and (self.personal or not self.contradicted)


def likelihood(one: Traits, other: Traits) -> Likelihood:
    """Compare two sightings, or a caller's claim with a sighting."""
    given, family = _names(one, other)
    born = compare.born(one.birth_date, other.birth_date)
    medicaid = compare.digits(one.medicaid_id, other.medicaid_id)
    ssn4 = compare.digits(one.ssn4, other.ssn4)
    middle = compare.given(one.middle, other.middle)
    generations = _generations(one, other)
    bits = (
        GIVEN.get(given, 0.0)
        + FAMILY.get(family, 0.0)
        + _birth_date(one, born)
        + _address(one, other)
        + PHONE.get(compare.digits(one.phone, other.phone), 0.0)
        + MEDICAID.get(medicaid, 0.0)
        + SSN4.get(ssn4, 0.0)
        + MIDDLE.get(middle, 0.0)
        + _sex(one, other)
        + (GENERATION_DIFFERS if generations else 0.0)
    )
    personal = Likeness.SAME in (medicaid, ssn4)
    opposed = medicaid is Likeness.DIFFERENT or generations
    return Likelihood(bits, given, middle, born, personal, opposed)


def _names(one: Traits, other: Traits) -> tuple[Likeness, Likeness]:
    """Given and family name, also tried exchanged: the order is a form's, not a person's."""
    straight = compare.given(one.given, other.given), compare.family(one.family, other.family)
    if straight[0] is Likeness.DIFFERENT and straight[1] is Likeness.DIFFERENT:
        crossed = compare.family(one.given, other.family), compare.family(one.family, other.given)
        if min(crossed) >= Likeness.SLIP:
            return Likeness.SLIP, Likeness.SLIP
    return straight


def _birth_date(one: Traits, born: Likeness) -> float:
    if born is Likeness.SAME and one.birth_date and (one.birth_date.month, one.birth_date.day) == (1, 1):
        return PLACEHOLDER_BIRTH_DATE
    return BIRTH_DATE.get(born, 0.0)


def _address(one: Traits, other: Traits) -> float:
    alike = compare.street((one.number, one.street, one.zip), (other.number, other.street, other.zip))
    if alike in {Likeness.UNKNOWN, Likeness.DIFFERENT} and one.zip and one.zip == other.zip:
        return ZIP_ONLY + ADDRESS.get(alike, 0.0)
    return ADDRESS.get(alike, 0.0)


def _sex(one: Traits, other: Traits) -> float:
    if not one.sex or not other.sex:
        return 0.0
    return SEX[one.sex != other.sex]


def _generations(one: Traits, other: Traits) -> bool:
    return bool(one.generation and other.generation and one.generation != other.generation)
