"""A consent as recorded, and a directive that is not one (do not share, restriction, 122C notice and objection).

Frozen: a change is a new version. What is in force is never stored; `facts` computes it from these and the time.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from policies.vocabulary import Agency, Category, Purpose


class Status(StrEnum):
    """The lifecycle of a consent version. Expiry is computed, never stored."""

    DRAFT = "draft"
    ACTIVE = "active"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered-in-error"


class Signer(StrEnum):
    """Who signed, in relation to the person."""

    SELF = "self"
    GUARDIAN = "guardian"
    HC_AGENT = "hc_agent"
    PARENT = "parent"


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
class Consent:
    """One version of a signed agreement (the superset record of every regime; 42 CFR 2.31, 164.508, 122C-53).

    `end` is inclusive; None is "no end stated". Dates are days in America/New_York.
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
    part2_elements: bool = False
    signer: Signer = Signer.SELF
    authority_document: str | None = None
    language: str = "en"
    captured_by: str = ""
    document_sha256: str = ""
    revoked_at: datetime | None = None

    @property
    def signer_authorized(self) -> bool:
        """The person, or a representative whose authority is evidenced. A parent never signs for an adult."""
        evidenced = self.signer in (Signer.GUARDIAN, Signer.HC_AGENT) and bool(self.authority_document)
        return self.signer is Signer.SELF or evidenced


class DirectiveKind(StrEnum):
    """What the person or the custodian put on file beside consents. Revocation is not objection."""

    DO_NOT_SHARE = "do-not-share"
    RESTRICTION = "restriction"
    A7_NOTICE = "a7-notice"
    A7_OBJECTION = "a7-objection"


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive. A do-not-share may leave recipient, custodian or category open; the others name a custodian."""

    id: str
    version: int
    subject: str = field(repr=False)
    kind: DirectiveKind
    scope: Denial
    at: datetime
    withdrawn: bool = False


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
