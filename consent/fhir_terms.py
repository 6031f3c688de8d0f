"""What a tree of rules comes to: grants and denials of a consent, or refusals that stand alone. Pure.

A permit at the root grants; a permit inside it grants more, and where it is silent it means what the root says. A
refusal inside it is a denial, which wins over every other consent. A refusal at the root with permits inside refuses
all that they do not grant. What a denial cannot say (purposes, days) is a fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from consent.fhir_names import Directory
from consent.fhir_rules import Rule
from consent.model import Denial, Grant
from consent.words import SENSITIVE
from policies import tables
from policies.vocabulary import Agency, Category, Purpose

Word = TypeVar("Word", Agency, Category)
Cell = tuple[Agency, Agency, Category]
"""One recipient, one custodian, one category."""

MOST_DENIALS = 256
UNLABELLED = frozenset(Category) - SENSITIVE
"""What a permit without labels covers: each sensitive category has a box of its own, off until the person marks it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed to and what was refused. Without grants it is a do-not-share."""

    grants: tuple[Grant, ...]
    initialled: frozenset[Category]
    denials: tuple[Denial, ...]


def terms(root: Rule, custodians: frozenset[Agency], names: Directory) -> Terms:
    """The terms of the root provision; `custodians` hold the records where it names none."""
    permits = [root, *_inside(root, True)] if root.permit else _inside(root, True)
    grants = [_grant(permit, root, custodians, names) for permit in permits]
    refusals = _denials(root) if root.permit else tuple(_refused_at_root(root, grants))
    if len(refusals) > MOST_DENIALS:
        root.found.refuse("refuses more single things than a record holds")
    initialled = frozenset[Category]().union(*(permit.initialled for permit in permits))
    return Terms(tuple(dict.fromkeys(grants)), initialled, tuple(refusals))


def _inside(rule: Rule, permit: bool) -> list[Rule]:
    return [inner for inner in rule.inner if inner.permit is permit]


def _grant(permit: Rule, root: Rule, custodians: frozenset[Agency], names: Directory) -> Grant:
    """One permit; inside a permit it takes from the root what it does not say itself."""
    if permit is not root:
        _only_cells(permit, "a permit inside another rule", purposes=True)
        for refusal in permit.inner:
            refusal.found.refuse("is an exception to a permit that is itself inside another rule")
    recipients = permit.recipients or root.recipients or names.anyone
    purposes = permit.purposes or root.purposes or frozenset()
    if not recipients and permit.found.sound("actor"):
        permit.found.refuse("names no recipient, and a permit to nobody named is none (42 CFR 2.31(a)(4))", "actor")
    if not purposes and permit.found.sound("purpose"):
        permit.found.refuse("names no purpose (42 CFR 2.31(a)(5), 45 CFR 164.508(c)(1)(iv))", "purpose")
    held = permit.custodians or root.custodians or custodians
    labelled = permit.categories or (root.categories if root.permit else None)
    grant = Grant(held, recipients, purposes, labelled or UNLABELLED)
    if not root.permit and not _cells_of(grant) <= _box(root):
        permit.found.refuse("permits what the rule around it does not refuse, and so is no exception to it")
    return grant


def _denials(root: Rule) -> tuple[Denial, ...]:
    """The refusals inside a permit."""
    found: list[Denial] = []
    for refusal in _inside(root, False):
        _only_cells(refusal, "a refusal inside a permit")
        found += _compressed(_cells(refusal)) if refusal.inner else _boxes(refusal)
    return tuple(found)


def _refused_at_root(root: Rule, grants: list[Grant]) -> Iterator[Denial]:
    """The refusals of a root that refuses: all of it, but for what the permits inside it grant."""
    for refusal in _inside(root, False):
        refusal.found.refuse("is a refusal inside a refusal: an exception is of the other type")
    _only_cells(root, "a refusal", period=bool(grants))
    if not grants:
        yield from _boxes(root)
        return
    # Where no consent is needed for treatment, the law would give what this person keeps back, purpose by purpose.
    unconsented = _treatment() - frozenset[Purpose].intersection(*(grant.purposes for grant in grants))
    if unconsented:
        root.found.refuse("refuses other purposes than its permits name, and a denial is kept for all or for none")
    granted = frozenset(cell for grant in grants for cell in _cells_of(grant))
    yield from _compressed(_box(root) - granted)


def _cells(rule: Rule) -> frozenset[Cell]:
    """All that the rule speaks of, without what the rules of the other type inside it take out again."""
    found = _box(rule)
    for exception in rule.inner:
        _only_cells(exception, "an exception to a refusal")
        if exception.permit is rule.permit:
            exception.found.refuse("is of the same type as the rule it stands in, and so no exception to it")
        found -= _cells(exception)
    return found


def _only_cells(rule: Rule, what: str, purposes: bool = False, period: bool = False) -> None:
    """Note what a denial or a further grant cannot be bounded by."""
    if rule.purposes is not None and not purposes:
        rule.found.refuse(f"bounds {what} to some purposes, which cannot be kept", "purpose")
    if rule.period is not None and not period:
        rule.found.refuse(f"bounds {what} in time, which cannot be kept", "period")
    if rule.data_period is not None:
        rule.found.refuse(f"bounds {what} to records of some days, which cannot be kept", "dataPeriod")


def _cells_of(grant: Grant) -> frozenset[Cell]:
    return frozenset(product(grant.recipients, grant.custodians, grant.categories))


def _box(rule: Rule) -> frozenset[Cell]:
    whom, whose = rule.recipients or frozenset(Agency), rule.custodians or frozenset(Agency)
    return frozenset(product(whom, whose, rule.categories or frozenset(Category)))


def _boxes(rule: Rule) -> list[Denial]:
    """One denial for each combination that is named; what is not named is any."""
    return [
        Denial(recipient, custodian, category)
        for recipient in _or_any(rule.recipients)
        for custodian in _or_any(rule.custodians)
        for category in _or_any(rule.categories)
    ]


def _or_any(named: frozenset[Word] | None) -> Sequence[Word | None]:
    return sorted(named) if named else [None]


def _compressed(cells: frozenset[Cell]) -> Iterator[Denial]:
    """The fewest-worded denials that refuse exactly these cells."""
    left = set(cells)
    for stated in sorted(product((False, True), repeat=3), key=sum):
        slabs: dict[Denial, set[Cell]] = {}
        for cell in product(sorted(Agency), sorted(Agency), sorted(Category)):
            named = [word if kept else None for word, kept in zip(cell, stated, strict=True)]
            slabs.setdefault(Denial(*named), set()).add(cell)  # type: ignore[arg-type]  # each at its own place
        for denial, slab in slabs.items():
            if slab <= cells and slab & left:
                left -= slab
                yield denial


def _treatment() -> frozenset[Purpose]:
    """The purposes for which some law gives records without a consent, emergencies aside."""
    source = tables.read()["purposes"]
    return frozenset(map(Purpose, source["treatment"])) - frozenset(map(Purpose, source["emergency"]))
