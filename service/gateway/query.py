"""The question: who asks, about whom, why, and for which fields.

Built once at the edge from a checked token and a strict body; trusted inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from policies.vocabulary import Agency, Category, Nature, Purpose, Role


@dataclass(frozen=True, slots=True)
class Asker:
    """The partner system and the acting person, as the registry and the roster know them (never as they claim)."""

    partner: str
    agency: Agency
    actor: str
    role: Role
    agreement_active: bool
    token_id: str


@dataclass(frozen=True, slots=True)
class ByIdentifier:
    """A person named by one custodian's own identifier."""

    custodian: Agency
    value: str


@dataclass(frozen=True, slots=True)
class ByDemographics:
    """A person named by at least two of: name (given and family together), birth date, address, phone."""

    given: str | None = None
    family: str | None = None
    birth_date: date | None = None
    street: str | None = None
    zip: str | None = None
    phone: str | None = None


SubjectClaim = ByIdentifier | ByDemographics


@dataclass(frozen=True, slots=True)
class Emergency:
    """What the asker attests when breaking the glass (42 CFR 2.51(c), G.S. 122C-55(e)).

    `nature` and `facility` are codes, so that no free text of care enters the log.
    """

    attested: bool = False
    nature: Nature | None = None
    facility: str | None = None
    can_consent: bool = True
    capable_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One (custodian, category) of a query and the fields asked of it."""

    custodian: Agency
    category: Category
    fields: frozenset[str]

    @property
    def key(self) -> str:
        """`EMS/ems.summary`: how rules, entries and answers name this item."""
        return f"{self.custodian}/{self.category}"


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one person. `items` holds no (custodian, category) twice."""

    id: str
    asker: Asker
    subject: SubjectClaim
    purpose: Purpose
    items: tuple[Item, ...]
    received_at: datetime
    emergency: Emergency = Emergency()


@dataclass(frozen=True, slots=True)
class Subject:
    """A person the index could place: our own reference, and each custodian's identifier for them."""

    ref: str
    links: Mapping[Agency, str] = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
