"""Consents and directives of an invented person, drawn by hypothesis or made by hand."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from consent.facts import Ask, Facts, facts
from consent.model import (
    Channel,
    Consent,
    DataPeriod,
    Denial,
    Directive,
    DirectiveKind,
    EndEvent,
    Grant,
    Held,
    Person,
    Programme,
    RevocationChannel,
    Signer,
    Statement,
    Status,
)
from policies.vocabulary import Agency, Category, Purpose

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
REF = "s-1"
ITEMS = (
    (Agency.EMS, Category.EMS_SUMMARY),
    (Agency.LINCOLN, Category.CLINICAL_SUMMARY),
    (Agency.ALLIANCE, Category.BH_SUMMARY),
)
ASK = Ask(Agency.HEART, Purpose.COC, ITEMS)


def a_consent(**changes: Any) -> Consent:
    """In force on 23 November 2026 for all of `ASK`."""
    given: dict[str, Any] = {
        "id": "c-1",
        "version": 1,
        "subject": REF,
        "status": Status.ACTIVE,
        "policy": "p-1",
        "organization": Agency.HEART,
        "signed_at": datetime(2026, 6, 1, 16, 0, tzinfo=UTC),
        "start": date(2026, 6, 1),
        "end": date(2027, 5, 31),
        "custodians": frozenset(custodian for custodian, _ in ITEMS),
        "recipients": frozenset({Agency.HEART}),
        "purposes": frozenset({Purpose.COC}),
        "categories": frozenset(category for _, category in ITEMS),
    }
    return Consent(**given | changes)


COMPLETE: dict[str, Any] = {
    "statements": frozenset(Statement),
    "initialled": frozenset(Category),
    "channel": Channel.SCREEN,
    "document_sha256": "e" * 64,
}
"""What makes every element of 42 CFR 2.31(a) stand, and every category initialled: the changes for a Part 2 consent."""


def a_directive(kind: DirectiveKind = DirectiveKind.DO_NOT_SHARE, **scope: Any) -> Directive:
    return Directive("d-1", 1, REF, kind, Denial(**scope), AT)


def held(*entries: Consent | Directive) -> Held:
    consents = tuple(e for e in entries if isinstance(e, Consent))
    return Held(REF, 1, consents, tuple(e for e in entries if isinstance(e, Directive)))


def means(*entries: Consent | Directive, at: datetime = AT) -> Facts:
    """What these mean for `ASK` at an instant."""
    return facts(held(*entries), ASK, at)


agencies = st.sampled_from([Agency.EMS, Agency.LINCOLN, Agency.ALLIANCE, Agency.HEART, Agency.JUSTICE])
categories = st.sampled_from([category for _, category in ITEMS] + [Category.SUD_PART2])
purposes = st.sampled_from([Purpose.COC, Purpose.TREAT])
days = st.dates(date(2025, 10, 1), date(2027, 12, 31))
moments = st.datetimes(datetime(2025, 10, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # bounds; the zone stands beside
denials = st.builds(
    Denial, recipient=st.none() | agencies, custodian=st.none() | agencies, category=st.none() | categories
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)

programmes = st.builds(Programme, agencies, st.sampled_from(["PORT", "STARR", "unheard-of"]))
grants = st.builds(
    Grant,
    st.frozensets(agencies, max_size=3),
    st.frozensets(agencies, max_size=3),
    st.frozensets(purposes),
    st.frozensets(categories),
)

consents = st.builds(
    Consent,
    id=st.integers(0, 10**6).map("c-{}".format),
    version=st.integers(1, 5),
    subject=st.just(REF),
    status=st.sampled_from(Status),
    policy=st.sampled_from(["p-1", "p-2"]),
    organization=agencies,
    signed_at=moments,
    start=days,
    end=st.none() | days,
    custodians=st.frozensets(agencies, max_size=4),
    recipients=st.frozensets(agencies, max_size=4),
    purposes=st.frozensets(purposes),
    categories=st.frozensets(categories),
    denials=st.lists(denials, max_size=2).map(tuple),
    initialled=st.frozensets(categories),
    statements=st.frozensets(st.sampled_from(Statement)),
    grants=st.lists(grants, max_size=3).map(tuple),
    custodian_programmes=st.frozensets(programmes, max_size=2),
    recipient_programmes=st.frozensets(programmes, max_size=1),
    recipient_persons=st.frozensets(st.builds(Person, agencies, texts), max_size=1),
    data_period=st.builds(DataPeriod, st.none() | days, st.none() | days),
    end_event=st.none() | st.sampled_from(EndEvent),
    ended_at=st.none() | moments,
    signer=st.sampled_from(Signer),
    signer_ref=texts,
    authority_document=st.none() | texts,
    witness=st.none() | texts,
    language=st.sampled_from(["en", "es"]),
    captured_by=texts,
    channel=st.sampled_from(Channel),
    copy_given_at=st.none() | moments,
    form=st.none() | texts,
    ticks=st.frozensets(texts, max_size=2),
    document_sha256=texts,
    supersedes=st.none() | texts,
    revoked_at=st.none() | moments,
    revoked_by=st.none() | texts,
    revocation_channel=st.none() | st.sampled_from(RevocationChannel),
)
directives = st.builds(
    Directive,
    id=st.integers(0, 10**6).map("d-{}".format),
    version=st.integers(1, 5),
    subject=st.just(REF),
    kind=st.sampled_from(DirectiveKind),
    scope=denials,
    at=moments,
    withdrawn=st.booleans(),
    on=st.none() | days,
    reference=st.none() | texts,
    organization=st.none() | agencies,
)
many = st.lists(consents, max_size=8, unique_by=lambda consent: consent.id)
