"""What the log is told of a query: intent, outcome, failure. Names of fields and codes, never values.

The decided entry is written before any custodian hears of the person; the released entry before anything
leaves. A `decided: permit` without its `released` means nothing left the gateway.
"""

import hashlib
from collections.abc import Sequence

from audit.canonical import JsonValue
from audit.entry import Entry, Kind, Pseudonyms
from consent.model import Consent
from policies.decision import Verdict
from service.gateway.decide import Decided
from service.gateway.ports import Answer, Clock
from service.gateway.query import Query, Subject
from service.gateway.release import Disclosure


def decided(query: Query, subject: Subject | None, outcome: Decided, scribe: "Scribe", attempt: int) -> Entry:
    """The decision, whatever it is: every item with its rule, its fields and its reason; the documents relied on."""
    verdicts = outcome.decision.verdicts
    permits = [v.permit for v in verdicts]
    word = "permit" if all(permits) else "partial" if any(permits) else "deny"
    detail: dict[str, JsonValue] = {
        "items": [_item(v, outcome) for v in verdicts],
        "documents": {_name(c): c.document_sha256 for v in verdicts for c in outcome.behind(v)},
        "engine": scribe.engine,
        "revision": outcome.decision.revision,
        "input": hashlib.sha256(outcome.request.canonical()).hexdigest(),
    }
    if query.emergency.attested:
        detail["emergency"] = {
            "nature": query.emergency.nature or "",
            "facility": query.emergency.facility or "",
            "can_consent": query.emergency.can_consent,
        }
    return scribe.entry(Kind.DECIDED, word, query, subject, step=f"decided/{attempt}", detail=detail)


def released(
    query: Query, subject: Subject, disclosure: Disclosure, answers: Sequence[Answer], *, scribe: "Scribe", attempt: int
) -> Entry:
    """What is about to leave: the fields, from whom, under what obligations."""
    detail: dict[str, JsonValue] = {
        "items": [
            {"key": f"{i.custodian}/{i.category}", "fields": list(i.values), "basis": list(i.basis)}
            for i in disclosure.items
        ],
        "custodians": [{"custodian": a.custodian, "outcome": a.outcome, "fault": a.fault or ""} for a in answers],
        "obligations": list(disclosure.obligations),
        "notices": list(disclosure.notices),
        "revision": disclosure.revision,
    }
    word = "nothing" if disclosure.empty else "released"
    return scribe.entry(Kind.RELEASED, word, query, subject, step=f"released/{attempt}", detail=detail)


def failed(query: Query, subject: Subject | None, why: str, scribe: "Scribe") -> Entry:
    """An error ended the query. Nothing left."""
    return scribe.entry(Kind.FAILED, why, query, subject, step="failed", detail={})


class Scribe:
    """Turns a query into entries: knows the pseudonyms, the engine's name and the time."""

    def __init__(self, pseudonyms: Pseudonyms, engine: str, clock: Clock) -> None:
        self.engine = engine
        self._pseudonyms, self._clock = pseudonyms, clock

    def entry(
        self,
        kind: Kind,
        outcome: str,
        query: Query,
        subject: Subject | None,
        *,
        step: str,
        detail: dict[str, JsonValue],
    ) -> Entry:
        """An entry about this query. Its id makes a second one of the same step a duplicate."""
        asker = query.asker
        return Entry(
            id=f"{query.id}/{step}",
            kind=kind,
            outcome=outcome,
            at=self._clock(),
            request=query.id,
            subject=self._pseudonyms.of(subject.ref) if subject else "",
            agency=asker.agency,
            actor=asker.actor,
            purpose=query.purpose,
            detail={"role": asker.role, "partner": asker.partner, "token": asker.token_id, **detail},
        )


def _item(verdict: Verdict, outcome: Decided) -> JsonValue:
    consents: list[JsonValue] = [_name(consent) for consent in outcome.behind(verdict)]
    return {
        "key": verdict.key,
        "permit": verdict.permit,
        "fields": [*sorted(verdict.fields)],
        "basis": [*verdict.basis],
        "consents": consents,
        "reason": str(verdict.reason or ""),
    }


def _name(consent: Consent) -> str:
    return f"{consent.id}@{consent.version}"
