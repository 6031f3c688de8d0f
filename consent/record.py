"""A consent or directive as JSON and back, for the store. What does not parse is an error, never a guess."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from consent.model import Consent, Denial, Directive, DirectiveKind, Signer, Status
from policies.vocabulary import Agency, Category, Purpose

Record = Mapping[str, Any]  # a JSON object this module wrote


def of_consent(consent: Consent) -> dict[str, Any]:
    """The stored form of a consent version (its id, version and subject stand in columns)."""
    return {
        "status": consent.status,
        "policy": consent.policy,
        "organization": consent.organization,
        "signed_at": consent.signed_at.isoformat(),
        "start": consent.start.isoformat(),
        "end": consent.end.isoformat() if consent.end else None,
        "custodians": sorted(consent.custodians),
        "recipients": sorted(consent.recipients),
        "purposes": sorted(consent.purposes),
        "categories": sorted(consent.categories),
        "denials": [_of_denial(d) for d in consent.denials],
        "part2_elements": consent.part2_elements,
        "signer": consent.signer,
        "authority_document": consent.authority_document,
        "language": consent.language,
        "captured_by": consent.captured_by,
        "document_sha256": consent.document_sha256,
        "revoked_at": consent.revoked_at.isoformat() if consent.revoked_at else None,
    }


def consent(id_: str, version: int, subject: str, stored: Record) -> Consent:
    """A consent version from its stored form. Raises KeyError or ValueError."""
    return Consent(
        id=id_,
        version=version,
        subject=subject,
        status=Status(stored["status"]),
        policy=stored["policy"],
        organization=Agency(stored["organization"]),
        signed_at=datetime.fromisoformat(stored["signed_at"]),
        start=date.fromisoformat(stored["start"]),
        end=date.fromisoformat(stored["end"]) if stored["end"] else None,
        custodians=frozenset(Agency(a) for a in stored["custodians"]),
        recipients=frozenset(Agency(a) for a in stored["recipients"]),
        purposes=frozenset(Purpose(p) for p in stored["purposes"]),
        categories=frozenset(Category(c) for c in stored["categories"]),
        denials=tuple(_denial(d) for d in stored["denials"]),
        part2_elements=stored["part2_elements"],
        signer=Signer(stored["signer"]),
        authority_document=stored["authority_document"],
        language=stored["language"],
        captured_by=stored["captured_by"],
        document_sha256=stored["document_sha256"],
        revoked_at=datetime.fromisoformat(stored["revoked_at"]) if stored["revoked_at"] else None,
    )


def of_directive(directive: Directive) -> dict[str, Any]:
    """The stored form of a directive version."""
    return {
        "kind": directive.kind,
        "scope": _of_denial(directive.scope),
        "at": directive.at.isoformat(),
        "withdrawn": directive.withdrawn,
    }


def directive(id_: str, version: int, subject: str, stored: Record) -> Directive:
    """A directive version from its stored form. Raises KeyError or ValueError."""
    return Directive(
        id=id_,
        version=version,
        subject=subject,
        kind=DirectiveKind(stored["kind"]),
        scope=_denial(stored["scope"]),
        at=datetime.fromisoformat(stored["at"]),
        withdrawn=stored["withdrawn"],
    )


def _of_denial(denial: Denial) -> dict[str, str | None]:
    return {"recipient": denial.recipient, "custodian": denial.custodian, "category": denial.category}


def _denial(stored: Record) -> Denial:
    return Denial(
        Agency(stored["recipient"]) if stored["recipient"] else None,
        Agency(stored["custodian"]) if stored["custodian"] else None,
        Category(stored["category"]) if stored["category"] else None,
    )
