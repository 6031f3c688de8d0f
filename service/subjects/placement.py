"""Where one sighting belongs among the persons it could be. Pure: candidates in, a placement out.

A link is never made from evidence a human should weigh, and persons are never merged: a revocation hangs on the
reference, and moving people between references could leave it behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from service.subjects.match import MARGIN, Likelihood, likelihood
from service.subjects.model import Traits

MOST_REVIEWS: Final = 3


class Cause(StrEnum):
    """Why a human is asked."""

    SIMILAR = "similar"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, repr=False)
class Linked:
    """One custodian's spelling of a person."""

    custodian: str
    local_id: str
    traits: Traits


@dataclass(frozen=True, slots=True)
class Question:
    """A review to open: could the sighting also be person `ref`?"""

    ref: str
    cause: Cause
    bits: float


@dataclass(frozen=True, slots=True)
class Placement:
    """The person a sighting belongs to, or None for a new one; and what to ask a human."""

    ref: str | None
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    ref: str
    evidence: Likelihood
    taken: bool


def place(custodian: str, traits: Traits, candidates: Mapping[str, Sequence[Linked]]) -> Placement:
    """Place a sighting never seen before among `candidates` (reference -> that person's links)."""
    ranked = sorted(_weighed(custodian, traits, candidates), key=lambda c: (-c.evidence.bits, c.ref))
    free = [candidate for candidate in ranked if not candidate.taken and not candidate.evidence.contradicted]
    best = free[0] if free and free[0].evidence.links else None
    clear = best is not None and all(best.evidence.bits - other.evidence.bits >= MARGIN for other in free[1:])
    chosen = best.ref if best and clear else None
    asked = [_question(candidate) for candidate in ranked if candidate.ref != chosen and _worth_asking(candidate)]
    return Placement(chosen, tuple(asked[:MOST_REVIEWS]))


def still_the_same(new: Traits, old: Traits) -> bool:
    """Whether a custodian's changed line is about the same person, and not about the identifier's next holder."""
    return not likelihood(new, old).contradicted or likelihood(new, old).personal


def together(traits: Traits, links: Iterable[Linked]) -> Likelihood | None:
    """The evidence that a sighting is the person with these links: its best match, opposed by any one of them."""
    each = [likelihood(traits, linked.traits) for linked in links]
    if not each:
        return None
    best = max(each, key=lambda found: (found.links, found.bits))
    return replace(best, opposed=any(found.opposed for found in each))


def _weighed(custodian: str, traits: Traits, candidates: Mapping[str, Sequence[Linked]]) -> Iterable[_Candidate]:
    for ref, links in candidates.items():
        evidence = together(traits, links)
        if evidence is not None:
            yield _Candidate(ref, evidence, any(linked.custodian == custodian for linked in links))


def _worth_asking(candidate: _Candidate) -> bool:
    return candidate.evidence.links or candidate.evidence.asks


def _question(candidate: _Candidate) -> Question:
    cause = Cause.AMBIGUOUS if candidate.evidence.links else Cause.SIMILAR
    return Question(candidate.ref, Cause.DUPLICATE if candidate.taken else cause, candidate.evidence.bits)
