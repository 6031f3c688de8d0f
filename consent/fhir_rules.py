"""A FHIR provision and the provisions inside it, read whole into a tree of rules. Pure.

Each restriction is a set, or None where the provision does not speak of it. What FHIR allows and a consent record
cannot hold is a fault; what the tree means is `fhir_terms`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from consent import fhir_codes as codes
from consent import fhir_names as naming
from consent.fhir_codes import Code, Unsayable
from consent.fhir_days import period
from consent.fhir_element import Element
from consent.fhir_names import Directory
from consent.model import DataPeriod
from policies.vocabulary import Agency, Category, Purpose

RECIPIENT, CUSTODIAN = frozenset({"IRCP", "PRCP"}), frozenset({"CST"})
SHARING = frozenset({(codes.ACTION, "access"), (codes.ACTION, "disclose")})
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Rule:
    """One provision: whom, what and when it speaks of, and the rules inside it. `found` is where it stands."""

    found: Element
    permit: bool
    recipients: frozenset[Agency] | None
    custodians: frozenset[Agency] | None
    purposes: frozenset[Purpose] | None
    categories: frozenset[Category] | None
    initialled: frozenset[Category]
    period: DataPeriod | None
    data_period: DataPeriod | None
    inner: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a provision needs beside it: the directory, and the organizations inside the resource."""

    names: Directory
    contained: dict[str, Element]


def rule(element: Element, reading: Reading, permit: bool, depth: int = 1) -> Rule:
    """A provision of this type, with all inside it. What cannot be read is noted, and read as if it were absent."""
    element.only(
        *("id", "type", "period", "actor", "action", "securityLabel", "purpose", "dataPeriod", "provision"),
    )
    _actions(element)
    categories, initialled = _categories(element, permit)
    recipients, custodians = _actors(element, reading)
    return Rule(
        found=element,
        permit=permit,
        recipients=recipients,
        custodians=custodians,
        purposes=_purposes(element),
        categories=categories,
        initialled=initialled,
        period=period(element, "period"),
        data_period=period(element, "dataPeriod"),
        inner=_inner(element, reading, depth),
    )


def stated_type(element: Element) -> bool | None:
    """Is it a permit? None where no type is stated, or a wrong one."""
    stated = element.text("type")
    if stated not in {None, "permit", "deny"}:
        element.refuse("is neither permit nor deny", "type")
    return None if stated is None else stated == "permit"


def _inner(element: Element, reading: Reading, depth: int) -> tuple[Rule, ...]:
    found = []
    for provision in element.each("provision"):
        permit = stated_type(provision)
        if permit is None:
            provision.refuse("has no type, which every provision inside another must have")
        elif depth >= DEEPEST:
            provision.refuse("is nested too deeply")
        else:
            found.append(rule(provision, reading, permit, depth + 1))
    return tuple(found)


def _actors(element: Element, reading: Reading) -> tuple[frozenset[Agency] | None, frozenset[Agency] | None]:
    """Recipients and custodians: actors of one role are alternatives, the two roles hold together."""
    recipients: set[Agency] = set()
    custodians: set[Agency] = set()
    for actor in element.each("actor"):
        actor.only("id", "role", "reference")
        role, reference = actor.one("role"), actor.one("reference")
        roles = {code for system, code in role.concept() if system == codes.PARTICIPATION} if role else set()
        if not (roles and (roles <= RECIPIENT or roles <= CUSTODIAN)):
            actor.refuse("is neither a recipient (IRCP, PRCP) nor a custodian (CST)", "role")
        if reference is None:
            actor.refuse("names nobody", "reference")
        elif (agency := naming.agency(reference, reading.names, reading.contained)) is not None:
            (custodians if roles <= CUSTODIAN else recipients).add(agency)
    return frozenset(recipients) or None, frozenset(custodians) or None


def _purposes(element: Element) -> frozenset[Purpose] | None:
    found = {_said(coding, codes.purpose, coding.coding()) for coding in element.each("purpose")} - {None}
    return frozenset(word for word in found if word is not None) or None


def _categories(element: Element, permit: bool) -> tuple[frozenset[Category] | None, frozenset[Category]]:
    """The categories its labels stand for, and which of them are named by their own."""
    labels = [label.coding() for label in element.each("securityLabel")]
    try:
        if not labels:
            return None, frozenset()
        return codes.permitted(labels) if permit else (codes.refused(labels), frozenset())
    except Unsayable as fault:
        element.refuse(str(fault), "securityLabel")
        return frozenset(), frozenset()


def _actions(element: Element) -> None:
    """Sharing is all that is decided here: a provision speaks of access and disclosure, or of no action at all."""
    for action in element.each("action"):
        if not set(action.concept()) <= SHARING:
            action.refuse("is an action that is not decided here: only access and disclose are")


def _said(coding: Element, say: Callable[[Code], Purpose], code: Code) -> Purpose | None:
    try:
        return say(code)
    except Unsayable as fault:
        coding.refuse(str(fault))
        return None
