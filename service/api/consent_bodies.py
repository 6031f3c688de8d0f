"""Consents and directives on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from consent.model import Consent, DataPeriod, Denial, Person, Programme
from consent.part2 import Element
from consent.words import (
    FACTS_WITH_DATES,
    Channel,
    DirectiveKind,
    EndEvent,
    RevocationChannel,
    Signer,
    Statement,
    Status,
)
from policies.vocabulary import Agency, Category, Purpose
from service.api.schemas import Day, Identifier, Instant, Strict, SubjectBody

Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:/#-]{0,199}$")]
ConsentRef = Annotated[str, Field(pattern=r"^c-[0-9a-f]{32}$")]
Captured = Literal[Channel.SCREEN, Channel.PAPER, Channel.WITNESSED_MARK]


class DenialBody(Strict):
    """A refusal inside a consent; what is left out means any, and not everything may be left out."""

    recipient: Agency | None = None
    custodian: Agency | None = None
    category: Category | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.recipient is None and self.custodian is None and self.category is None:
            raise ValueError("a denial names a recipient, a custodian or a category")
        return self

    def denial(self) -> Denial:
        """As the consent model's own type."""
        return Denial(self.recipient, self.custodian, self.category)


class ProgrammeBody(Strict):
    """One programme of an agency, when the consent is not about the whole of it."""

    agency: Agency
    name: Identifier


class PersonBody(Strict):
    """One named person at a recipient, by their actor identifier."""

    agency: Agency
    actor: Identifier


class DataPeriodBody(Strict):
    """Which records' dates may be shared; both days inclusive, null is unbounded."""

    since: Day | None = None
    until: Day | None = None


class ConsentBody(Strict):
    """A signed consent (42 CFR 2.31, 45 CFR 164.508(c), G.S. 122C-53). `end` is inclusive; null states no end.

    `initialled`: the categories with the person's own mark; a sensitive one without it is not granted. `statements`:
    what the document said, one by one; whether it meets 42 CFR 2.31 is computed and cannot be claimed.
    """

    subject: SubjectBody
    policy: Address
    signed_at: Instant
    start: Day
    end: Day | None
    end_event: EndEvent | None = None
    custodians: Annotated[list[Agency], Field(min_length=1, max_length=8)]
    custodian_programmes: Annotated[tuple[ProgrammeBody, ...], Field(max_length=16)] = ()
    recipients: Annotated[list[Agency], Field(min_length=1, max_length=8)]
    recipient_programmes: Annotated[tuple[ProgrammeBody, ...], Field(max_length=16)] = ()
    recipient_persons: Annotated[tuple[PersonBody, ...], Field(max_length=32)] = ()
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=8)]
    categories: Annotated[list[Category], Field(min_length=1, max_length=24)]
    initialled: Annotated[tuple[Category, ...], Field(max_length=24)] = ()
    data_period: DataPeriodBody = DataPeriodBody()
    denials: Annotated[tuple[DenialBody, ...], Field(max_length=64)] = ()
    statements: Annotated[tuple[Statement, ...], Field(max_length=8)] = ()
    signer: Signer = Signer.SELF
    signer_ref: Identifier | None = None
    authority_document: Identifier | None = None
    witness: Identifier | None = None
    channel: Captured = Channel.PAPER
    copy_given_at: Instant | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ValueError("the end is before the start")
        return self

    def consent(self, consent_id: str, subject: str, organization: Agency, captured_by: str) -> Consent:
        """The first version of this consent."""
        return Consent(
            id=consent_id,
            version=1,
            subject=subject,
            status=Status.ACTIVE,
            policy=self.policy,
            organization=organization,
            signed_at=self.signed_at,
            start=self.start,
            end=self.end,
            end_event=self.end_event,
            custodians=frozenset(self.custodians),
            custodian_programmes=frozenset(Programme(p.agency, p.name) for p in self.custodian_programmes),
            recipients=frozenset(self.recipients),
            recipient_programmes=frozenset(Programme(p.agency, p.name) for p in self.recipient_programmes),
            recipient_persons=frozenset(Person(p.agency, p.actor) for p in self.recipient_persons),
            purposes=frozenset(self.purposes),
            categories=frozenset(self.categories),
            initialled=frozenset(self.initialled),
            data_period=DataPeriod(self.data_period.since, self.data_period.until),
            denials=tuple(d.denial() for d in self.denials),
            statements=frozenset(self.statements),
            signer=self.signer,
            signer_ref=self.signer_ref or "",
            authority_document=self.authority_document,
            witness=self.witness,
            channel=self.channel,
            copy_given_at=self.copy_given_at,
            language=self.language,
            captured_by=captured_by,
            document_sha256=self.document_sha256,
        )


class RevocationBody(Strict):
    """How it was taken back, and who says so; both may be left out, for nothing may stand in its way."""

    channel: RevocationChannel | None = None
    revoked_by: Identifier | None = None


class DirectiveBody(Strict):
    """What the person or a custodian puts on file beside consents (45 CFR 164.522, G.S. 122C-55(a7), do not share)."""

    subject: SubjectBody
    kind: DirectiveKind
    scope: DenialBody | None = None
    on: Day | None = None
    reference: Identifier | None = None

    @model_validator(mode="after")
    def _names_the_custodian(self) -> Self:
        if self.kind is DirectiveKind.GUARDIAN:
            if self.reference is None or self.scope is not None:
                raise ValueError("a guardian has an order of a court, and is for everything")
        elif self.scope is None:
            raise ValueError("this kind of directive has a scope")
        elif self.kind is not DirectiveKind.DO_NOT_SHARE and self.scope.custodian is None:
            raise ValueError("this kind of directive names a custodian")
        return self

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.kind in FACTS_WITH_DATES and self.on is None:
            raise ValueError("this kind of directive says on which day")
        return self


class ConsentDocument(BaseModel):
    """A recorded consent: its newest version. `agreed` is what is granted of `categories`; `state` is as of now."""

    id: str
    version: int
    status: Status
    state: str
    policy: str
    organization: Agency
    signed_at: datetime
    start: date
    end: date | None
    end_event: EndEvent | None
    ends_at: datetime
    custodians: list[Agency]
    recipients: list[Agency]
    purposes: list[Purpose]
    categories: list[Category]
    agreed: list[Category]
    statements: list[Statement]
    part2_elements: bool
    part2_missing: list[Element]
    signer: Signer
    channel: Channel
    form: str | None
    document_sha256: str
    copy_given_at: datetime | None
    supersedes: str | None
    revoked_at: datetime | None
    receipt: str | None = None


class DirectiveDocument(BaseModel):
    """A recorded directive."""

    id: str
    version: int
    kind: DirectiveKind
    on: date | None
    withdrawn: bool
    receipt: str
