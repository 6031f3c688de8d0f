"""What stands around the provision of a FHIR Consent: what it is, whose, by whom, since when, under which policy. Pure.

Harmless, and not kept: `id` beside our own, `meta`, `text`, `identifier`, words for display, which category of consent
it is, `policy.authority`, and where a source document lies (its hash is kept).
"""

import base64
import binascii
import hashlib
import re
from typing import Any

from consent import fhir_codes as codes
from consent import fhir_names as naming
from consent.fhir_days import EARLIEST, NOT_A_DATE, moment
from consent.fhir_element import Element
from consent.fhir_names import Directory, Patient
from consent.words import Signer, Status
from policies.vocabulary import Agency

KNOWN = (
    *("resourceType", "id", "meta", "language", "text", "contained", "extension", "modifierExtension", "identifier"),
    *("status", "scope", "category", "patient", "dateTime", "performer", "organization", "sourceAttachment"),
    *("sourceReference", "policy", "policyRule", "verification", "provision"),
)
ABOUT_SHARING = frozenset(
    {(codes.LOINC, "59284-0"), (codes.LOINC, "57016-8"), (codes.ACT_CODE, "IDSCL"), (codes.ACT_CODE, "INFA")}
)
"""Categories of consent that say no more than that it is one to sharing. EMRGONLY, say, would change its meaning."""

STATUS = {
    "draft": Status.DRAFT,
    "proposed": Status.DRAFT,
    "rejected": Status.DRAFT,  # never in force; what stood before it stands
    "active": Status.ACTIVE,
    "inactive": Status.REVOKED,
    "entered-in-error": Status.ENTERED_IN_ERROR,
}
BASE = {"OPTIN": True, "OPTOUT": False}
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:/#-]{0,199}")
SHA256 = re.compile(r"urn:sha256:([0-9a-f]{64})")
TWO_LETTERS = re.compile(r"[a-z]{2}")


def envelope(consent: Element) -> None:
    """Note what keeps it from being a patient's consent about sharing."""
    consent.only(*KNOWN)
    if consent.text("resourceType") != "Consent":
        consent.refuse("is not a Consent")
    scope = consent.one("scope")
    if scope is None or scope.concept() != [(codes.SCOPE, "patient-privacy")]:
        consent.refuse("is not patient-privacy", "scope")
    categories = [category.concept() for category in consent.each("category")]
    if not categories or any(not set(category) <= ABOUT_SHARING for category in categories):
        consent.refuse("is missing, or a category that may change what is meant", "category")
    if "verification" in consent.members:
        for verification in consent.each("verification"):
            verification.refuse("cannot be kept (IHE PCF forbids it)")


def patient(consent: Element, names: Directory) -> Patient | None:
    """Whom it is about, by an identifier; None with a fault."""
    reference = consent.one("patient")
    if reference is None:
        consent.refuse("is missing", "patient")
        return None
    return naming.patient(reference, names)


def organizations(consent: Element, names: Directory) -> tuple[Agency | None, frozenset[Agency]]:
    """Who manages the consent, and whose records it is about where no custodian is named: all that it lists."""
    found = {naming.agency(o, names, naming.contained(consent)) for o in consent.each("organization")} - {None}
    every = frozenset(agency for agency in found if agency is not None)
    if names.agency in every or len(every) == 1:
        return names.agency if names.agency in every else next(iter(every)), every
    consent.refuse("does not say which organization manages the consent", "organization")
    return None, every


def base(consent: Element) -> bool | None:
    """The policy's own answer, where its code gives one."""
    policy = consent.one("policyRule")
    if policy is None:
        return None
    found = {BASE.get(code) if system == codes.ACT_CODE else None for system, code in policy.concept()}
    if len(found) == 1 and found != {None}:
        return found.pop()
    policy.refuse("is a policy whose rules are not known here: only OPTIN and OPTOUT are")
    return None


def stated(consent: Element, names: Directory) -> dict[str, Any]:
    """What stands beside the provision, as members of a stored record."""
    status, signed = consent.text("status"), consent.parsed("dateTime", moment, NOT_A_DATE)
    if status not in STATUS:
        consent.refuse("is not a status of a Consent", "status")
    if signed is None:
        consent.refuse("does not say when it was signed", "dateTime")
    language = consent.text("language") or "en"
    if not TWO_LETTERS.fullmatch(language):
        consent.refuse("is not a language of two letters", "language")
    return {
        "status": STATUS.get(status or "", Status.DRAFT),
        "policy": _policy(consent),
        "signed_at": signed.isoformat() if signed else EARLIEST.isoformat(),
        "signer": _signer(consent, names),
        "language": language,
        "document_sha256": _document(consent),
    }


def _policy(consent: Element) -> str:
    """The policy's address: its one URI, or the code of its rule."""
    uris = []
    for policy in consent.each("policy"):
        policy.only("authority", "uri")
        uris.append(policy.text("uri"))
    if "policy" not in consent.members and (policy_rule := consent.one("policyRule")) is not None:
        uris = [f"{system}#{code}" for system, code in policy_rule.concept()]
    if len(uris) == 1 and uris[0] is not None and ADDRESS.fullmatch(uris[0]):
        return uris[0]
    consent.refuse("does not name one policy by its address", "policy")
    return ""


def _signer(consent: Element, names: Directory) -> Signer:
    """Who signed: the person, or a representative as our own code says. Kin and others have no right that is stated."""
    patient, found = consent.one("patient"), set()
    for performer in consent.each("performer"):
        performer.only("reference", "type", "identifier", "display")
        identifier = performer.one("identifier")
        if identifier is not None and identifier.members.get("system") == codes.OUR_SIGNER:
            found.add(identifier.parsed("value", Signer, "is not a signer that is known here"))
        elif patient is not None and naming.same_person(performer, patient, names):
            found.add(Signer.SELF)
        else:
            performer.refuse("is not the patient, and by what right they sign is not stated")
    if "performer" not in consent.members or len(found) > 1:
        consent.refuse("does not say who signed, or names several", "performer")
    return next((signer for signer in found if signer is not None), Signer.PARENT)


def _document(consent: Element) -> str:
    """The SHA-256 of the signed document: of what is attached, or as a reference states it."""
    attached, referred = consent.one("sourceAttachment"), consent.one("sourceReference")
    if attached is not None:
        attached.only("contentType", "language", "data", "url", "size", "hash", "title", "creation")
        content = attached.members.get("data")
        if content is not None:
            return _digest(attached, content)
    if referred is not None:
        referred.only("reference", "type", "identifier", "display")
        identifier = referred.one("identifier")
        stated = SHA256.fullmatch((identifier.text("value") if identifier else None) or "")
        return stated[1] if stated else ""
    return ""


def _digest(attached: Element, content: object) -> str:
    try:
        if isinstance(content, str):
            return hashlib.sha256(base64.b64decode(content, validate=True)).hexdigest()
    except binascii.Error:
        pass
    attached.refuse("is not base64", "data")
    return ""
