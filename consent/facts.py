"""What consents and directives mean for one query at one instant, as facts for the rules. Pure.

Normalised: only what bears on the query, equal consents once, in a fixed order, so that most people share few
inputs. Latest consent per (policy, organization) supersedes; refusals are the union of all that stand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consent.model import Consent, DirectiveKind, Held, Status
from policies.request import ConsentFacts, CustodianFacts
from policies.vocabulary import Agency, Category, Purpose

DURHAM = ZoneInfo("America/New_York")
ONE_YEAR = timedelta(days=365)
"""10A NCAC 26B .0202(b) says "one year"; the project counts 365 days, the stricter reading."""

IRRELEVANT = ConsentFacts(
    status="",
    started=False,
    ended=False,
    limited=False,
    within_year=False,
    recipient=False,
    purpose=False,
    part2_elements=False,
    signer=False,
    sources=(),
    categories=(),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """The part of a query that consents are held against."""

    recipient: Agency
    purpose: Purpose
    items: tuple[tuple[Agency, Category], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """For the rules: distinct consent facts, and the consents behind each (`behind[i]` for `consents[i]`)."""

    consents: tuple[ConsentFacts, ...]
    behind: tuple[tuple[Consent, ...], ...]
    custodians: dict[Agency, CustodianFacts]
    denied: frozenset[tuple[Agency, Category]]
    restricted: frozenset[tuple[Agency, Category]]


def facts(held: Held, ask: Ask, at: datetime) -> Facts:
    """Everything on file for the person as it bears on this query at this instant."""
    standing = current(held.consents)
    groups: dict[ConsentFacts, list[Consent]] = {}
    for consent in standing:
        groups.setdefault(_facts_of(consent, ask, at), []).append(consent)
    ordered = sorted(groups)
    return Facts(
        consents=tuple(ordered),
        behind=tuple(tuple(groups[f]) for f in ordered),
        custodians=_custodians(held, ask),
        denied=_denied(held, ask, at),
        restricted=_covered(held, DirectiveKind.RESTRICTION, ask),
    )


def current(consents: Iterable[Consent]) -> list[Consent]:
    """The latest signed consent of each (policy, organization): it stands for the older, even when revoked."""
    latest: dict[tuple[str, Agency], Consent] = {}
    for consent in sorted(consents, key=lambda c: (c.signed_at, c.id)):
        if consent.status not in (Status.DRAFT, Status.ENTERED_IN_ERROR, Status.SUPERSEDED):
            latest[consent.policy, consent.organization] = consent
    return list(latest.values())


def ends_at(consent: Consent) -> datetime:
    """The instant from which this consent carries nothing: its stated end or one year, whichever is earlier."""
    last = min(_last_day(consent), consent.end or date.max)
    return datetime.combine(last + timedelta(days=1), time(), DURHAM)


def _last_day(consent: Consent) -> date:
    return consent.signed_at.astimezone(DURHAM).date() + ONE_YEAR


def _facts_of(consent: Consent, ask: Ask, at: datetime) -> ConsentFacts:
    if consent.status is not Status.ACTIVE:
        return replace(IRRELEVANT, status=str(consent.status))
    today = at.astimezone(DURHAM).date()
    sources = {custodian for custodian, _ in ask.items} & consent.custodians
    categories = {category for _, category in ask.items} & consent.categories
    return ConsentFacts(
        status="active",
        started=consent.start <= today and consent.signed_at <= at,
        ended=consent.end is not None and consent.end < today,
        limited=consent.end is not None,
        within_year=today <= _last_day(consent),
        recipient=ask.recipient in consent.recipients,
        purpose=ask.purpose in consent.purposes,
        part2_elements=consent.part2_elements,
        signer=consent.signer_authorized,
        sources=tuple(sorted(sources)),
        categories=tuple(sorted(categories)),
    )


def _denied(held: Held, ask: Ask, at: datetime) -> frozenset[tuple[Agency, Category]]:
    """Refusals stand until revoked, or until what replaces them is signed; a consent dated ahead replaces none yet.

    They do not lapse with the consent's period (the stricter reading).
    """
    inside = {
        (custodian, category)
        for consent in current(c for c in held.consents if c.signed_at <= at)
        if consent.status is Status.ACTIVE
        for denial in consent.denials
        for custodian, category in ask.items
        if denial.covers(ask.recipient, custodian, category)
    }
    return _covered(held, DirectiveKind.DO_NOT_SHARE, ask) | inside


def _covered(held: Held, kind: DirectiveKind, ask: Ask) -> frozenset[tuple[Agency, Category]]:
    scopes = [d.scope for d in held.directives if d.kind is kind and not d.withdrawn]
    return frozenset(item for item in ask.items if any(scope.covers(ask.recipient, *item) for scope in scopes))


def _custodians(held: Held, ask: Ask) -> dict[Agency, CustodianFacts]:
    """The 122C-55(a7) notice and objection on file per custodian; only what bears on the query."""
    on_file = {
        kind: {d.scope.custodian for d in held.directives if d.kind is kind and not d.withdrawn}
        for kind in (DirectiveKind.A7_NOTICE, DirectiveKind.A7_OBJECTION)
    }
    return {
        custodian: CustodianFacts(
            a7_notice=custodian in on_file[DirectiveKind.A7_NOTICE],
            a7_objection=custodian in on_file[DirectiveKind.A7_OBJECTION],
        )
        for custodian, _ in ask.items
    }
