"""The minimum necessary, and nothing else.

Pure: same answers and decision in, same disclosure out. This is the only place where a record becomes
something that may leave the building.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from audit.checkpoint import Receipt
from consent.facts import ends_at
from consent.model import Consent
from policies.tables import notices
from policies.vocabulary import Agency, Category, Obligation
from service.gateway.decide import Decided
from service.gateway.ports import Answer, Outcome, Value
from service.gateway.query import Query

KEEP = timedelta(hours=24)
"""How long a viewer outside HIPAA may keep what was released (obligation DELAU)."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What leaves of one (custodian, category): values by field, where from, as of when, on what ground."""

    custodian: Agency
    category: Category
    values: Mapping[str, Value] = field(repr=False)
    as_of: datetime | None
    basis: tuple[str, ...]
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """A clear explanation of the scope of a consent relied on (42 CFR 2.32(b))."""

    consent: str
    version: int
    document_sha256: str
    custodians: tuple[Agency, ...]
    recipients: tuple[Agency, ...]
    purposes: tuple[str, ...]
    categories: tuple[Category, ...]
    end: str | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What leaves. Without a receipt it does not: the edge sends only receipted disclosures."""

    query: str
    items: tuple[Disclosed, ...]
    unavailable: tuple[Agency, ...]
    notices: Mapping[str, str]
    consents: tuple[ConsentScope, ...]
    obligations: tuple[Obligation, ...]
    expires_at: datetime | None
    revision: str
    receipt: Receipt | None = None

    @property
    def empty(self) -> bool:
        """Is there nothing to tell: no value, and no custodian that may still have one."""
        return not self.items and not self.unavailable

    def receipted(self, receipt: Receipt) -> "Disclosure":
        """The same disclosure with the proof that it stands in the log."""
        return replace(self, receipt=receipt)


def release(query: Query, decided: Decided, answers: Sequence[Answer], at: datetime) -> Disclosure:
    """Trim the custodians' answers to exactly what the decision permits: a custodian may overshare."""
    heard = _heard(answers, decided)
    items = tuple(item for answer in heard for item in _trimmed(answer, decided))
    obligations = {o for item in items for o in item.obligations}
    relied = [c for item in items for c in decided.behind(decided.permits[item.custodian, item.category])]
    return Disclosure(
        query=query.id,
        items=items,
        unavailable=tuple(a.custodian for a in heard if a.outcome is Outcome.UNAVAILABLE),
        notices=_notices(items, obligations),
        consents=_scopes(relied) if Obligation.CONSENT_COPY_OR_SCOPE in obligations else (),
        obligations=tuple(sorted(obligations)),
        expires_at=_expiry(relied, at, obligations),
        revision=decided.decision.revision,
    )


def _heard(answers: Sequence[Answer], decided: Decided) -> list[Answer]:
    """One answer from each custodian that was asked. One that answers twice is not believed: which is the person's?"""
    times, wanted = Counter(a.custodian for a in answers), decided.wanted
    return [a for a in answers if a.custodian in wanted and times[a.custodian] == 1]


def _trimmed(answer: Answer, decided: Decided) -> Iterable[Disclosed]:
    for category, values in sorted(answer.values.items()):
        verdict = decided.permits.get((answer.custodian, category))
        if verdict is None or answer.outcome is not Outcome.FOUND:
            continue
        kept = {name: value for name, value in sorted(values.items()) if name in verdict.fields}
        if kept:
            yield Disclosed(answer.custodian, category, kept, answer.as_of, verdict.basis, verdict.obligations)


def _notices(items: Iterable[Disclosed], obligations: set[Obligation]) -> dict[str, str]:
    """The texts that travel with the records: 42 CFR 2.32 for Part 2, and the State's laws per custodian."""
    texts, custodians = notices(), {item.custodian for item in items}
    due = {
        "PART2": Obligation.PART2_NOTICE in obligations or Obligation.P2_51_DOCUMENT in obligations,
        "NC122C": Agency.ALLIANCE in custodians,
        "NC108A": Agency.DSS in custodians,
        "NC143_518": Agency.EMS in custodians,
    }
    return {name: texts[name] for name, wanted in due.items() if wanted}


def _scopes(consents: Iterable[Consent]) -> tuple[ConsentScope, ...]:
    distinct = {(c.id, c.version): c for c in consents}
    return tuple(
        ConsentScope(
            consent=c.id,
            version=c.version,
            document_sha256=c.document_sha256,
            custodians=tuple(sorted(c.custodians)),
            recipients=tuple(sorted(c.recipients)),
            purposes=tuple(sorted(c.purposes)),
            categories=tuple(sorted(c.agreed)),
            end=c.end.isoformat() if c.end else None,
        )
        for _, c in sorted(distinct.items())
    )


def _expiry(relied: Iterable[Consent], at: datetime, obligations: set[Obligation]) -> datetime | None:
    """When the first of the consents behind what leaves ends: a consent behind nothing must not show."""
    keep = [at + KEEP] if Obligation.DELAU in obligations else []
    return min([*keep, *(ends_at(consent) for consent in relied)], default=None)
