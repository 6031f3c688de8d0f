"""What consents and directives mean for one query at one instant, as facts for the rules. Pure.

Normalised: only what bears on the query, equal consents once, in a fixed order, so that most people share few
inputs. Latest consent per (policy, organization) supersedes; refusals are the union of all that stand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consent import part2
from consent.model import Consent, Directive, DirectiveKind, Held, Signer, Status
from consent.period import over
from consent.reach import reached
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
    actor: str = field(default="", repr=False)
    programme: str | None = None


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
    guardians = _on_file(held, DirectiveKind.GUARDIAN)
    groups: dict[ConsentFacts, list[Consent]] = {}
    for consent in current(held.consents):
        for fact in _facts_of(consent, ask, at, signed=_rightly_signed(consent, guardians)):
            groups.setdefault(fact, []).append(consent)
    ordered = sorted(groups)
    return Facts(
        consents=tuple(ordered),
        behind=tuple(tuple(groups[f]) for f in ordered),
        custodians=_custodians(held, ask, at),
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
    """The instant from which this consent carries nothing.

    The earliest of its stated end, the last day of its data, one year from signing, and its end event.
    """
    last = min(_last_day(consent), consent.end or date.max, consent.data_period.until or date.max)
    midnight = datetime.combine(last + timedelta(days=1), time(), DURHAM)
    return min(midnight, consent.ended_at or midnight)


def _last_day(consent: Consent) -> date:
    return consent.signed_at.astimezone(DURHAM).date() + ONE_YEAR


def _facts_of(consent: Consent, ask: Ask, at: datetime, signed: bool) -> Iterable[ConsentFacts]:
    """One fact for most consents; more where its grants, or a programme's limits, do not make one rectangle."""
    if consent.status is not Status.ACTIVE:
        return [replace(IRRELEVANT, status=str(consent.status))]
    today = at.astimezone(DURHAM).date()
    timed = replace(
        IRRELEVANT,
        status="active",
        started=consent.start <= today and consent.signed_at <= at,
        ended=_ended(consent, today, at),
        limited=consent.end is not None,
        within_year=today <= _last_day(consent),
        signer=signed,
    )
    named, asked = _names(consent, ask), (ask.recipient, ask.purpose, ask.items)
    elements = named and part2.complete(consent)
    return [
        replace(timed, recipient=True, purpose=purpose, part2_elements=elements, sources=sources, categories=categories)
        for purpose, sources, categories in (reached(consent, asked, today) if named else ())
    ] or [replace(timed, recipient=named)]


def _ended(consent: Consent, today: date, at: datetime) -> bool:
    """Past its stated end, the last day of the data it covers, or the event that ends it."""
    stated = consent.end is not None and consent.end < today
    came = consent.ended_at is not None and consent.ended_at <= at
    return stated or came or over(consent.data_period, today)


def _names(consent: Consent, ask: Ask) -> bool:
    """Does it name who asks: the agency, and the programme and the person wherever it limits itself to some?

    A programme that nobody told us of is not a named one: such a consent then carries nothing (the stricter reading).
    """
    programmes = {p.name for p in consent.recipient_programmes if p.agency is ask.recipient}
    persons = {p.actor for p in consent.recipient_persons if p.agency is ask.recipient}
    within = not programmes or ask.programme in programmes
    return ask.recipient in consent.recipients and within and (not persons or ask.actor in persons)


def _rightly_signed(consent: Consent, guardians: list[Directive]) -> bool:
    """By the person or an evidenced representative; by the guardian alone where a court gave one (RULES G3).

    The signer's authority is the order on file, where the file names one.
    """
    if not guardians:
        return consent.signer_authorized
    orders = {g.reference for g in guardians}
    by_guardian = consent.signer is Signer.GUARDIAN and consent.signer_authorized
    return by_guardian and (None in orders or consent.authority_document in orders)


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
    scopes = [d.scope for d in _on_file(held, kind)]
    return frozenset(item for item in ask.items if any(scope.covers(ask.recipient, *item) for scope in scopes))


def _custodians(held: Held, ask: Ask, at: datetime) -> dict[Agency, CustodianFacts]:
    """The 122C-55(a7) notice and objection on file per custodian; only what bears on the query."""
    today = at.astimezone(DURHAM).date()
    on_file = {
        kind: {d.scope.custodian for d in _on_file(held, kind) if _came(d, today)}
        for kind in (DirectiveKind.A7_NOTICE, DirectiveKind.A7_OBJECTION)
    }
    return {
        custodian: CustodianFacts(
            a7_notice=custodian in on_file[DirectiveKind.A7_NOTICE],
            a7_objection=custodian in on_file[DirectiveKind.A7_OBJECTION],
        )
        for custodian, _ in ask.items
    }


def _on_file(held: Held, kind: DirectiveKind) -> list[Directive]:
    return [d for d in held.directives if d.kind is kind and not d.withdrawn]


def _came(directive: Directive, today: date) -> bool:
    """Has the day of the fact come? A notice dated ahead was not given yet; all else counts once it is known."""
    return directive.kind is not DirectiveKind.A7_NOTICE or directive.on is None or directive.on <= today
