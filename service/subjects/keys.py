"""Blocking keys: what two sightings of one person share, so that nobody is compared with everybody. Pure.

Each key joins two or three facts, coarse enough to survive a slip and narrow enough for a county of a million.
Keys are 64-bit hashes: the table that holds them spells no name.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import product

import jellyfish

from service.subjects.aliases import formal
from service.subjects.model import Traits


def keys(traits: Traits) -> frozenset[int]:
    """All keys of one sighting, or of a caller's claim."""
    return frozenset(_hashed(key) for key in _spelled(traits))


def _hashed(parts: tuple[str, ...]) -> int:
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), signed=True)


def _spelled(traits: Traits) -> Iterator[tuple[str, ...]]:
    if traits.medicaid_id:
        yield "medicaid", traits.medicaid_id
    if traits.phone:
        yield "phone", traits.phone
    yield from _of_name(traits)
    yield from _of_birth_date(traits)
    if traits.street and traits.number:
        for initial in {name[0] for name in traits.given}:
            yield "address", traits.number, jellyfish.soundex(traits.street), initial


def _of_name(traits: Traits) -> Iterator[tuple[str, ...]]:
    """Name with year, and name with day and month in either order: one of the two outlives any slip in the date."""
    born = traits.birth_date
    for given, family in product(_given_sounds(traits), _sounds(traits.family)):
        pair = sorted((given, family))  # names exchanged meet here too
        if born is None:
            continue
        yield "name-year", *pair, str(born.year)
        yield "name-day", *pair, *sorted((f"{born.month:02d}", f"{born.day:02d}"))


def _of_birth_date(traits: Traits) -> Iterator[tuple[str, ...]]:
    """The exact date with any one name: survives a changed family name, or a given name beyond recognition."""
    if traits.birth_date is None:
        return
    exact = traits.birth_date.isoformat()
    for sound in _given_sounds(traits) | _sounds(traits.family):
        yield "date-name", exact, sound
    if traits.street and traits.number:
        yield "date-address", exact, traits.number, traits.zip


def _given_sounds(traits: Traits) -> set[str]:
    whole = {"".join(traits.given)} if traits.given else set()
    return {jellyfish.soundex(name) for word in {*traits.given, *whole} for name in formal(word)}


def _sounds(words: tuple[str, ...]) -> set[str]:
    return {jellyfish.soundex(word) for word in words}
