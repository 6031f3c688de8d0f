"""Who a caller means by a name, a birth date, an address, a phone. Pure.

Stricter than linking where it matters: what the caller states about name and birth date must agree, and nobody else
may come near. An answer about the wrong person is the worst this house could give.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from service.subjects.compare import Likeness
from service.subjects.match import MARGIN, Likelihood, likelihood
from service.subjects.model import Traits

FIND: Final = 26.0
"""Name and birth date reach it, also with a nickname or half of a double family name; two slips do not."""


def find(claim: Traits, persons: Mapping[str, Sequence[Traits]]) -> str | None:
    """The one person (reference -> spellings) whom the claim names, clear of all others; else None."""
    ranked = sorted(((_evidence(claim, seen), ref) for ref, seen in persons.items() if seen), key=_strength)
    if not ranked or not _names(claim, ranked[0][0], persons[ranked[0][1]]):
        return None
    lead = [ranked[0][0].bits - other.bits for other, _ in ranked[1:] if not other.contradicted]
    return ranked[0][1] if all(bits >= MARGIN for bits in lead) else None


def _evidence(claim: Traits, spellings: Sequence[Traits]) -> Likelihood:
    """The best spelling's evidence; one that agrees comes before one that is contradicted."""
    each = [likelihood(claim, traits) for traits in spellings]
    return max(each, key=lambda found: (not found.contradicted, found.bits))


def _strength(ranked: tuple[Likelihood, str]) -> tuple[bool, float, str]:
    return ranked[0].contradicted, -ranked[0].bits, ranked[1]


def _names(claim: Traits, found: Likelihood, spellings: Sequence[Traits]) -> bool:
    """Whether the evidence suffices, and no twin, parent or child of one name could be meant instead."""
    if found.contradicted or found.bits < FIND:
        return False
    if claim.given and found.given < Likeness.SLIP:
        return False
    if claim.birth_date is not None:
        return found.born >= Likeness.SLIP
    return not any(traits.generation for traits in spellings)
