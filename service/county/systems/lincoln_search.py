"""FHIR R4 search over one patient's resources: the parameters Lincoln's server knows. An unknown one is an error.

A server that ignored a filter it does not know would answer more than it was asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from service.connectors.agencies.lincoln import MRN
from service.connectors.fhir import Resource, each, first

Params = Sequence[tuple[str, str]]

_MOST = 500
_CONTROLS = frozenset({"_count", "_sort", "_elements", "_format", "_offset"})
_WHOSE = frozenset({"patient", "subject", "patient.identifier", "identifier", "_id"})
_TOKENS = {
    "active": ("active",),
    "status": ("status",),
    "clinical-status": ("clinicalStatus",),
    "verification-status": ("verificationStatus",),
    "category": ("category",),
    "code": ("code", "medicationCodeableConcept"),
    "type": ("type",),
}
_DATES = {"date": (("start",), ("period", "start"), ("effectiveDateTime",))}
_BEFORE: Mapping[str, Callable[[str, str], bool]] = {
    "ge": lambda there, asked: there >= asked,
    "gt": lambda there, asked: there[: len(asked)] > asked,
    "le": lambda there, asked: there[: len(asked)] <= asked,
    "lt": lambda there, asked: there < asked,
    "eq": lambda there, asked: there.startswith(asked),
}


class BadSearch(Exception):
    """The search cannot be understood. Says which parameter, never its value."""


def record_number(kind: str, params: Params) -> str | None:
    """Whose resources are asked for; None where the search names nobody."""
    for name, value in params:
        if name == "patient.identifier" or (name == "identifier" and kind == "Patient"):
            system, bar, number = value.rpartition("|")
            return number if not bar or system in ("", MRN) else ""
        if name in ("patient", "subject", "_id"):
            return value.removeprefix("Patient/").removeprefix("p-").partition(".")[0]
    return None


def matching(resources: Iterable[Resource], params: Params) -> list[Resource]:
    """The resources that match every parameter, sorted. Raises `BadSearch` for a parameter nobody knows."""
    for name, _ in params:
        if name not in _CONTROLS | _WHOSE | _TOKENS.keys() | _DATES.keys():
            raise BadSearch(name)
    found = [resource for resource in resources if all(_matches(resource, name, value) for name, value in params)]
    return _sorted(found, dict(params).get("_sort", ""))


def _matches(resource: Resource, name: str, value: str) -> bool:
    if name in _TOKENS:
        held = [node for element in _TOKENS[name] for node in each(resource, element)]
        return any(_is_token(node, token) for node in held for token in value.split(","))
    if name in _DATES:
        sign, asked = (value[:2], value[2:]) if value[:2] in _BEFORE else ("eq", value)
        return any(_BEFORE[sign](at, asked) for path in _DATES[name] if (at := first(resource, *path)))
    return name != "_id" or first(resource, "id") == value


def _is_token(node: object, token: str) -> bool:
    system, bar, code = token.rpartition("|")
    if not isinstance(node, dict):
        return not bar and (str(node).lower() if isinstance(node, bool) else node) == code
    codings = each(node, "coding")
    return any(first(c, "code") == code and (not bar or first(c, "system") == system) for c in codings)


def _sorted(resources: list[Resource], order: str) -> list[Resource]:
    if not order:
        return resources
    paths = _DATES.get(order.removeprefix("-"))
    if paths is None:
        raise BadSearch("_sort")
    return sorted(resources, key=lambda r: max(first(r, *path) for path in paths), reverse=order.startswith("-"))


def number(params: Params, name: str, usual: int) -> int:
    """A parameter that is a number. Raises `BadSearch` for what is none."""
    text = dict(params).get(name, str(usual))
    if not text.isdecimal():
        raise BadSearch(name)
    return min(int(text), _MOST) if name == "_count" else int(text)


def elements(resource: Resource, params: Params) -> Resource:
    """The resource with only the `_elements` asked for, labelled SUBSETTED; the whole where none are named."""
    names = dict(params).get("_elements")
    if not names:
        return resource
    kept = {"resourceType", "id", *names.split(",")}
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    meta = resource.get("meta")
    labelled = {**meta, "tag": [tag]} if isinstance(meta, dict) else {"tag": [tag]}
    return {name: value for name, value in resource.items() if name in kept} | {"meta": labelled}
