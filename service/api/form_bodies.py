"""Forms and their signatures on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from consent.form import Form, Sort
from consent.signing import Signature
from consent.wording import Wording
from consent.words import Channel, Signer, Statement
from policies.vocabulary import Agency, Category, Purpose
from service.api.consent_bodies import Captured, ConsentDocument
from service.api.schemas import Day, Identifier, Instant, Name, Strict, SubjectBody

Language = Literal["en", "es"]
Tick = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class SignatureBody(Strict):
    """A form as ticked and signed. The names go into the document and nowhere else; `witness` is a name too."""

    language: Language
    ticks: Annotated[list[Tick], Field(min_length=1, max_length=64)]
    person: Name
    signer: Name
    relationship: Signer = Signer.SELF
    authority_document: Identifier | None = None
    witness: Name | None = None
    signed_at: Instant
    last_day: Day | None = None

    def signature(self) -> Signature:
        """As the consent package's own type."""
        return Signature(
            language=self.language,
            ticks=frozenset(self.ticks),
            person=self.person,
            signer=self.signer,
            relationship=self.relationship,
            signed_at=self.signed_at,
            last_day=self.last_day,
            authority_document=self.authority_document,
            witness=self.witness,
        )


class SignedBody(SignatureBody):
    """The same, to be recorded: whose it is, how it was taken, and the hash of the text that was signed."""

    subject: SubjectBody
    channel: Captured = Channel.SCREEN
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    copy_given_at: Instant | None = None


class FormName(BaseModel):
    """One form in the list."""

    id: str
    version: int
    name: str
    title: dict[str, str]
    days: int


class FormsDocument(BaseModel):
    """Every form there is."""

    forms: list[FormName]


class BoxDocument(BaseModel):
    """A box, and the rule that ticking it makes. `initial`: it wants the person's own mark."""

    id: str
    sort: Sort
    text: str
    initial: bool
    recipients: list[Agency]
    custodians: list[Agency]
    categories: list[Category]
    purposes: list[Purpose]


class SectionDocument(BaseModel):
    """A section of the page."""

    id: str
    heading: str
    sentences: list[str]
    boxes: list[BoxDocument]


class FormDocument(BaseModel):
    """A form in one language: its words, and behind each box the rule."""

    id: str
    version: int
    name: str
    policy: str
    language: Language
    days: int
    title: str
    sections: list[SectionDocument]
    statements: list[Statement]


class TextDocument(BaseModel):
    """The whole text to be signed, and the hash that the signature is recorded under."""

    form: str
    text: str
    document_sha256: str


class SignedDocument(BaseModel):
    """The consent as recorded, and the person's own copy of what they signed (45 CFR 164.508(c)(4))."""

    consent: ConsentDocument
    copy_text: str
    copy_made_at: datetime


def form_document(form: Form, words: Wording, language: Language) -> FormDocument:
    """A form on the wire: words and rules side by side."""
    return FormDocument(
        id=form.id,
        version=form.version,
        name=form.name,
        policy=form.policy,
        language=language,
        days=form.days,
        title=words.title,
        sections=[
            SectionDocument(
                id=section.id,
                heading=section.heading,
                sentences=list(section.sentences),
                boxes=[_box(form, box.id, box.text) for box in section.boxes],
            )
            for section in words.sections
        ],
        statements=sorted(form.states),
    )


def _box(form: Form, name: str, text: str) -> BoxDocument:
    box = form.boxes[name]
    return BoxDocument(
        id=name,
        sort=box.sort,
        text=text,
        initial=box.initial,
        recipients=sorted(box.recipients),
        custodians=sorted(box.custodians),
        categories=sorted(box.categories),
        purposes=sorted(box.purposes),
    )
