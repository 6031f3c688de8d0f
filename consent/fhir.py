"""A FHIR R4 Consent (IHE PCF basic, intermediate and advanced) as our own records: read whole, or refused. Pure.

The root provision becomes a consent; one that only refuses becomes a do-not-share. What cannot be kept as it was said
is refused with every reason; `fhir_header` says what is harmless, and not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent import fhir_header as header
from consent import fhir_names as naming
from consent import fhir_record, record
from consent.faults import faults as unfit
from consent.faults import united
from consent.fhir_days import DURHAM
from consent.fhir_element import Element, Fault, Unreadable
from consent.fhir_names import Directory, Patient
from consent.fhir_rules import Reading, Rule, rule, stated_type
from consent.fhir_terms import Terms, terms
from consent.model import Consent, DataPeriod, Directive
from consent.record_parts import of_denial, of_grant, written
from consent.words import DirectiveKind, Status

Stored = dict[str, Any]  # members of a stored record


@dataclass(frozen=True, slots=True)
class Imported:
    """What a resource says, and of whom. The entries bear no subject: whoever knows the person puts it in."""

    patient: Patient
    entries: tuple[Consent | Directive, ...]


def read(resource: Mapping[str, object], names: Directory) -> Imported:
    """The resource as records. Raises Unreadable with every reason."""
    faults: list[Fault] = []
    consent = Element("Consent", resource, faults)
    header.envelope(consent)
    patient, (organization, custodians) = header.patient(consent, names), header.organizations(consent, names)
    stored = header.stated(consent, names) | {"organization": organization}
    stated = fhir_record.parts(consent)
    root = _root(consent, Reading(names, naming.contained(consent)))
    agreed = terms(root, custodians, names) if root is not None else Terms((), frozenset(), ())
    entries: tuple[Consent | Directive, ...] = ()
    if root is not None and not faults:
        whole = fhir_record.BLANK | stored | _provided(agreed, root, stored) | stated
        entries = _consent(consent, whole, stated) if agreed.grants else _directives(consent, whole, stated)
    if faults or patient is None:
        raise Unreadable(tuple(sorted(set(faults))))
    return Imported(patient, entries)


def _root(consent: Element, reading: Reading) -> Rule | None:
    """The root provision. Its type is its own (PCF), or the policy's where it only holds others (R4)."""
    base = header.base(consent)
    provision = consent.one("provision")
    if provision is None and base is not None and "provision" not in consent.members:
        provision = Element("Consent.provision", {"type": "permit" if base else "deny"}, consent.faults)
    if provision is None:
        consent.refuse("is missing", "provision")
        return None
    permit = stated_type(provision)
    if permit is None and (base is None or not _only_holds(provision)):
        provision.refuse("has no type, and whether it is the rule or an exception to the policy is not certain", "type")
        rule(provision, reading, permit=True)  # what else is wrong with it is told all the same
        return None
    if None not in {permit, base} and permit != base:
        provision.refuse("is of another type than the policy of the consent", "type")
    return rule(provision, reading, permit=bool(base if permit is None else permit))


def _only_holds(provision: Element) -> bool:
    return "provision" in provision.members and provision.members.keys() <= {"id", "period", "provision"}


def _provided(agreed: Terms, root: Rule, stored: Stored) -> Stored:
    """What the provision says, as members of a stored record. A consent that names no first day begins when signed."""
    when, records = root.period or DataPeriod(), root.data_period or DataPeriod()
    signed = datetime.fromisoformat(stored["signed_at"]).astimezone(DURHAM).date()
    return {
        **of_grant(united(agreed.grants)),
        "grants": [of_grant(grant) for grant in agreed.grants] if len(agreed.grants) > 1 else [],
        "initialled": sorted(agreed.initialled),
        "denials": [of_denial(denial) for denial in agreed.denials],
        "start": written(when.since or signed),
        "end": written(when.until),
        "data_period": [written(records.since), written(records.until)],
    }


def _consent(resource: Element, whole: Stored, stated: Stored) -> tuple[Consent, ...]:
    """The consent, if all its parts fit together."""
    status = Status.SUPERSEDED if stated.get("status") == Status.SUPERSEDED else whole["status"]
    if "status" in stated and (status, resource.text("status")) != (Status.SUPERSEDED, "inactive"):
        resource.refuse("says otherwise than the status", "extension")
    try:
        made = record.consent(resource.text("id") or "", _version(resource), "", whole | {"status": status})
        kept = record.of_consent(made)
    except (ValueError, KeyError, TypeError, AttributeError):
        resource.refuse("holds a part of the record that is not as the record has it", "extension")
        return ()
    if not fhir_record.bounded(made) or any(kept[name] != value for name, value in stated.items()):
        resource.refuse("holds a part of the record that is not as the record has it", "extension")
    for why in unfit(made):
        resource.refuse(f"cannot stand as one consent: {why}")
    return (made,)


def _directives(resource: Element, whole: Stored, stated: Stored) -> tuple[Directive, ...]:
    """A refusal of its own is a do-not-share: in force at once, without an end, until it is withdrawn."""
    if whole["status"] != Status.ACTIVE:
        resource.refuse("is not active, and a refusal alone is kept only while it is", "status")
    if stated:
        resource.refuse("holds parts of a consent, and this is a refusal alone", "extension")
    made = record.consent("", 1, "", whole)
    kind, at, document = DirectiveKind.DO_NOT_SHARE, made.signed_at, made.policy
    return tuple(Directive("", 1, "", kind, scope, at, reference=document) for scope in made.denials)


def _version(resource: Element) -> int:
    """The version the resource says it is; whoever records it counts anew."""
    meta = resource.members.get("meta")
    stated = meta.get("versionId") if isinstance(meta, dict) else None
    return int(stated) if isinstance(stated, str) and stated.isascii() and stated.isdecimal() and len(stated) < 9 else 1  # noqa: PLR2004  # nobody counts so far
