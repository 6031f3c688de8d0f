"""A FHIR element under the reader's eye: what is taken from it, and every reason why it cannot be read.

Nothing is skipped: a member that nobody asked for is a fault, for it may change what the others mean. A fault says
where (as FHIRPath has it) and why, in our own words: never a value that was sent, nor a name we do not know.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Read = TypeVar("Read")

SPELLED = frozenset(
    (
        *("action", "actor", "category", "class", "code", "contained", "data", "dataPeriod", "extension"),
        *("implicitRules", "modifierExtension", "organization", "performer", "period", "policyRule", "provision"),
        *("purpose", "role", "securityLabel", "sourceAttachment", "sourceReference", "type", "verification"),
    )
)
"""Names of FHIR's own that a fault may repeat. Any other name was the sender's choice."""

TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,512}")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Why a resource is not read: where, and what stands in the way."""

    where: str
    why: str


class Unreadable(ValueError):
    """A resource that cannot be read whole, with every reason."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("the resource cannot be read whole")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Element:
    """One JSON object of the resource. All elements of a resource share one list of faults."""

    where: str
    members: Mapping[str, object] = field(repr=False)
    faults: list[Fault] = field(repr=False)

    def refuse(self, why: str, member: str = "") -> None:
        """Note a fault of this element or of one of its members."""
        fault = Fault(f"{self.where}.{member}" if member else self.where, why)
        if fault not in self.faults:
            self.faults.append(fault)

    def sound(self, member: str) -> bool:
        """Has nothing yet been found wrong with this member?"""
        return not any(fault.where.startswith(f"{self.where}.{member}") for fault in self.faults)

    def only(self, *known: str) -> None:
        """Every member is one of these; any other might change what they mean."""
        for name in self.members.keys() - set(known):
            if name in SPELLED:
                self.refuse("cannot be kept, and what cannot be kept is not read by halves", name)
            else:
                self.refuse("has a member that is not read here")

    def text(self, name: str) -> str | None:
        """A member that is a text."""
        if name not in self.members:
            return None
        value = self.members[name]
        if isinstance(value, str) and TEXT.fullmatch(value):
            return value
        self.refuse("is not a text of at most 512 printable characters", name)
        return None

    def parsed(self, name: str, parse: Callable[[str], Read], why: str) -> Read | None:
        """A text member as something else; a ValueError is a fault for this reason."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return parse(text)
        except (ValueError, OverflowError):
            self.refuse(why, name)
            return None

    def one(self, name: str) -> "Element | None":
        """A member that is an object."""
        if name not in self.members:
            return None
        return self._object(f"{self.where}.{name}", self.members[name])

    def each(self, name: str) -> list["Element"]:
        """The objects of a member that is a list; FHIR has no empty list."""
        if name not in self.members:
            return []
        values = self.members[name]
        if not isinstance(values, list) or not values:
            self.refuse("is not a list with something in it", name)
            return []
        found = [self._object(f"{self.where}.{name}[{place}]", value) for place, value in enumerate(values)]
        return [element for element in found if element is not None]

    def _object(self, where: str, value: object) -> "Element | None":
        if isinstance(value, dict) and value:
            return Element(where, value, self.faults)
        self.faults.append(Fault(where, "is not an object with something in it"))
        return None

    def coding(self) -> tuple[str, str]:
        """This Coding as (system, code); empty where missing, which is a fault."""
        self.only("system", "version", "code", "display", "userSelected")
        system, code = self.text("system"), self.text("code")
        if system is None or code is None:
            self.refuse("names no system and code")
        return system or "", code or ""

    def concept(self) -> list[tuple[str, str]]:
        """The codings of this CodeableConcept; words alone are a fault."""
        self.only("coding", "text")
        codings = [coding.coding() for coding in self.each("coding")]
        if not codings:
            self.refuse("has no code, and words are not read")
        return codings
