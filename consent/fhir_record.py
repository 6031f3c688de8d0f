"""The parts of a consent record that FHIR has no element for, in an extension of our own. Pure.

Each part is a sub-extension named as `consent.record` names it: a text as it is, a list as JSON. What narrows the
consent stands in a modifier extension, so that a reader who does not know it must not take the rest for the whole.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from consent import record
from consent.fhir_codes import OURS
from consent.fhir_days import EARLIEST, LATEST
from consent.fhir_element import Element
from consent.model import Consent, Status
from policies.vocabulary import Agency

RECORD = f"{OURS}/StructureDefinition/consent-record"
NARROWED = f"{OURS}/StructureDefinition/consent-narrowed"

ELSEWHERE = frozenset(
    (
        *("v", "policy", "organization", "custodians", "recipients", "purposes", "categories", "denials", "start"),
        *("end", "data_period", "signed_at", "signer", "language", "document_sha256", "status"),
    )
)
"""What FHIR's own elements carry."""

NARROWS = frozenset(
    (
        *("grants", "custodian_programmes", "recipient_programmes", "recipient_persons"),
        *("end_event", "ended_at", "initialled"),
    )
)
"""What makes the consent less than its provision says."""

Parts = Mapping[str, Any]  # members of a stored record, as `consent.record` writes them

BLANK = record.of_consent(
    Consent(
        *("", 1, "", Status.ACTIVE, "", Agency.EMS, datetime.min.replace(tzinfo=UTC), date.min, None),
        *(frozenset(), frozenset(), frozenset(), frozenset()),
    )
)
"""A record with nothing in it: what a part is when nobody states it."""

PLAIN = (BLANK.keys() - ELSEWHERE - NARROWS) | {"initialled", "status"}
"""What may stand in the plain extension; `status` only to say that an inactive consent was superseded."""


def written(consent: Consent) -> Parts:
    """The `extension` and `modifierExtension` members of the resource; neither where there is nothing to say."""
    stored = record.of_consent(consent)
    stated = {name: value for name, value in stored.items() if name not in ELSEWHERE and value != BLANK[name]}
    if consent.status is Status.SUPERSEDED:
        stated["status"] = stored["status"]
    narrowing = {name for name in stated if name in NARROWS} - (set() if _unmarked(consent) else {"initialled"})
    plain = _extension(RECORD, {name: value for name, value in stated.items() if name not in narrowing})
    narrow = _extension(NARROWED, {name: stated[name] for name in narrowing} | _marks(consent))
    return ({"extension": [plain]} if plain else {}) | ({"modifierExtension": [narrow]} if narrow else {})


def parts(resource: Element) -> dict[str, Any]:
    """The stated parts, each of the type the record has; anything else is a fault."""
    found: dict[str, Any] = {}
    for member, url in (("extension", RECORD), ("modifierExtension", NARROWED)):
        for extension in resource.each(member):
            if extension.text("url") != url:
                extension.refuse("is an extension that is not known here, and may change what is meant")
                continue
            extension.only("url", "extension")
            for part in extension.each("extension"):
                _take(part, found, member)
    return found


def _take(part: Element, found: dict[str, Any], member: str) -> None:
    part.only("url", "valueString")
    name, text = part.text("url"), part.members.get("valueString")
    allowed = NARROWS if member == "modifierExtension" else PLAIN
    if name is None or name not in allowed or name in found or not isinstance(text, str):
        part.refuse("is not a part of the record, or stands in the wrong place or twice")
        return
    try:
        found[name] = _value(text, isinstance(BLANK[name], list))
    except ValueError:
        part.refuse("does not hold what this part of the record may hold")


def _value(text: str, listed: bool) -> object:
    if not listed:
        if not text or len(text) > 512 or not text.isprintable():  # noqa: PLR2004  # as every text of a resource
            raise ValueError
        return text
    value = json.loads(text)
    if not isinstance(value, list) or not all(_plain(part) for part in value):
        raise ValueError
    return value


def _plain(part: object) -> bool:
    """A text, or texts in lists and objects: no numbers, no null, nothing that only looks like an enum's word."""
    if isinstance(part, list):
        return all(map(_plain, part))
    if isinstance(part, dict):
        return all(map(_plain, part.values()))
    return isinstance(part, str) and part.isprintable() and len(part) <= 200  # noqa: PLR2004  # as the contract's addresses


def bounded(consent: Consent) -> bool:
    """Is every instant of the record aware, and within the bounds of a day on file?"""
    stated = (consent.ended_at, consent.revoked_at, consent.copy_given_at)
    return all(at is None or (at.tzinfo is not None and EARLIEST <= at.date() < LATEST) for at in stated)


def _unmarked(consent: Consent) -> bool:
    return consent.agreed != consent.categories


def _marks(consent: Consent) -> dict[str, object]:
    """Where a sensitive category is not marked, the marks stand among what narrows: even when there are none."""
    return {"initialled": sorted(consent.initialled)} if _unmarked(consent) else {}


def _extension(url: str, stated: Parts) -> dict[str, object] | None:
    parts = [
        {"url": name, "valueString": json.dumps(value) if isinstance(value, list) else str(value)}
        for name, value in sorted(stated.items())
    ]
    return {"url": url, "extension": parts} if parts else None
