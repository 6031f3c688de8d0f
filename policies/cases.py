"""Decision cases: a written question, the answer wanted, and why. Documentation for privacy officers, and a test.

Reads JSON lists in the rule book's form (id, requester.role, purpose, source, categories, consent, ctx, now,
expect [outcome, token], why). A case may add what the form leaves out: `fields` asked by category, several
`consents`, the `log` entry wanted by category, and `tables`, a merge patch (RFC 7386) over the policy data for a
what-if. Whatever a case leaves unsaid takes the stated default; whatever it does not permit must be refused.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from policies import tables
from policies.decision import Decision, Verdict
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
    """One case: its id, the request it makes, the outcome and the token wanted (None: any), and why.

    `log` is what the entry must hold of each category named in it; `tables` what it changes in the policy data.
    """

    id: str
    request: Request
    outcome: str
    token: str | None
    why: str
    log: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, Any]

    def passes(self, decision: Decision) -> bool:
        """Does this decision have the outcome, mention the token (a reason, basis or obligation) and fit the log?"""
        permits = [v.permit for v in decision.verdicts]
        outcome = "permit" if all(permits) else "partial" if any(permits) else "deny"
        mentioned = self.token is None or bool(_said(decision) & set(self.token.split("|")))
        return outcome == self.outcome and mentioned and self.logs(decision)

    def logs(self, decision: Decision) -> bool:
        """Would the log hold exactly what the case wants of each category it names?"""
        held = {v.key.split("/")[1]: entry(v) for v in decision.verdicts}
        return all(held.get(category) == wanted for category, wanted in self.log.items())


def entry(verdict: Verdict) -> dict[str, Any]:
    """What a log entry holds of one item: the reason of a refusal, or fields, basis and obligations, each sorted."""
    if verdict.reason is not None:
        return {"reason": str(verdict.reason)}
    held = {"fields": verdict.fields, "basis": verdict.basis, "obligations": verdict.obligations}
    return {name: sorted(map(str, words)) for name, words in held.items()}


def read(path: Path) -> list[Case]:
    """The cases of one file. Raises KeyError or ValueError naming what is wrong."""
    return [case(written) for written in json.loads(path.read_text())]


def case(written: Mapping[str, Any]) -> Case:
    """One case from its written form."""
    outcome, token = written["expect"]
    log, patch = written.get("log", {}), written.get("tables", {})
    return Case(written["id"], _request(written), outcome, token, written.get("why", ""), log, patch)


def _said(decision: Decision) -> set[str]:
    verdicts = decision.verdicts
    return {word for v in verdicts for word in (*v.basis, *v.obligations, *([v.reason] if v.reason else []))}


def _request(written: Mapping[str, Any]) -> Request:
    role, source, context = Role(written["requester"]["role"]), Agency(written["source"]), written["ctx"]
    agency = Agency(written["requester"].get("agency", HOME.get(role, source)))
    now, consents = date.fromisoformat(written["now"]), _consents(written)
    return Request(
        asker=AskerFacts(agency, role, context.get("agreement", True), context.get("confirmed", True)),
        purpose=Purpose(written["purpose"]),
        subject=_subject(context),
        items=_items(written, source, _denied(consents, agency)),
        consents=tuple(_consent(consent, agency, written["purpose"], now) for consent in consents),
        custodians={source: CustodianFacts(context.get("a7_notice", False), context.get("a7_objection", False))},
        emergency=_emergency(context),
    )


def _consents(written: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [consent for consent in written.get("consents", [written["consent"]]) if consent]


def _subject(context: Mapping[str, Any]) -> SubjectFacts:
    return SubjectFacts(context.get("known", True), context.get("age", 40) < ADULT, context.get("relationship", True))


def _emergency(context: Mapping[str, Any]) -> EmergencyFacts:
    refuses = context.get("patient_refuses", False) and context.get("patient_capable", False)
    return EmergencyFacts(context.get("emergency", False), context.get("can_consent", True), refuses)


def _denied(consents: Iterable[Mapping[str, Any]], agency: Agency) -> set[str]:
    denials = [denial for consent in consents for denial in consent.get("deny", ())]
    return {denial["category"] for denial in denials if denial["agency"] == agency}


def _items(written: Mapping[str, Any], source: Agency, denied: set[str]) -> tuple[ItemFacts, ...]:
    restricted = written["ctx"].get("hipaa_restriction")
    return tuple(
        ItemFacts(source, category, _fields(written, category), restricted == category, category in denied)
        for category in map(Category, written["categories"])
    )


def _fields(written: Mapping[str, Any], category: Category) -> tuple[str, ...]:
    """The fields the case asks for; by default every field of the category (the catalog has none of a blocked one)."""
    return tuple(written.get("fields", {}).get(category, sorted(tables.catalog().get(category, {"any"}))))


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
        signer=consent.get("signer", True),
        sources=tuple(consent["sources"]),
        categories=tuple(consent["categories"]),
    )
