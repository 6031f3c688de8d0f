"""The tables the rules read: what policy officers edit in `data/*.json`, checked and keyed for look-up.

Pure but for reading the files. Refuses at start, with every fault named, rather than guess.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from policies import faults
from policies.faults import Table
from policies.vocabulary import Category, Role

DATA = Path(__file__).parent / "data"

BOUND = {"NC108A", "NC143_518"}
"""Laws under which no recipient, not even a covered entity, may pass a record on."""


class TablesInvalid(ValueError):
    """The policy data contradicts itself or the vocabulary. Lists every fault."""


def read(directory: Path = DATA) -> dict[str, Table]:
    """Each `*.json` of the directory, by its stem."""
    return {path.stem: _parsed(path) for path in sorted(directory.glob("*.json"))}


def _parsed(path: Path) -> Any:  # noqa: ANN401  # any JSON value
    """A file in which no name stands twice: of two lists under one name, one would silently count for nothing."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            raise TablesInvalid(f"{path.name} says a name twice")
        return table

    return json.loads(path.read_text(), object_pairs_hook=once)


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
    try:
        found = faults.of(source)
    except (KeyError, TypeError, AttributeError) as error:
        raise TablesInvalid("a table lacks a part, or has one of the wrong kind") from error
    if found:
        raise TablesInvalid("; ".join(found))
    return {
        "roles": {name: _role(role) for name, role in source["roles"].items()},
        "custodians": {name: _custodian(custodian) for name, custodian in source["custodians"].items()},
        "laws": {name: _laws(name, source) for name in source["custodians"]},
        "regimes": {name: _combinations(name, source) for name in source["custodians"]},
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
    """By category this custodian may hold: the name of its combination of laws, and what they ask.

    `time`: is a consent held to G.S. 122C's time; `form`: to Part 2's elements; `class`: which obligations follow.
    """
    return {category: _terms(_regimes(custodian, category, source)) for category in Category}


def _terms(regimes: list[str]) -> dict[str, str]:
    return {
        "name": "+".join(regimes),
        "time": "timed" if "NC122C" in regimes else "any",
        "form": "part2" if "PART2" in regimes else "any",
        "class": _class(set(regimes)),
    }


def _class(regimes: set[str]) -> str:
    """The class of obligations. Part 2 comes first, for it asks the most."""
    if "PART2" in regimes:
        return "part2"
    if "PUBLIC" in regimes:
        return "public"
    return "bound" if regimes & BOUND else "general"


def _combinations(custodian: str, source: Mapping[str, Table]) -> dict[str, list[str]]:
    """Each combination of laws that occurs at this custodian, by its name."""
    every = [_regimes(custodian, category, source) for category in Category]
    return {"+".join(regimes): regimes for regimes in every}


def _regimes(custodian: str, category: str, source: Mapping[str, Table]) -> list[str]:
    own = source["custodians"][custodian]["regimes"]
    names = [*own.get(category, own["default"]), *source["categories"]["regimes"].get(category, [])]
    programmes = source["programmes"].get(custodian, {}).values()
    # A programme whose Part 2 status nobody has decided counts as one: the stricter reading (42 CFR 2.11).
    if any(category in p["categories"] and p["part2"] != "no" for p in programmes):
        names.append("PART2")
    return list(dict.fromkeys(names))
