"""Decision cases: a written question, the answer wanted, and why. Documentation for privacy officers, and a test.

Reads JSON lists in the rule book's form (id, requester.role, purpose, source, categories, consent, ctx, now,
expect [outcome, token], why). Whatever a case leaves unsaid takes the stated default; whatever it
does not permit must be refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from policies import tables
from policies.decision import Decision
from policies.request import (
    AskerFacts,
    ConsentFacts,
    CustodianFacts,
    EmergencyFacts,
    ItemFacts,
    Request,
    SubjectFacts,
)
from policies.vocabulary import Agency, Category, Purpose, Role

ADULT = 18

HOME = {role: Agency(table["agency"]) for role, table in tables.read()["roles"].items()}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its id, the request it makes, the outcome and the token wanted (None: any), and why."""

    id: str
    request: Request
    outcome: str
    token: str | None
    why: str

    def passes(self, decision: Decision) -> bool:
        """Does this decision have the outcome and mention the token (a reason, basis or obligation)?"""
        permits = [v.permit for v in decision.verdicts]
        outcome = "permit" if all(permits) else "partial" if any(permits) else "deny"
        return outcome == self.outcome and (self.token is None or bool(_said(decision) & set(self.token.split("|"))))


def read(path: Path) -> list[Case]:
    """The cases of one file. Raises KeyError or ValueError naming what is wrong."""
    return [case(entry) for entry in json.loads(path.read_text())]


def case(entry: Mapping[str, Any]) -> Case:
    """One case from its written form."""
    outcome, token = entry["expect"]
    return Case(entry["id"], _request(entry), outcome, token, entry.get("why", ""))


def _said(decision: Decision) -> set[str]:
    verdicts = decision.verdicts
    return {word for v in verdicts for word in (*v.basis, *v.obligations, *([v.reason] if v.reason else []))}


def _request(entry: Mapping[str, Any]) -> Request:
    role, source, context = Role(entry["requester"]["role"]), Agency(entry["source"]), entry["ctx"]
    agency = HOME.get(role, source)
    now, consent = date.fromisoformat(entry["now"]), entry["consent"]
    return Request(
        asker=AskerFacts(agency, role, context.get("agreement", True), confirmed=True),
        purpose=Purpose(entry["purpose"]),
        subject=SubjectFacts(True, context.get("age", 40) < ADULT, context.get("relationship", True)),
        items=tuple(_item(source, Category(c), context, consent, agency) for c in entry["categories"]),
        consents=(_consent(consent, agency, entry["purpose"], now),) if consent else (),
        custodians={source: CustodianFacts(context.get("a7_notice", False), context.get("a7_objection", False))},
        emergency=EmergencyFacts(
            context.get("emergency", False),
            context.get("can_consent", True),
            context.get("patient_refuses", False) and context.get("patient_capable", False),
        ),
    )


def _item(
    source: Agency, category: Category, context: Mapping[str, Any], consent: Mapping[str, Any] | None, agency: Agency
) -> ItemFacts:
    denied = any(d["agency"] == agency and d["category"] == category for d in (consent or {}).get("deny", ()))
    fields = tuple(sorted(tables.catalog().get(category, frozenset({"any"}))))
    return ItemFacts(source, category, fields, context.get("hipaa_restriction") == category, denied)


def _consent(consent: Mapping[str, Any], agency: Agency, purpose: str, now: date) -> ConsentFacts:
    end = date.fromisoformat(consent["end"]) if consent["end"] else None
    signed = date.fromisoformat(consent["signed"])
    return ConsentFacts(
        status=consent["status"],
        started=date.fromisoformat(consent["start"]) <= now,
        ended=end is not None and end < now,
        limited=end is not None,
        within_year=now <= signed + timedelta(days=365),
        recipient=agency in consent["recipients"],
        purpose=purpose in consent["purposes"],
        part2_elements=consent["part2_elements"],
        signer=True,
        sources=tuple(consent["sources"]),
        categories=tuple(consent["categories"]),
    )
