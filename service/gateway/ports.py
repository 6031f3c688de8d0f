"""What the gateway needs from outside, as protocols. Each has one real adapter and one fake."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from audit.checkpoint import Receipt
from audit.entry import Entry
from consent.model import Held
from policies.vocabulary import Agency, Category
from service.gateway.query import Query, Subject

Value = str | int | bool | tuple[str, ...]
"""What a field may hold. Dates travel as ISO 8601 strings."""

Fields = Mapping[Category, frozenset[str]]
"""Field names by category: offered, asked or permitted."""

Values = Mapping[Category, Mapping[str, Value]]


class Outcome(StrEnum):
    """What became of asking one custodian. Every fault there is maps to one of these."""

    FOUND = "found"
    NOT_FOUND = "not-found"
    UNAVAILABLE = "unavailable"


class Fault(StrEnum):
    """Why a custodian is `unavailable`: a code for the log, never a body."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    SERVER_ERROR = "server-error"
    GARBAGE = "garbage"
    TOO_LARGE = "too-large"
    WRONG_PERSON = "wrong-person"
    CIRCUIT_OPEN = "circuit-open"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one custodian is asked: its own identifier for the person, and only the permitted fields."""

    local_id: str = field(repr=False)
    fields: Fields


@dataclass(frozen=True, slots=True)
class Answer:
    """What one custodian answered. `as_of` is when the custodian says its data was true (aware, UTC)."""

    custodian: Agency
    outcome: Outcome
    values: Values = field(default_factory=dict, repr=False)
    as_of: datetime | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Sighting:
    """One person as one custodian spells them: a line of that custodian's feed to the person index."""

    custodian: Agency
    local_id: str
    given: str
    family: str
    middle: str = ""
    suffix: str = ""
    birth_date: date | None = None
    sex: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    phone: str = ""
    medicaid_id: str = ""
    ssn4: str = ""


class Connector(Protocol):
    """One custodian's records, in the catalog's words. One file per agency under `service/connectors/agencies/`."""

    custodian: Agency
    offers: Fields

    async def open(self) -> None:
        """Connect. Raises nothing for a custodian that is down: `fetch` says so later."""

    async def close(self) -> None:
        """Let go of every connection."""

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        """Ask for exactly `wanted` within `seconds`. Never raises; never returns a field not wanted."""

    def feed(self) -> AsyncIterator[Sighting]:
        """Stream the people this custodian knows, for the person index."""


class Subjects(Protocol):
    """The person index."""

    async def resolve(self, query: Query) -> Subject | None:
        """The one person the query names; None for unknown and for ambiguous alike."""


class Sources(Protocol):
    """All custodians, asked at once."""

    offers: Mapping[Agency, Fields]

    async def fetch(self, subject: Subject, wanted: Mapping[Agency, Fields]) -> Sequence[Answer]:
        """One answer per custodian in `wanted`, in its order; closed custodians are never asked."""


class Clock(Protocol):
    """The time, aware and in UTC. Injectable by setting, refused in production."""

    def __call__(self) -> datetime:
        """Now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the roster and the caseload say of the asker, read fresh for this query."""

    role_confirmed: bool
    relationship: bool


class Facts(Protocol):
    """The policy information point: consents and standing, read fresh from one moment, for every query."""

    async def read(self, query: Query, subject: Subject | None) -> tuple[Held, Standing]:
        """What is on file. For an unplaced person the same work is done and nothing is found."""


class Ledger(Protocol):
    """The access log."""

    async def append(self, entry: Entry, guard: object = None) -> Receipt:
        """Durably store the entry. Raises audit.refusals: LedgerDown, GuardRefused, Duplicate."""
