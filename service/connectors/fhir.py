"""FHIR R4 over the wire: one batch of searches out, the resources that answer each search in.

Resources stay the mappings they are; `each` and `first` read them by path and find nothing where the shape is
another. Nothing is trusted: a search that failed, gave another type, or gave only a first page is an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from service.connectors.base import Unanswered
from service.connectors.sensitivity import sensitive_code, sensitive_label, sensitive_words
from service.gateway.ports import Fault

MEDIA = "application/fhir+json"

Resource = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Search:
    """One search of a batch: `type?query`. `whole` if a first page without the rest would mislead."""

    type: str
    query: str = field(repr=False)
    whole: bool = True


def batch(searches: Sequence[Search]) -> bytes:
    """A batch Bundle with these searches in this order."""
    entries = [{"request": {"method": "GET", "url": f"{search.type}?{search.query}"}} for search in searches]
    return orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})


def answers(content: bytes, searches: Sequence[Search]) -> tuple[list[list[Resource]], datetime | None]:
    """The resources found by each search, in their order, and when the server put the answer together.

    Raises `Unanswered` where any search failed or came back incomplete: half a list of allergies is worse than none.
    """
    bundle = orjson.loads(content)
    entries = bundle.get("entry", []) if isinstance(bundle, dict) and bundle.get("type") == "batch-response" else None
    if not isinstance(entries, list) or len(entries) != len(searches):
        raise Unanswered(Fault.GARBAGE)
    return [_matches(entry, search) for entry, search in zip(entries, searches, strict=True)], _made(bundle)


def _matches(entry: object, search: Search) -> list[Resource]:
    status = first(entry, "response", "status")
    if not status.startswith("200"):
        raise Unanswered(Fault.SERVER_ERROR if status.startswith("5") else Fault.REFUSED)
    if first(entry, "resource", "resourceType") != "Bundle" or first(entry, "resource", "type") != "searchset":
        raise Unanswered(Fault.GARBAGE)
    if search.whole and "next" in each(entry, "resource", "link", "relation"):
        raise Unanswered(Fault.TOO_LARGE)
    found = [each(match, "resource")[0] for match in each(entry, "resource", "entry") if _is_match(match)]
    if any(first(resource, "resourceType") != search.type for resource in found):
        raise Unanswered(Fault.GARBAGE)
    return [resource for resource in found if isinstance(resource, dict)]


def _is_match(entry: object) -> bool:
    return first(entry, "search", "mode") in ("", "match")


def _made(bundle: object) -> datetime | None:
    at = instant(first(bundle, "timestamp"))
    return at.astimezone(UTC) if at else None


def each(node: object, *path: str) -> list[object]:
    """Everything at a path, lists on the way taken apart; nothing where the path leads nowhere."""
    found = [node]
    for key in path:
        held = [item[key] for item in found if isinstance(item, dict) and key in item]
        found = [value for item in held for value in (item if isinstance(item, list) else (item,))]
    return found


def first(node: object, *path: str) -> str:
    """The first text at a path, or ""."""
    return next((value for value in each(node, *path) if isinstance(value, str)), "")


def first_of(node: object, key: str) -> object:
    """The first value under a key, whatever it is, or None."""
    return next(iter(each(node, key)), None)


def codes(node: object, system: str) -> frozenset[str]:
    """The codes that a CodeableConcept gives in one code system."""
    return frozenset(first(c, "code") for c in each(node, "coding") if first(c, "system") == system)


def words(concept: object) -> str:
    """What a CodeableConcept is called: its text, or else a coding's display."""
    return first(concept, "text") or first(concept, "coding", "display")


def instant(text: str) -> datetime | None:
    """An aware instant, or None for what is none (FHIR also allows `2026` and `2026-11`)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def sensitive(resource: Resource) -> bool:
    """Whether a label, a code or a word anywhere in the resource tells a secret. No label is no proof of innocence."""
    if any(sensitive_label(first(label, "code")) for label in each(resource, "meta", "security")):
        return True
    return any(_tells(key, node) for key, node in _nodes(resource))


def _tells(key: str, node: object) -> bool:
    if isinstance(node, dict):
        system, code = node.get("system"), node.get("code")
        return isinstance(system, str) and isinstance(code, str) and sensitive_code(system, code)
    return isinstance(node, str) and key in ("text", "display", "name", "description", "div") and sensitive_words(node)


def _nodes(resource: Resource) -> Iterator[tuple[str, object]]:
    """Every value in the resource with its key, but for `meta`, which is labels and profiles."""
    waiting: list[tuple[str, object]] = [(key, value) for key, value in resource.items() if key != "meta"]
    while waiting:
        key, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(key, item) for item in node]
            continue
        yield key, node
        if isinstance(node, dict):
            waiting += node.items()
