"""A form, ticked and signed, as a consent record. The one road from a form to a rule. Pure.

The signer's hash must be that of the text these ticks and names make, or nothing is recorded: what the rule says is
what was signed.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from consent.facts import DURHAM
from consent.form import Form
from consent.model import Consent
from consent.provisions import provisions
from consent.wording import Signing, document, document_sha256
from consent.words import Channel, Signer, Status
from policies.vocabulary import Agency


class SigningRefused(ValueError):
    """This signature makes no consent, and why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What was ticked, who signed, when and for how long. Names are for the document; the record gets `signer_ref`."""

    language: str
    ticks: frozenset[str]
    person: str = field(repr=False)
    signer: str = field(repr=False)
    relationship: Signer
    signed_at: datetime
    last_day: date | None = None
    authority_document: str | None = None
    witness: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Capture:
    """Where and by whom it was taken down, about whom, in our own references."""

    id: str
    subject: str = field(repr=False)
    organization: Agency
    captured_by: str
    channel: Channel
    signer_ref: str = field(repr=False)
    witness_ref: str | None = field(repr=False)
    copy_given_at: datetime | None


def text(form: Form, signature: Signature) -> str:
    """The whole text as signed. Raises SigningRefused, TicksRefused and FormInvalid."""
    provisions(form, signature.ticks)  # a text that would make no consent is shown to nobody
    if signature.relationship is not Signer.SELF and not signature.authority_document:
        raise SigningRefused("who signs for another shows the paper that lets them")
    if signature.relationship is Signer.PARENT:
        raise SigningRefused("a parent does not sign for an adult")
    if signature.relationship is Signer.SELF and _plain(signature.signer) != _plain(signature.person):
        raise SigningRefused("who signs for themselves signs with their own name")
    signing = Signing(
        person=signature.person,
        signer=signature.signer,
        relationship=signature.relationship,
        signed_on=_signed_on(signature),
        last_day=last_day(form, signature),
        authority_document=signature.authority_document,
        witness=signature.witness,
    )
    return document(form, signature.language, signature.ticks, signing)


def last_day(form: Form, signature: Signature) -> date:
    """The stated end, or the form's own. Raises SigningRefused for one that the form does not allow."""
    latest = _signed_on(signature) + timedelta(days=form.days)
    stated = signature.last_day or latest
    if not _signed_on(signature) <= stated <= latest:
        raise SigningRefused("the last day lies outside what the form allows")
    return stated


def consent(form: Form, signature: Signature, signed_sha256: str, capture: Capture) -> Consent:
    """The record of a form signed so. Raises SigningRefused, TicksRefused and FormInvalid."""
    if document_sha256(text(form, signature)) != signed_sha256:
        raise SigningRefused("the hash is not that of this form, ticked and signed so")
    return unsealed(form, signature, signed_sha256, capture)


def unsealed(form: Form, signature: Signature, sha256: str, capture: Capture) -> Consent:
    """The same, without holding the text to the hash: for a preview, which nobody signed."""
    agreed = provisions(form, signature.ticks)
    return Consent(
        id=capture.id,
        version=1,
        subject=capture.subject,
        status=Status.ACTIVE,
        policy=form.policy,
        organization=capture.organization,
        signed_at=signature.signed_at,
        start=_signed_on(signature),
        end=last_day(form, signature),
        custodians=agreed.custodians,
        recipients=agreed.recipients,
        purposes=agreed.purposes,
        categories=agreed.categories,
        denials=agreed.denials,
        grants=agreed.grants,
        initialled=agreed.initialled,
        statements=agreed.statements,
        signer=signature.relationship,
        signer_ref=capture.signer_ref,
        authority_document=signature.authority_document,
        witness=capture.witness_ref,
        language=signature.language,
        captured_by=capture.captured_by,
        channel=capture.channel,
        copy_given_at=capture.copy_given_at,
        form=form.name,
        ticks=signature.ticks,
        document_sha256=sha256,
    )


def _signed_on(signature: Signature) -> date:
    return signature.signed_at.astimezone(DURHAM).date()


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
