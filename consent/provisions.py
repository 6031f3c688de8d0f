"""The rule behind the ticks: what a form, ticked so, agrees to. Pure, and the same file the words come from."""

from collections.abc import Iterator
from dataclasses import dataclass

from consent.form import Box, Form, Sort
from consent.model import Denial, Grant
from consent.words import Statement
from policies.vocabulary import Agency, Category, Purpose


class TicksRefused(ValueError):
    """These ticks make no consent. Lists every reason."""


@dataclass(frozen=True, slots=True)
class Provisions:
    """What a consent says, ready to stand in its record: one grant per ticked kind of record."""

    grants: tuple[Grant, ...]
    custodians: frozenset[Agency]
    recipients: frozenset[Agency]
    purposes: frozenset[Purpose]
    categories: frozenset[Category]
    initialled: frozenset[Category]
    denials: tuple[Denial, ...]
    statements: frozenset[Statement]


def provisions(form: Form, ticks: frozenset[str]) -> Provisions:
    """What was agreed to by ticking these boxes of this form, and no others. Raises TicksRefused."""
    reasons = tuple(_faults(form, ticks))
    if reasons:
        raise TicksRefused("; ".join(reasons))
    ticked = [box for name, box in form.boxes.items() if name in ticks]
    recipients = frozenset(a for box in _of(ticked, Sort.WHO) for a in box.recipients)
    purposes = frozenset(p for box in _of(ticked, Sort.WHY) for p in box.purposes)
    kinds = list(_of(ticked, Sort.WHAT))
    return Provisions(
        grants=tuple(Grant(box.custodians, recipients, purposes, box.categories) for box in kinds),
        custodians=frozenset(a for box in kinds for a in box.custodians),
        recipients=recipients,
        purposes=purposes,
        categories=frozenset(c for box in kinds for c in box.categories),
        initialled=frozenset(c for box in kinds if box.initial for c in box.categories),
        denials=tuple(Denial(recipient=a) for box in _of(ticked, Sort.NEVER) for a in sorted(box.recipients)),
        statements=form.states,
    )


def _faults(form: Form, ticks: frozenset[str]) -> Iterator[str]:
    if not ticks <= form.boxes.keys():
        yield "a box is ticked that the form does not have"
    ticked = [box for name, box in form.boxes.items() if name in ticks]
    for sort in (Sort.WHO, Sort.WHAT, Sort.WHY):
        if not any(_of(ticked, sort)):
            yield f"no box is ticked that says {sort}"
    if any(box.excludes & ticks for box in ticked):
        yield "two ticked boxes say the opposite of each other"


def _of(boxes: list[Box], sort: Sort) -> Iterator[Box]:
    return (box for box in boxes if box.sort is sort)
