"""The tables the rules read: what policy officers edit in `data/*.json`, checked and keyed for look-up.

Pure but for reading the files. Refuses at start, with every fault named, rather than guess.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from policies.vocabulary import Agency, Category, Purpose, Role

DATA = Path(__file__).parent / "data"

Table: TypeAlias = Mapping[str, Any]  # JSON documents: their shape is what `faults` checks

DEMANDING = ("NC122C", "PART2")
"""Laws that demand more of a consent than the common checks."""


class TablesInvalid(ValueError):
    """The policy data contradicts itself or the vocabulary. Lists every fault."""


def read(directory: Path = DATA) -> dict[str, Table]:
    """Each `*.json` of the directory, by its stem."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(directory.glob("*.json"))}


@cache
def catalog() -> Mapping[Category, frozenset[str]]:
    """The field names of each category: the only names a query, a rule or a custodian may use."""
    return {Category(name): frozenset(fields) for name, fields in read()["catalog"].items()}


@cache
def profile(role: Role) -> Mapping[Category, frozenset[str]]:
    """The fields a role may ever be given, by category; empty for a role without a profile."""
    fields = read()["roles"].get(role, {}).get("fields", {})
    return {Category(name): frozenset(names) for name, names in fields.items()}


@cache
def notices() -> Mapping[str, str]:
    """The texts that travel with a release, by law. Regulation text is quoted as 42 CFR 2.32(a)(1) has it."""
    return read()["notices"]


def keyed(source: Mapping[str, Table]) -> dict[str, Any]:
    """The document the rules see as `data.tables` (without its revision): sets become objects of true."""
    found = faults(source)
    if found:
        raise TablesInvalid("; ".join(found))
    return {
        "roles": {name: _role(role) for name, role in source["roles"].items()},
        "custodians": {name: _custodian(custodian) for name, custodian in source["custodians"].items()},
        "laws": {name: _laws(name, source) for name in source["custodians"]},
        "purposes": {name: _true(codes) for name, codes in source["purposes"].items()},
        "blocked": _true(source["categories"]["blocked"]),
    }


def patched(source: Any, patch: Any) -> Any:  # noqa: ANN401  # any JSON value
    """`source` with a JSON merge patch (RFC 7386) applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    before = source if isinstance(source, Mapping) else {}
    kept = {name: value for name, value in before.items() if patch.get(name, ...) is not None}
    return kept | {name: patched(kept.get(name), value) for name, value in patch.items() if value is not None}


def faults(source: Mapping[str, Table]) -> list[str]:
    """Everything in the files that names a word outside the vocabulary or the catalog."""
    known = {name: set(fields) for name, fields in source["catalog"].items()}
    return [
        *_strangers("role", source["roles"], Role),
        *_strangers("custodian", source["custodians"], Agency),
        *_strangers("category", known, Category),
        *_strangers("blocked category", source["categories"]["blocked"], Category),
        *(f for codes in source["purposes"].values() for f in _strangers("purpose", codes, Purpose)),
        *(f for role in source["roles"].values() for f in _strangers("purpose", role["purposes"], Purpose)),
        *(
            f"role {name} lists {category}.{field}, which the catalog lacks"
            for name, role in source["roles"].items()
            for category, fields in role["fields"].items()
            for field in fields
            if field not in known.get(category, set())
        ),
    ]


def _strangers(what: str, names: object, words: type[Role | Agency | Category | Purpose]) -> list[str]:
    return [f"unknown {what} {name!r}" for name in names if name not in set(words)]  # type: ignore[attr-defined]  # any iterable of JSON


def _true(names: object) -> dict[str, bool]:
    return dict.fromkeys(sorted(names), True)  # type: ignore[call-overload]  # a JSON list


def _role(role: Table) -> dict[str, Any]:
    fields = {category: _true(names) for category, names in role["fields"].items()}
    return {**role, "purposes": _true(role["purposes"]), "fields": fields}


def _custodian(custodian: Table) -> dict[str, Any]:
    withholds = {category: _true(fields) for category, fields in custodian["withholds"].items()}
    return {
        "connect": custodian["connect"],
        "nc122c_facility": custodian["nc122c_facility"],
        "withholds": withholds,
    }


def _laws(custodian: str, source: Mapping[str, Table]) -> dict[str, Any]:
    """Every law on each category this custodian may hold, and what those laws demand of a consent."""
    regimes = {category: _regimes(custodian, category, source) for category in Category}
    return {
        category: {"regimes": names, "demand": "+".join(n.lower() for n in DEMANDING if n in names) or "plain"}
        for category, names in regimes.items()
    }


def _regimes(custodian: str, category: str, source: Mapping[str, Table]) -> list[str]:
    own = source["custodians"][custodian]["regimes"]
    names = [*own.get(category, own["default"]), *source["categories"]["regimes"].get(category, [])]
    programmes = source["programmes"].get(custodian, {}).values()
    # A programme whose Part 2 status nobody has decided counts as one: the stricter reading (42 CFR 2.11).
    if any(category in p["categories"] and p["part2"] != "no" for p in programmes):
        names.append("PART2")
    return list(dict.fromkeys(names))
