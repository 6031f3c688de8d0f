"""The preview of a consent on the wire, and whose desks it looks over."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from consent.model import Consent
from consent.signing import Signature
from consent.words import Signer
from policies import tables
from policies.tables import profile
from policies.vocabulary import Agency, Category, Purpose, Role
from service.api.consent_bodies import ConsentBody
from service.api.form_bodies import Tick
from service.api.schemas import Day, Identifier, Strict, SubjectBody
from service.gateway.ports import Fields
from service.gateway.query import Item

MOST_DAYS = 6


class TickedBody(Strict):
    """A form as ticked, not yet signed."""

    form: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    subject: SubjectBody
    ticks: Annotated[list[Tick], Field(min_length=1, max_length=64)]
    relationship: Signer = Signer.SELF
    authority_document: Identifier | None = None
    last_day: Day | None = None

    def signature(self, at: datetime) -> Signature:
        """As if it were signed at this instant. Nobody's name is in it."""
        return Signature(
            "en", frozenset(self.ticks), "", "", self.relationship, at, self.last_day, self.authority_document
        )


class PreviewBody(Strict):
    """A consent nobody signed yet, as a ticked form or in whole, and the days to look at it on, late, in Durham."""

    ticked_form: TickedBody | None = None
    consent: ConsentBody | None = None
    days: Annotated[list[Day], Field(min_length=1, max_length=MOST_DAYS)]
    agencies: Annotated[list[Agency], Field(min_length=1, max_length=8)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.ticked_form is None) == (self.consent is None):
            raise ValueError("give either a ticked form or a consent")
        return self

    @property
    def ticked(self) -> TickedBody:
        """The ticked form; only where there is no whole consent."""
        if self.ticked_form is None:
            raise ValueError("there is no ticked form")
        return self.ticked_form

    @property
    def about(self) -> SubjectBody:
        """Whom it is about."""
        return self.consent.subject if self.consent is not None else self.ticked.subject


class Seen(BaseModel):
    """What one role would be told of one category by one custodian. `kept`: each field that stays, and why."""

    day: date
    agency: Agency
    role: Role
    purpose: Purpose
    custodian: Agency
    category: Category
    fields: list[str]
    rules: list[str]
    citations: list[str]
    by_this_consent: bool
    kept: dict[str, str]


class PreviewDocument(BaseModel):
    """All that would be seen. `agreed`: the categories the consent would grant at all."""

    agreed: list[Category]
    sees: list[Seen]
    policy_revision: str


def desks(consent: Consent, agencies: Iterable[Agency] | None) -> Iterator[tuple[Agency, Role, Purpose]]:
    """Every role of the agencies looked over, with each purpose of the consent that the role may ask for."""
    looked = frozenset(agencies) if agencies is not None else consent.recipients
    for role, (agency, purposes) in _roles().items():
        if agency in looked:
            yield from ((agency, role, purpose) for purpose in sorted(purposes & consent.purposes))


def items(role: Role, offers: Mapping[Agency, Fields]) -> tuple[Item, ...]:
    """All that the role may ever be told, from every custodian that offers it."""
    return tuple(
        Item(custodian, category, fields)
        for category, wanted in sorted(profile(role).items())
        for custodian, offered in sorted(offers.items())
        if (fields := wanted & offered.get(category, frozenset()))
    )


@cache
def _roles() -> Mapping[Role, tuple[Agency, frozenset[Purpose]]]:
    known = tables.read()["roles"]
    return {
        Role(name): (Agency(role["agency"]), frozenset(Purpose(p) for p in role["purposes"]))
        for name, role in known.items()
    }
