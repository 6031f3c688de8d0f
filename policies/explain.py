"""Why, field by field: the rule that decided, its citation, and what it says in plain words. Pure.

For privacy officers. What an asker may be told of it is only `vocabulary.ABOUT_THE_ASKER`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from policies import tables
from policies.decision import Decision, Verdict
from policies.request import ItemFacts, Request
from policies.vocabulary import Agency, Category, Reason


class Cited(NamedTuple):
    """Where a rule comes from and what it says."""

    citation: str
    says: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One field of one item: permitted or not, by which rules, on what grounds in the law."""

    custodian: Agency
    category: Category
    field: str
    permitted: bool
    rules: tuple[str, ...]
    citations: tuple[Cited, ...]


@cache
def cited(rule: str) -> Cited:
    """The citation of a basis or reason. Raises KeyError for one without: every rule has its citation."""
    entry = tables.read()["citations"][rule]
    return Cited(entry["citation"], entry["says"])


def explain(request: Request, decision: Decision) -> list[Explained]:
    """Every asked field of every item, in the request's order."""
    pairs = zip(request.items, decision.verdicts, strict=True)
    return [line for item, verdict in pairs for line in _item(request, item, verdict)]


def _item(request: Request, item: ItemFacts, verdict: Verdict) -> Iterator[Explained]:
    profile = tables.profile(request.asker.role).get(item.category, frozenset())
    for name in item.fields:
        permitted = verdict.permit and name in verdict.fields
        rules = verdict.basis if permitted else (_refusal(name, verdict, profile),)
        citations = tuple(cited(rule) for rule in rules)
        yield Explained(item.custodian, item.category, name, permitted, tuple(rules), citations)


def _refusal(name: str, verdict: Verdict, profile: frozenset[str]) -> str:
    """Why one field stays: the item's own reason, or, in a permitted item, the role's profile or the custodian."""
    if verdict.reason is not None:
        return verdict.reason
    return Reason.CUSTODIAN_WITHHOLDS if name in profile else Reason.NOT_NECESSARY_FOR_ROLE
