"""A consent as recorded, and a directive that is not one (do not share, restriction, notices, a guardian on file).

Frozen: a change is a new version. What is in force is never stored; `facts` computes it from these and the time.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from consent.words import (
    SENSITIVE,
    Channel,
    DirectiveKind,
    EndEvent,
    RevocationChannel,
    Signer,
    Statement,
    Status,
)
from policies.vocabulary import Agency, Category, Purpose

__all__ = ["Channel", "DirectiveKind", "EndEvent", "RevocationChannel", "Signer", "Statement", "Status"]


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal inside a consent. None means any: `Denial(recipient=JUSTICE)` is "share nothing with Justice"."""

    recipient: Agency | None = None
    custodian: Agency | None = None
    category: Category | None = None

    def covers(self, recipient: Agency, custodian: Agency, category: Category) -> bool:
        """Is this release refused by it?"""
        wanted = (self.recipient, recipient), (self.custodian, custodian), (self.category, category)
        return all(stated in (None, asked) for stated, asked in wanted)


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing agreed to: these custodians may tell these recipients these categories for these purposes."""

    custodians: frozenset[Agency]
    recipients: frozenset[Agency]
    purposes: frozenset[Purpose]
    categories: frozenset[Category]


@dataclass(frozen=True, slots=True, order=True)
class Programme:
    """One named programme of an agency: the consent covers that and not the rest of the agency."""

    agency: Agency
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """One named person at a recipient, by the actor's identifier there: nobody else at that agency is covered."""

    agency: Agency
    actor: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataPeriod:
    """Which records' dates may be shared; both days inclusive, None is unbounded. How strictly it is read: `period`."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """One version of a signed agreement (the superset record of every regime; RULES section 4).

    `end` is inclusive; None is "no end stated". Dates are days in America/New_York. Where `grants` stand, only what a
    grant names together is agreed to, and custodians, recipients, purposes and categories are their unions.
    `initialled` lists the categories with the person's own mark; a sensitive one without it is not granted.
    """

    id: str
    version: int
    subject: str = field(repr=False)
    status: Status
    policy: str
    organization: Agency
    signed_at: datetime
    start: date
    end: date | None
    custodians: frozenset[Agency]
    recipients: frozenset[Agency]
    purposes: frozenset[Purpose]
    categories: frozenset[Category]
    denials: tuple[Denial, ...] = ()
    grants: tuple[Grant, ...] = ()
    initialled: frozenset[Category] = frozenset()
    custodian_programmes: frozenset[Programme] = frozenset()
    recipient_programmes: frozenset[Programme] = frozenset()
    recipient_persons: frozenset[Person] = frozenset()
    data_period: DataPeriod = DataPeriod()
    end_event: EndEvent | None = None
    ended_at: datetime | None = None  # when the end event came to pass, as recorded
    statements: frozenset[Statement] = frozenset()
    signer: Signer = Signer.SELF
    signer_ref: str = field(default="", repr=False)  # a keyed hash or a reference, never a name
    authority_document: str | None = None
    witness: str | None = field(default=None, repr=False)  # a reference, never a name
    language: str = "en"
    captured_by: str = ""
    channel: Channel = Channel.UNSTATED
    copy_given_at: datetime | None = None
    form: str | None = None  # `care-coordination@1`
    ticks: frozenset[str] = frozenset()
    document_sha256: str = ""
    supersedes: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = field(default=None, repr=False)
    revocation_channel: RevocationChannel | None = None

    @property
    def signer_authorized(self) -> bool:
        """The person, or a representative whose authority is evidenced. A parent never signs for an adult."""
        evidenced = self.signer in (Signer.GUARDIAN, Signer.HC_AGENT) and bool(self.authority_document)
        return self.signer is Signer.SELF or evidenced

    @property
    def agreed(self) -> frozenset[Category]:
        """The categories agreed to: the sensitive ones only where initialled."""
        return self.categories - (SENSITIVE - self.initialled)


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive. A do-not-share may leave recipient, custodian or category open; most others name a custodian.

    `on` is the day of the fact it states (a notice handed over, an order made); `reference` is the document behind it.
    """

    id: str
    version: int
    subject: str = field(repr=False)
    kind: DirectiveKind
    scope: Denial
    at: datetime
    withdrawn: bool = False
    on: date | None = None
    reference: str | None = None
    organization: Agency | None = None  # the agency that put it on file, and alone may withdraw it


@dataclass(frozen=True, slots=True)
class Held:
    """All that is on file for one person, and the epoch it was read at: any change moves the epoch."""

    subject: str = field(repr=False)
    epoch: int
    consents: tuple[Consent, ...] = ()
    directives: tuple[Directive, ...] = ()


@dataclass(frozen=True, slots=True)
class EpochToken:
    """What a release rests on: the person, and the epoch their consents were read at."""

    subject: str
    epoch: int
