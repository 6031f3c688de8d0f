"""Consent forms: read one, see the text a person would sign, and record that they signed it.

The words shown and the rule recorded come from one file; the hash of the text ties the record to what was signed.
"""

import uuid
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path

from audit.entry import Kind
from consent import signing
from consent.form import Form, FormInvalid
from consent.forms import forms
from consent.provisions import TicksRefused
from consent.signing import Capture, SigningRefused
from consent.wording import document_sha256, wording
from service.api.consent_desk import Writer, placed, sound
from service.api.consents import RECORDED, document, put
from service.api.contract import may_refuse
from service.api.form_bodies import (
    FormDocument,
    FormName,
    FormsDocument,
    Language,
    SignatureBody,
    SignedBody,
    SignedDocument,
    TextDocument,
    form_document,
)
from service.api.house import House, TheHouse
from service.identity.tokens import Bearer
from service.problems import BadQuery, NotFound

router = APIRouter(tags=["forms"])

FormId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
UNSIGNABLE = (TicksRefused, SigningRefused, FormInvalid)


@router.get("/v1/forms", summary="The consent forms there are")
async def list_forms() -> FormsDocument:
    """Each form by id, with its title in every language."""
    named = [
        FormName(id=form.id, version=form.version, name=form.name, title=dict(form.title), days=form.days)
        for form in forms().values()
    ]
    return FormsDocument(forms=named)


@router.get("/v1/forms/{form_id}", responses=may_refuse(400, 404), summary="Read a consent form")
async def read_form(form_id: FormId, language: Language = "en") -> FormDocument:
    """The form's words in one language, and behind each box the rule that ticking it makes."""
    form = _form(form_id)
    return form_document(form, wording(form, language), language)


@router.post(
    "/v1/forms/{form_id}/documents",
    responses=may_refuse(400, 401, 403, 404, 413, 415, 503),
    summary="The text a person would sign",
)
async def write_document(form_id: FormId, body: SignatureBody, _bearer: Writer) -> TextDocument:
    """The whole text with these ticks and names, and its hash. Nothing is recorded, and nobody is looked up."""
    form = _form(form_id)
    try:
        written = signing.text(form, body.signature())
    except UNSIGNABLE as error:
        raise BadQuery(f"This form cannot be signed so: {error}.") from error
    return TextDocument(form=form.name, text=written, document_sha256=document_sha256(written))


@router.post(
    "/v1/forms/{form_id}/signatures",
    status_code=201,
    responses=RECORDED | may_refuse(404),
    summary="Record a signed form",
)
async def sign(form_id: FormId, body: SignedBody, house: TheHouse, bearer: Writer) -> SignedDocument:
    """Record that the person signed this form, ticked so. Refused unless the hash is that of the text they signed."""
    form, signature = _form(form_id), body.signature()
    try:
        signed = signing.consent(form, signature, body.document_sha256, _capture(body, house, bearer))
        copy = signing.text(form, signature)
    except UNSIGNABLE as error:
        raise BadQuery(f"This form cannot be signed so: {error}.") from error
    sound(signed)
    subject = await placed(body.subject, house, bearer, Kind.CONSENT_RECORDED)
    recorded, receipt = await put(replace(signed, subject=subject.ref), house, bearer)
    at = house.clock()
    return SignedDocument(consent=document(recorded, receipt, at), copy_text=copy, copy_made_at=at)


def _capture(body: SignedBody, house: House, bearer: Bearer) -> Capture:
    """Names become keyed pseudonyms: the record can tell two signers apart and names neither."""
    return Capture(
        id=f"c-{uuid.uuid4().hex}",
        subject="",
        organization=bearer.agency,
        captured_by=bearer.actor,
        channel=body.channel,
        signer_ref=house.pseudonyms.of(f"signer {body.signer}"),
        witness_ref=house.pseudonyms.of(f"witness {body.witness}") if body.witness else None,
        copy_given_at=body.copy_given_at,
    )


def _form(form_id: str) -> Form:
    form = forms().get(form_id)
    if form is None:
        raise NotFound
    return form
