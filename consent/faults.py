"""Why a record cannot stand as one consent at all: every fault, in words for the person who captures it. Pure."""

from collections.abc import Iterator

from consent.model import Consent, Grant
from consent.words import ALONE, PROCEEDINGS, Channel
from policies.vocabulary import Agency, Category, Purpose

MOST_GRANTS = 64


def faults(consent: Consent) -> tuple[str, ...]:
    """Every reason to refuse it; none when it may be recorded."""
    return (*_combined(consent), *_evidence(consent), *_names(consent), *_grants(consent))


def _combined(consent: Consent) -> Iterator[str]:
    """What the law wants signed alone (42 CFR 2.31(b), (d); 45 CFR 164.508(b)(3)(ii))."""
    for category in sorted(ALONE & consent.categories):
        if len(consent.categories) > 1:
            yield f"{category} needs a consent of its own"
    legal = consent.purposes & PROCEEDINGS
    if legal and consent.purposes - legal:
        yield "use in proceedings needs a consent of its own"


def _evidence(consent: Consent) -> Iterator[str]:
    if consent.channel is Channel.WITNESSED_MARK and not consent.witness:
        yield "a mark needs a witness"
    if consent.end is not None and consent.end < consent.start:
        yield "the end is before the start"
    since, until = consent.data_period.since, consent.data_period.until
    if since is not None and until is not None and until < since:
        yield "the data period ends before it begins"
    if consent.supersedes == consent.id:
        yield "a consent does not supersede itself"


def _names(consent: Consent) -> Iterator[str]:
    """A part of an agency is named only beside its agency, and an initial only beside its category."""
    if not {p.agency for p in consent.custodian_programmes} <= consent.custodians:
        yield "a programme is named of an agency that is no custodian here"
    receiving = {p.agency for p in consent.recipient_programmes} | {p.agency for p in consent.recipient_persons}
    if not receiving <= consent.recipients:
        yield "a programme or person is named of an agency that is no recipient here"
    if not consent.initialled <= consent.categories:
        yield "a category is initialled that the consent does not hold"


def _grants(consent: Consent) -> Iterator[str]:
    if len(consent.grants) > MOST_GRANTS:
        yield "too many grants in one consent"
    if consent.grants and united(consent.grants) != whole(consent):
        yield "the grants and the lists beside them differ"


def whole(consent: Consent) -> Grant:
    """All that the consent's lists name, as one grant."""
    return Grant(consent.custodians, consent.recipients, consent.purposes, consent.categories)


def united(grants: tuple[Grant, ...]) -> Grant:
    """The unions of what the grants name."""
    return Grant(
        frozenset[Agency]().union(*(g.custodians for g in grants)),
        frozenset[Agency]().union(*(g.recipients for g in grants)),
        frozenset[Purpose]().union(*(g.purposes for g in grants)),
        frozenset[Category]().union(*(g.categories for g in grants)),
    )
