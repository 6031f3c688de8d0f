"""How alike two names, dates or addresses are, in a few words. Pure and symmetric."""

from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import Final

import jellyfish
from rapidfuzz.distance import OSA, JaroWinkler

from service.subjects.aliases import known_as


class Likeness(IntEnum):
    """From unknown and different to the same; higher is more alike."""

    UNKNOWN = -1
    DIFFERENT = 0
    INITIAL = 1
    CLOSE = 2
    SLIP = 3
    PART = 4
    KNOWN_AS = 5
    SAME = 6


CLOSE_ENOUGH: Final = 0.92
"""Jaro-Winkler from here on is `CLOSE`: likelier a misspelling than another name, but far from certain."""

SHORTEST: Final = 3
"""Shorter names are names of their own, however alike: Le and Lee, An and Ann."""

_LONG_WORD: Final = 8


def given_word(one: str, other: str) -> Likeness:
    """How alike two single given names are, familiar forms included."""
    return Likeness.KNOWN_AS if one != other and known_as(one, other) else word(one, other)


@lru_cache(maxsize=65_536)
def word(one: str, other: str) -> Likeness:
    """How alike two single words are."""
    if one == other:
        return Likeness.SAME
    if len(one) == 1 or len(other) == 1:
        return Likeness.INITIAL if one[0] == other[0] else Likeness.DIFFERENT
    if _slip(one, other):
        return Likeness.SLIP
    near = OSA.distance(one, other, score_cutoff=2) <= (2 if min(len(one), len(other)) >= _LONG_WORD else 1)
    close = (near and one[0] == other[0]) or JaroWinkler.similarity(one, other) >= CLOSE_ENOUGH
    return Likeness.CLOSE if close else Likeness.DIFFERENT


def given(ones: tuple[str, ...], others: tuple[str, ...]) -> Likeness:
    """How alike two given names are: `Marie Claire` is in part `Marie`, but `Ji Woo` is not `Ji Ho`."""
    if not ones or not others:
        return Likeness.UNKNOWN
    whole = given_word("".join(ones), "".join(others))
    if whole in {Likeness.DIFFERENT, Likeness.INITIAL} and len(ones) != len(others):
        return max(whole, min(given_word(ones[0], others[0]), Likeness.PART))
    return whole


def family(ones: tuple[str, ...], others: tuple[str, ...]) -> Likeness:
    """How alike two family names are: either half of a double name is a part of it; a shared half of two is not."""
    if not ones or not others:
        return Likeness.UNKNOWN
    if sorted(ones) == sorted(others) or "".join(ones) == "".join(others):
        return Likeness.SAME
    fewer, more = sorted((ones, others), key=lambda words: (len(words), words))
    part = min(max(word(one, other) for other in more) for one in fewer)
    if len(more) == 1:
        return Likeness.DIFFERENT if part is Likeness.INITIAL else part
    if part < Likeness.SLIP:
        return Likeness.DIFFERENT
    return Likeness.PART if len(fewer) < len(more) else Likeness.SLIP


def born(one: date | None, other: date | None) -> Likeness:
    """Birth dates: the same; a slip (day and month exchanged, one or two digits wrong in one part, a year off)."""
    if one is None or other is None:
        return Likeness.UNKNOWN
    if one == other:
        return Likeness.SAME
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return Likeness.SLIP
    parts = [(one.year, other.year), (one.month, other.month), (one.day, other.day)]
    wrong = [(f"{a:02d}", f"{b:02d}") for a, b in parts if a != b]
    if len(wrong) > 1:
        return Likeness.DIFFERENT
    neighbors = abs(one.year - other.year) == 1
    return Likeness.SLIP if neighbors or OSA.distance(*wrong[0]) == 1 else Likeness.DIFFERENT


def digits(one: str, other: str) -> Likeness:
    """Numbers of one length: the same, one slip (a digit wrong or two exchanged), or different."""
    if not one or not other:
        return Likeness.UNKNOWN
    if one == other:
        return Likeness.SAME
    slip = len(one) == len(other) and OSA.distance(one, other, score_cutoff=1) <= 1
    return Likeness.SLIP if slip else Likeness.DIFFERENT


def street(one: tuple[str, str, str], other: tuple[str, str, str]) -> Likeness:
    """Addresses as (house number, street, ZIP): the same; close (one slip in the street); part (same street only)."""
    if not one[1] or not other[1]:
        return Likeness.UNKNOWN
    named = word(one[1], other[1])
    if named < Likeness.CLOSE or (one[2] and other[2] and one[2] != other[2]):
        return Likeness.DIFFERENT
    if one[0] != other[0] or not one[0]:
        return Likeness.PART
    return Likeness.SAME if named is Likeness.SAME else Likeness.CLOSE


def _slip(one: str, other: str) -> bool:
    """One finger or ear: two letters exchanged, or one letter that changes neither the sound nor the ending.

    Any other letter makes another name, and twins are named alike: Maria and Marie, Eric and Erin, Tina and Tia.
    """
    if min(len(one), len(other)) < SHORTEST:
        return False
    if OSA.distance(one, other, score_cutoff=1) > 1:
        return False
    exchanged = sorted(one) == sorted(other)
    return exchanged or (_sound(one) == _sound(other) and _ending(one) == _ending(other))


def _sound(name: str) -> str:
    return jellyfish.metaphone(name.replace("y", "i"))


def _ending(name: str) -> str:
    return {"y": "i", "c": "k", "z": "s"}.get(name[-1], name[-1])
