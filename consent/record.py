"""A consent or directive as JSON and back, for the store. What does not parse is an error, never a guess.

Second form (`"v": 2`). The first form, from before initials, statements and grants were kept, reads as a consent that
has none of them: nothing sensitive is granted by it and no Part 2 element stands, whatever its caller had claimed.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from consent import record_parts as parts
from consent.model import Consent, Directive
from consent.words import Channel, DirectiveKind, EndEvent, RevocationChannel, Signer, Statement, Status
from policies.vocabulary import Agency, Category, Purpose

Record = Mapping[str, Any]  # a JSON object this module wrote
Read = TypeVar("Read")

FORM = 2
ADDED = frozenset(
    {
        *("v", "grants", "initialled", "custodian_programmes", "recipient_programmes", "recipient_persons"),
        *("data_period", "end_event", "ended_at", "statements", "signer_ref", "witness", "channel"),
        *("copy_given_at", "form", "ticks", "supersedes", "revoked_by", "revocation_channel"),
    }
)
"""What the first form had not. It had `part2_elements`, a claim, which is read by nobody."""


def of_consent(consent: Consent) -> dict[str, Any]:
    """The stored form of a consent version (its id, version and subject stand in columns)."""
    return {"v": FORM} | _of_terms(consent) | _of_signature(consent) | _of_life(consent)


def _of_terms(consent: Consent) -> dict[str, Any]:
    return {
        "policy": consent.policy,
        "organization": consent.organization,
        "custodians": sorted(consent.custodians),
        "recipients": sorted(consent.recipients),
        "purposes": sorted(consent.purposes),
        "categories": sorted(consent.categories),
        "denials": [parts.of_denial(d) for d in consent.denials],
        "grants": [parts.of_grant(g) for g in consent.grants],
        "initialled": sorted(consent.initialled),
        "custodian_programmes": [[p.agency, p.name] for p in sorted(consent.custodian_programmes)],
        "recipient_programmes": [[p.agency, p.name] for p in sorted(consent.recipient_programmes)],
        "recipient_persons": [[p.agency, p.actor] for p in sorted(consent.recipient_persons)],
        "data_period": [parts.written(consent.data_period.since), parts.written(consent.data_period.until)],
        "start": consent.start.isoformat(),
        "end": parts.written(consent.end),
        "end_event": consent.end_event,
        "statements": sorted(consent.statements),
    }


def _of_signature(consent: Consent) -> dict[str, Any]:
    return {
        "signed_at": consent.signed_at.isoformat(),
        "signer": consent.signer,
        "signer_ref": consent.signer_ref,
        "authority_document": consent.authority_document,
        "witness": consent.witness,
        "language": consent.language,
        "captured_by": consent.captured_by,
        "channel": consent.channel,
        "copy_given_at": parts.written(consent.copy_given_at),
        "form": consent.form,
        "ticks": sorted(consent.ticks),
        "document_sha256": consent.document_sha256,
    }


def _of_life(consent: Consent) -> dict[str, Any]:
    return {
        "status": consent.status,
        "supersedes": consent.supersedes,
        "ended_at": parts.written(consent.ended_at),
        "revoked_at": parts.written(consent.revoked_at),
        "revoked_by": consent.revoked_by,
        "revocation_channel": consent.revocation_channel,
    }


def consent(id_: str, version: int, subject: str, stored: Record) -> Consent:
    """A consent version from its stored form. Raises KeyError or ValueError."""
    whole = stored if stored.get("v") == FORM else _first_form(stored)
    return Consent(id=id_, version=version, subject=subject, **_terms(whole), **_signature(whole), **_life(whole))


def _first_form(stored: Record) -> Record:
    """A record of the first form, with nothing where the second has more. A half of the second is no first one."""
    if ADDED & stored.keys():
        raise ValueError("a consent record of neither form")
    nothing = dict.fromkeys(ADDED) | dict.fromkeys(LISTS, ())
    return nothing | {"signer_ref": "", "channel": Channel.UNSTATED, "data_period": (None, None)} | dict(stored)


LISTS = (
    *("grants", "initialled", "custodian_programmes", "recipient_programmes", "recipient_persons"),
    *("statements", "ticks"),
)


def _terms(stored: Record) -> dict[str, Any]:
    return {
        "policy": stored["policy"],
        "organization": Agency(stored["organization"]),
        "custodians": frozenset(Agency(a) for a in stored["custodians"]),
        "recipients": frozenset(Agency(a) for a in stored["recipients"]),
        "purposes": frozenset(Purpose(p) for p in stored["purposes"]),
        "categories": frozenset(Category(c) for c in stored["categories"]),
        "denials": tuple(parts.denial(d) for d in stored["denials"]),
        "grants": tuple(parts.grant(g) for g in stored["grants"]),
        "initialled": frozenset(Category(c) for c in stored["initialled"]),
        "custodian_programmes": parts.programmes(stored["custodian_programmes"]),
        "recipient_programmes": parts.programmes(stored["recipient_programmes"]),
        "recipient_persons": parts.persons(stored["recipient_persons"]),
        "data_period": parts.data_period(stored["data_period"]),
        "start": date.fromisoformat(stored["start"]),
        "end": _maybe(date.fromisoformat, stored["end"]),
        "end_event": _maybe(EndEvent, stored["end_event"]),
        "statements": frozenset(Statement(s) for s in stored["statements"]),
    }


def _signature(stored: Record) -> dict[str, Any]:
    return {
        "signed_at": datetime.fromisoformat(stored["signed_at"]),
        "signer": Signer(stored["signer"]),
        "signer_ref": stored["signer_ref"],
        "authority_document": stored["authority_document"],
        "witness": stored["witness"],
        "language": stored["language"],
        "captured_by": stored["captured_by"],
        "channel": Channel(stored["channel"]),
        "copy_given_at": _maybe(datetime.fromisoformat, stored["copy_given_at"]),
        "form": stored["form"],
        "ticks": frozenset(stored["ticks"]),
        "document_sha256": stored["document_sha256"],
    }


def _life(stored: Record) -> dict[str, Any]:
    return {
        "status": Status(stored["status"]),
        "supersedes": stored["supersedes"],
        "ended_at": _maybe(datetime.fromisoformat, stored["ended_at"]),
        "revoked_at": _maybe(datetime.fromisoformat, stored["revoked_at"]),
        "revoked_by": stored["revoked_by"],
        "revocation_channel": _maybe(RevocationChannel, stored["revocation_channel"]),
    }


def _maybe(read: Callable[[str], Read], written: str | None) -> Read | None:
    return read(written) if written is not None else None


def of_directive(directive: Directive) -> dict[str, Any]:
    """The stored form of a directive version."""
    return {
        "v": FORM,
        "kind": directive.kind,
        "scope": parts.of_denial(directive.scope),
        "at": directive.at.isoformat(),
        "withdrawn": directive.withdrawn,
        "on": parts.written(directive.on),
        "reference": directive.reference,
        "organization": directive.organization,
    }


def directive(id_: str, version: int, subject: str, stored: Record) -> Directive:
    """A directive version from its stored form. Raises KeyError or ValueError."""
    first = stored.keys() == {"kind", "scope", "at", "withdrawn"}
    whole = {**stored, "v": FORM, "on": None, "reference": None, "organization": None} if first else stored
    if whole["v"] != FORM:
        raise ValueError("a directive record of no known form")
    return Directive(
        id=id_,
        version=version,
        subject=subject,
        kind=DirectiveKind(whole["kind"]),
        scope=parts.denial(whole["scope"]),
        at=datetime.fromisoformat(whole["at"]),
        withdrawn=whole["withdrawn"],
        on=_maybe(date.fromisoformat, whole["on"]),
        reference=whole["reference"],
        organization=_maybe(Agency, whole["organization"]),
    )
