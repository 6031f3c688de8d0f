"""The partner registry: who may call us, for which agency, until when.

A JSON file, checked whole when it is read; a registry with one mistake in it is not used.
Read on every request, so a partner taken out is out at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.vocabulary import Agency, Purpose, Role
from service.identity.keyring import Keyring

_DURHAM = ZoneInfo("America/New_York")


class Scope(StrEnum):
    """What a token opens. Wire values; each route takes exactly one."""

    QUERY = "query"
    SUMMARY = "summary"
    CONSENT_READ = "consent.read"
    CONSENT_WRITE = "consent.write"
    AUDIT_READ = "audit.read"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A data-sharing agreement. `ends` is its last day, in Durham."""

    id: str
    ends: date
    _over: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        midnight = datetime.combine(self.ends + timedelta(days=1), time(), _DURHAM)
        object.__setattr__(self, "_over", midnight.astimezone(UTC))

    def active(self, at: datetime) -> bool:
        """Whether the agreement holds at this instant; its last day counts to local midnight."""
        return at < self._over


@dataclass(frozen=True, slots=True)
class Partner:
    """A registered system that calls us for one agency."""

    client_id: str
    agency: Agency
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    scopes: frozenset[Scope]
    agreement: Agreement
    keys: Keyring = field(repr=False, compare=False)
    jwks_url: str | None = None


class Partners:
    """All partners by client id. `replace` swaps the whole registry at once."""

    def __init__(self, partners: Iterable[Partner]) -> None:
        self._by_id: Mapping[str, Partner] = {}
        self.replace(partners)

    def find(self, client_id: str) -> Partner | None:
        """The partner registered under exactly this id."""
        return self._by_id.get(client_id)

    def __iter__(self) -> Iterator[Partner]:
        return iter(self._by_id.values())

    def replace(self, partners: Iterable[Partner]) -> None:
        """From now on these are the partners; tokens of the others stop working at once."""
        self._by_id = {partner.client_id: partner for partner in partners}
