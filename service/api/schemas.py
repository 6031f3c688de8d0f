"""The wire: strict bodies in, documents out. Parsed once, here, into the gateway's own frozen types."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

from policies.vocabulary import Agency, Category, Nature, Obligation, Purpose
from service.gateway.query import ByDemographics, ByIdentifier, Emergency, SubjectClaim

Name = Annotated[str, Field(min_length=1, max_length=100)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:@+-]{1,128}$")]


def _written(value: object) -> object:
    """Pydantic would take a number, or a text of digits, for seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and WRITTEN.match(value)):
        return value
    raise ValueError("write dates as ISO 8601 has them")


WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_written), Field(ge=date(1850, 1, 1), lt=date(2200, 1, 1))]
"""A day on file. Bounded, so that no sum of days with it overflows."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written),
    Field(ge=datetime(1850, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
"""An instant on file, with its offset."""


class Strict(BaseModel):
    """A body that takes no member it does not know and no type it was not told."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class IdentifierBody(Strict):
    """A custodian's own identifier for the person."""

    custodian: Agency
    value: Identifier


class DemographicsBody(Strict):
    """At least two of: name (given and family), birth date, address (street and zip), phone."""

    given: Name | None = None
    family: Name | None = None
    birth_date: Day | None = None
    street: Name | None = None
    zip: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+() .-]{7,20}$")] | None = None

    @model_validator(mode="after")
    def _at_least_two(self) -> Self:
        given = (self.given and self.family, self.birth_date, self.street and self.zip, self.phone)
        if sum(map(bool, given)) < 2:  # noqa: PLR2004  # two, as the field demands of a look-up
            raise ValueError("give at least two of name, birth date, address and phone")
        return self


class SubjectBody(Strict):
    """Who is asked about: one identifier, or demographics."""

    identifier: IdentifierBody | None = None
    demographics: DemographicsBody | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.identifier is None) == (self.demographics is None):
            raise ValueError("give either identifier or demographics")
        return self

    def claim(self) -> SubjectClaim:
        """As the gateway's own type."""
        if self.identifier is not None:
            return ByIdentifier(self.identifier.custodian, self.identifier.value)
        return ByDemographics(**self.demographics.model_dump()) if self.demographics else ByDemographics()


class EmergencyBody(Strict):
    """The attestation of a medical emergency (42 CFR 2.51). All of it is needed; it is reviewed within 24 hours."""

    attested: StrictBool
    nature: Nature
    facility: Identifier
    can_consent: StrictBool
    capable_refusal: StrictBool = False

    def emergency(self) -> Emergency:
        """As the gateway's own type."""
        return Emergency(**self.model_dump())


class QueryBody(Strict):
    """One question about one person."""

    subject: SubjectBody
    purpose: Purpose
    categories: Annotated[list[Category], Field(min_length=1, max_length=24)] | None = None
    fields: Annotated[dict[Category, list[Identifier]], Field(min_length=1, max_length=24)] | None = None
    custodians: Annotated[list[Agency], Field(min_length=1, max_length=8)] | None = None
    emergency: EmergencyBody | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if (self.categories is None) == (self.fields is None):
            raise ValueError("give either categories or fields")
        return self


class SummaryBody(Strict):
    """A cross-agency summary: everything the asker's role has a profile for, from every custodian."""

    subject: SubjectBody
    purpose: Purpose
    emergency: EmergencyBody | None = None


class ReceiptDocument(BaseModel):
    """Proof that the entry of this disclosure stands in the log; `proof` is C2SP tlog-proof text, checkable offline."""

    index: int
    tree_size: int
    proof: str


class ItemDocument(BaseModel):
    """What one custodian disclosed of one category, as of when, and on what ground."""

    custodian: Agency
    category: Category
    values: dict[str, str | int | bool | list[str]]
    as_of: datetime | None
    basis: list[str]
    obligations: list[Obligation]


class ConsentScopeDocument(BaseModel):
    """The scope of a consent that was relied on (42 CFR 2.32(b))."""

    consent: str
    version: int
    document_sha256: str
    custodians: list[Agency]
    recipients: list[Agency]
    purposes: list[Purpose]
    categories: list[Category]
    end: date | None


class DisclosureDocument(BaseModel):
    """The answer to a query: the minimum necessary, its provenance, its obligations, and its receipt."""

    query: str
    items: list[ItemDocument]
    unavailable: list[Agency]
    notices: dict[str, str]
    consents: list[ConsentScopeDocument]
    obligations: list[Obligation]
    expires_at: datetime | None
    policy_revision: str
    receipt: ReceiptDocument


class ProblemDocument(BaseModel):
    """An RFC 9457 problem. `reasons` holds only what is about the asker."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    reasons: list[str] | None = None
