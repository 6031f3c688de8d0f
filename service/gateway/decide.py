"""Consent and facts in, the rules' decision out. Unknown person, error, timeout: all refuse.

The decision names consents by place; here the places become the person's consents again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from consent.facts import DURHAM, Ask, Facts, facts
from consent.model import Consent, EpochToken, Held
from policies.decision import Decision, Verdict
from policies.engines import PolicyEngine
from policies.request import AskerFacts, EmergencyFacts, ItemFacts, Request, SubjectFacts
from policies.vocabulary import ABOUT_THE_ASKER, Agency, Category, Reason
from service.gateway.ports import Fields, Standing
from service.gateway.query import Query, Subject
from service.problems import StoreUnavailable

ADULT_YEARS = 18


@dataclass(frozen=True)
class Decided:
    """A decision about a query, with the consents behind it and the epoch it rests on."""

    decision: Decision
    request: Request
    facts: Facts
    token: EpochToken | None

    @property
    def permitted(self) -> bool:
        """Is anything permitted?"""
        return self.decision.permitted

    @cached_property
    def permits(self) -> Mapping[tuple[Agency, Category], Verdict]:
        """The permitted items and their verdicts."""
        pairs = zip(self.request.items, self.decision.verdicts, strict=True)
        return {(item.custodian, item.category): verdict for item, verdict in pairs if verdict.permit}

    @property
    def wanted(self) -> Mapping[Agency, Fields]:
        """Only permitted custodians, each with only its permitted fields."""
        wanted: dict[Agency, dict[Category, frozenset[str]]] = {}
        for (custodian, category), verdict in self.permits.items():
            wanted.setdefault(custodian, {})[category] = verdict.fields
        return wanted

    @property
    def told(self) -> tuple[Reason, ...]:
        """Reasons that are about the asker alone, and so may be told."""
        reasons = {v.reason for v in self.decision.verdicts if v.reason is not None}
        return tuple(sorted(reasons & ABOUT_THE_ASKER))

    def behind(self, verdict: Verdict) -> tuple[Consent, ...]:
        """The consents that carry this verdict."""
        return tuple(consent for place in verdict.consents for consent in self.facts.behind[place])


async def decide(
    query: Query, subject: Subject | None, on_file: tuple[Held, Standing], engine: PolicyEngine, at: datetime
) -> Decided:
    """The decision for the whole query in one evaluation.

    Raises PolicyError when there is none to be trusted, StoreUnavailable when what was read is somebody else's.
    """
    held, standing = on_file
    if subject is not None and held.subject != subject.ref:
        raise StoreUnavailable  # nobody's records are ever judged by another person's consents
    items = tuple((i.custodian, i.category) for i in query.items)
    bearing = facts(held, Ask(query.asker.agency, query.purpose, items, query.asker.actor), at)
    request = _request(query, subject, standing, bearing, at)
    token = EpochToken(held.subject, held.epoch) if subject is not None else None
    return Decided(await engine.decide(request), request, bearing, token)


def _request(query: Query, subject: Subject | None, standing: Standing, bearing: Facts, at: datetime) -> Request:
    emergency = query.emergency
    return Request(
        asker=AskerFacts(query.asker.agency, query.asker.role, query.asker.agreement_active, standing.role_confirmed),
        purpose=query.purpose,
        subject=SubjectFacts(
            known=subject is not None,
            minor=subject is not None and not _adult(subject, at),
            relationship=standing.relationship,
        ),
        items=tuple(
            ItemFacts(
                item.custodian,
                item.category,
                tuple(sorted(item.fields)),
                restricted=(item.custodian, item.category) in bearing.restricted,
                denied=(item.custodian, item.category) in bearing.denied,
            )
            for item in query.items
        ),
        consents=bearing.consents,
        custodians=bearing.custodians,
        emergency=EmergencyFacts(emergency.attested, emergency.can_consent, emergency.capable_refusal),
    )


def _adult(subject: Subject, at: datetime) -> bool:
    """Eighteen or more by Durham's calendar. A person whose birth date nobody knows is not taken for an adult."""
    born = subject.birth_date
    if born is None:
        return False
    today = at.astimezone(DURHAM).date()
    return (today.year - born.year, today.month, today.day) >= (ADULT_YEARS, born.month, born.day)
