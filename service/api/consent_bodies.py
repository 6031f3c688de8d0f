"""Consents and directives on the wire."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, StrictBool, model_validator

from consent.model import Consent, Denial, DirectiveKind, Signer, Status
from policies.vocabulary import Agency, Category, Purpose
from service.api.schemas import Day, Identifier, Instant, Strict, SubjectBody

Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:/#-]{0,199}$")]


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


class ConsentBody(Strict):
    """A signed consent (42 CFR 2.31, 45 CFR 164.508(c), G.S. 122C-53). `end` is inclusive; null states no end."""

    subject: SubjectBody
    policy: Address
    signed_at: Instant
    start: Day
    end: Day | None
    custodians: Annotated[list[Agency], Field(min_length=1, max_length=8)]
    recipients: Annotated[list[Agency], Field(min_length=1, max_length=8)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=8)]
    categories: Annotated[list[Category], Field(min_length=1, max_length=24)]
    denials: Annotated[tuple[DenialBody, ...], Field(max_length=64)] = ()
    part2_elements: StrictBool = False
    signer: Signer = Signer.SELF
    authority_document: Identifier | None = None
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
            custodians=frozenset(self.custodians),
            recipients=frozenset(self.recipients),
            purposes=frozenset(self.purposes),
            categories=frozenset(self.categories),
            denials=tuple(d.denial() for d in self.denials),
            part2_elements=self.part2_elements,
            signer=self.signer,
            authority_document=self.authority_document,
            language=self.language,
            captured_by=captured_by,
            document_sha256=self.document_sha256,
        )


class DirectiveBody(Strict):
    """What the person or a custodian puts on file beside consents (45 CFR 164.522, G.S. 122C-55(a7), do not share)."""

    subject: SubjectBody
    kind: DirectiveKind
    scope: DenialBody

    @model_validator(mode="after")
    def _names_the_custodian(self) -> Self:
        if self.kind is not DirectiveKind.DO_NOT_SHARE and self.scope.custodian is None:
            raise ValueError("this kind of directive names a custodian")
        return self


class ConsentDocument(BaseModel):
    """A recorded consent: its newest version."""

    id: str
    version: int
    status: Status
    policy: str
    organization: Agency
    signed_at: datetime
    start: date
    end: date | None
    ends_at: datetime
    custodians: list[Agency]
    recipients: list[Agency]
    purposes: list[Purpose]
    categories: list[Category]
    part2_elements: bool
    document_sha256: str
    revoked_at: datetime | None
    receipt: str | None = None


class DirectiveDocument(BaseModel):
    """A recorded directive."""

    id: str
    version: int
    kind: DirectiveKind
    receipt: str
