"""Who a FHIR reference means: an agency of ours, or a person by a custodian's own identifier. Pure.

Only what the directory lists is known. An organization may have many names; of a reference that carries several, one
must be known and none may be another agency's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from consent.fhir_codes import OURS
from consent.fhir_element import Element
from policies.vocabulary import Agency

AGENCY_SYSTEM = f"{OURS}/agency"
PERSON_SYSTEM = f"{OURS}/person"
VALUE = re.compile(r"[A-Za-z0-9_.:@+-]{1,128}")
"""What a custodian's identifier for a person may be, as the gateway's contract has it."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A person by one custodian's own identifier."""

    custodian: Agency
    value: str = field(repr=False)

    def reference(self) -> dict[str, object]:
        """As a FHIR Reference that every directory reads."""
        return {"identifier": {"system": f"{PERSON_SYSTEM}/{self.custodian}", "value": self.value}}


@dataclass(frozen=True, slots=True)
class Directory:
    """The names that references may use, beside our own.

    `agency` is the one that sends or asks. `organizations`: a reference, or `system|value`, by agency. `patients`: an
    identifier system, or the part of a reference before the last `/`, by custodian; bare, it is the sender's.
    `anyone` is whom a permit means that names no recipient: nobody, unless counsel says otherwise (42 CFR 2.31(a)(4)).
    """

    agency: Agency
    organizations: Mapping[str, Agency] = field(default_factory=dict)
    patients: Mapping[str, Agency] = field(default_factory=dict)
    anyone: frozenset[Agency] = frozenset()

    def organization(self, name: str) -> Agency | None:
        """The agency of one name."""
        system, _, word = name.rpartition("|")
        if system == AGENCY_SYSTEM and word in set(Agency):
            return Agency(word)
        return self.organizations.get(name)

    def custodian(self, system: str) -> Agency | None:
        """The agency whose identifiers are of this system."""
        base, _, word = system.rpartition("/")
        if base == PERSON_SYSTEM and word in set(Agency):
            return Agency(word)
        return self.agency if system == "Patient" else self.patients.get(system)


def of_agency(agency: Agency) -> dict[str, object]:
    """An agency as a FHIR Reference that every directory reads."""
    return {"identifier": {"system": AGENCY_SYSTEM, "value": str(agency)}}


def agency(reference: Element, names: Directory, contained: Mapping[str, Element]) -> Agency | None:
    """The agency a Reference means; None with a fault."""
    known = {names.organization(name) for name in _names(reference, contained)} - {None}
    if len(known) == 1:
        return known.pop()
    reference.refuse("names two agencies at once" if known else "names no organization known here")
    return None


def patient(reference: Element, names: Directory) -> Patient | None:
    """The person a Reference means; None with a fault. Whether anybody knows them is not asked here."""
    reference.only("reference", "type", "identifier", "display")
    found = {_person(*key, names) for key in _keys(reference)} - {None}
    if len(found) == 1:
        return found.pop()
    reference.refuse("names two people at once" if found else "names nobody by an identifier of a custodian known here")
    return None


def same_person(one: Element, other: Element, names: Directory) -> bool:
    """Do two References mean one person known by an identifier?"""
    first, second = ({_person(*key, names) for key in _keys(reference)} - {None} for reference in (one, other))
    return bool(first) and first == second


def contained(resource: Element) -> dict[str, Element]:
    """The contained organizations by `#id`; anything else contained is a fault."""
    found: dict[str, Element] = {}
    for inner in resource.each("contained"):
        inner.only("resourceType", "id", "identifier", "name", "active", "type", "text", "meta", "alias")
        if inner.members.get("resourceType") != "Organization" or inner.members.get("active", True) is not True:
            inner.refuse("is not an active Organization, and nothing else is read inside a Consent")
        found[f"#{inner.text('id')}"] = inner
    return found


def _names(reference: Element, inside: Mapping[str, Element]) -> Iterable[str]:
    reference.only("reference", "type", "identifier", "display")
    literal = reference.text("reference")
    holders = [reference.one("identifier")]
    if literal and literal.startswith("#"):
        organization = inside.get(literal)
        holders += organization.each("identifier") if organization else []
    elif literal:
        yield literal
    for holder in holders:
        if holder is not None:
            system, value = _identifier(holder)
            yield f"{system}|{value}"


def _keys(reference: Element) -> Iterable[tuple[str, str]]:
    literal, identifier = reference.text("reference"), reference.one("identifier")
    if literal:
        system, _, value = literal.rpartition("/")
        yield system, value
    if identifier is not None:
        yield _identifier(identifier)


def _identifier(holder: Element) -> tuple[str, str]:
    holder.only("use", "type", "system", "value", "assigner", "period")
    if "period" in holder.members or holder.members.get("use") == "old":
        holder.refuse("is an identifier with an end, and whether it still holds is not asked here")
    return holder.text("system") or "", holder.text("value") or ""


def _person(system: str, value: str, names: Directory) -> Patient | None:
    custodian = names.custodian(system)
    return Patient(custodian, value) if custodian and VALUE.fullmatch(value) else None
