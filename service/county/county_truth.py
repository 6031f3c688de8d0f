"""The truth about the synthetic county: neighbors and the households they live in.

Four consecutive numbers make a block, which may be strangers or a household (twins, father and junior, a couple, a
family), so a neighbor is the same whatever number of neighbors is drawn and nothing is kept in memory but one block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from service.county.names import family_name, given_name, likely, luck
from service.county.names_places import address, phone

BLOCK = 4
FAMILIAR_EVERY = 128
"""One neighbor in so many (0.8 %) is familiar to all four agencies; number 5 is the first."""

_BORN_UNTIL = date(2025, 12, 31)
_HEADS_BORN_BEFORE = date(1990, 1, 1)  # so that a child of theirs is born by now
_FIRST_FAMILIAR = 5
# Primes p with p % 3 == 2, so that cubing is a permutation of 0..p-1.
_NINE_DIGITS, _EIGHT_DIGITS = 899_999_963, 89_999_999


@dataclass(frozen=True, slots=True, repr=False)
class Neighbor:
    """One invented person as they are. `born_as`: the name before marriage; `before`: the former (street, ZIP)."""

    number: int
    given: str
    middle: str
    family: str
    born_as: str
    suffix: str
    birth_date: date
    sex: str
    home: tuple[str, str]
    before: tuple[str, str]
    phone: str
    ssn4: str
    cnds: str
    medicaid: bool
    homeless: bool
    familiar: bool
    mental_illness: bool
    substance_use: bool


def neighbors(seed: int, count: int) -> Iterator[Neighbor]:
    """Stream the first `count` neighbors."""
    for start in range(0, count, BLOCK):
        yield from _block(seed, start)[: count - start]


def scattered(seed: int, list_name: str, number: int, *, nine: bool = False) -> int:
    """`number`'s place in a list of 8 (or 9) digit numbers: unique within the list, and in no order."""
    prime, floor = (_NINE_DIGITS, 100_000_000) if nine else (_EIGHT_DIGITS, 10_000_000)
    offset = int.from_bytes(f"{seed}/{list_name}".encode()) % prime
    return floor + pow(number * 7919 + offset, 3, prime)


def _block(seed: int, start: int) -> list[Neighbor]:
    chance = luck(seed, "block", start)
    four = [_stranger(seed, start + n, chance) for n in range(BLOCK)]
    if any(neighbor.familiar for neighbor in four) or four[0].birth_date >= _HEADS_BORN_BEFORE:
        return four
    if likely(0.03, chance):
        four[0] = replace(four[0], family=four[0].born_as)
        four[1] = _twin(four[0], four[1], chance)
    elif likely(0.03, chance):
        four[0], four[1] = _senior_and_junior(four[0], four[1], chance)
    elif likely(0.15, chance):
        four[1] = _moved_in(four[0], four[1], married=likely(0.6, chance))
    elif likely(0.08, chance):
        four[1:] = [_moved_in(four[0], four[1], married=True), *(_child(four[0], c, chance) for c in four[2:])]
    return four


def _stranger(seed: int, number: int, chance: Random) -> Neighbor:
    sex, familiar = chance.choice("FM"), number % FAMILIAR_EVERY == _FIRST_FAMILIAR
    troubled = likely(0.9 if familiar else 0.25, chance)
    born_as, cnds = family_name(chance), scattered(seed, "CNDS", number, nine=True)
    return Neighbor(
        number=number,
        given=given_name(sex, chance),
        middle=given_name(sex, chance) if likely(0.7, chance) else "",
        family=family_name(chance) if sex == "F" and likely(0.25, chance) else born_as,
        born_as=born_as,
        suffix="",
        birth_date=_birth_date(chance, adult=familiar),
        sex=sex,
        home=address(chance),
        before=address(chance),
        phone=phone(chance),
        ssn4=f"{chance.randrange(10000):04d}",
        cnds=f"{cnds}{'KLMNPQRST'[cnds % 9]}",
        medicaid=familiar or likely(0.7, chance),
        homeless=likely(0.6 if familiar else 0.03, chance),
        familiar=familiar,
        mental_illness=troubled,
        substance_use=likely(0.8 if familiar else 0.3 if troubled else 0.06, chance),
    )


def _birth_date(chance: Random, *, adult: bool) -> date:
    """Ages 18 to 93, the middle ones most often; one in fourteen is a minor."""
    minor = not adult and likely(0.07, chance)  # one in fourteen
    years = chance.uniform(0.5, 17.9) if minor else chance.triangular(19, 94, 38)
    return _BORN_UNTIL - timedelta(days=int(years * 365.25))


def _moved_in(host: Neighbor, guest: Neighbor, *, married: bool) -> Neighbor:
    family = host.family if married else guest.family
    return replace(guest, family=family, home=host.home, homeless=host.homeless)


def _twin(first: Neighbor, other: Neighbor, chance: Random) -> Neighbor:
    """Same birth date, family and address; another given name, and numbers of their own."""
    given = next(name for name in iter(lambda: given_name(other.sex, chance), "") if name != first.given)
    return replace(
        other,
        given=given,
        family=first.born_as,
        born_as=first.born_as,
        birth_date=first.birth_date,
        home=first.home,
        before=first.before,
        phone=first.phone,
    )


def _senior_and_junior(senior: Neighbor, junior: Neighbor, chance: Random) -> tuple[Neighbor, Neighbor]:
    """Same name and address, a generation apart; the suffix often goes unwritten."""
    senior = replace(senior, sex="M", given=given_name("M", chance), family=senior.born_as, suffix="Sr")
    junior = replace(
        junior,
        sex="M",
        given=senior.given,
        middle=senior.middle,
        family=senior.family,
        born_as=senior.family,
        suffix="Jr",
        home=senior.home,
        birth_date=_a_generation_after(senior.birth_date, chance),
    )
    return senior, junior


def _child(parent: Neighbor, child: Neighbor, chance: Random) -> Neighbor:
    return replace(
        child,
        family=parent.family,
        born_as=parent.family,
        home=parent.home,
        phone=parent.phone,
        homeless=parent.homeless,
        birth_date=_a_generation_after(parent.birth_date, chance),
    )


def _a_generation_after(born: date, chance: Random) -> date:
    return born + timedelta(days=int(365.25 * chance.uniform(19, 34)))
