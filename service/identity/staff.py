"""An agency's people: who may act in which role, and who cares for whom. Pure, and read from simple files.

A file is JSON (a list of objects) or CSV with a header; its columns are the fields of
Post or of Assignment, left empty or out where there is a default.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from re import compile as pattern
from typing import Final, TypeVar

from policies.vocabulary import Agency, Role

TEAM: Final = "*"
"""In a caseload: everyone at the agency. Never an actor."""

ACTOR: Final = pattern(r"[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,127}")
"""How an actor is written: the agency's own staff identifier."""

Row = TypeVar("Row")


class BadStaffFile(ValueError):
    """The file is not used. Names the row and the mistake, never a value."""


@dataclass(frozen=True, slots=True)
class Post:
    """One role one actor may act in."""

    agency: Agency
    actor: str
    role: Role
    active: bool = True

    def __post_init__(self) -> None:
        if not ACTOR.fullmatch(self.actor):
            raise ValueError("actor is not an identifier")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One care relationship: `actor`, or `*` for the whole team, cares for a person. Both days count, in Durham."""

    agency: Agency
    actor: str
    subject_ref: str = field(repr=False)
    since: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.actor != TEAM and not ACTOR.fullmatch(self.actor):
            raise ValueError("actor is neither an identifier nor *")
        if not self.subject_ref or (self.until is not None and self.until < self.since):
            raise ValueError("subject_ref is empty, or until is before since")


def read_posts(path: Path) -> Iterator[Post]:
    """The roster in a file, row by row; raises BadStaffFile."""
    return _read(path, frozenset({"agency", "actor", "role", "active"}), _post)


def read_assignments(path: Path) -> Iterator[Assignment]:
    """The caseload in a file, row by row; raises BadStaffFile."""
    return _read(path, frozenset({"agency", "actor", "subject_ref", "since", "until"}), _assignment)


def _post(row: Mapping[str, str]) -> Post:
    active = {"true": True, "false": False}[row.get("active") or "true"]
    return Post(Agency(row["agency"]), row["actor"], Role(row["role"]), active)


def _assignment(row: Mapping[str, str]) -> Assignment:
    until = date.fromisoformat(row["until"]) if row.get("until") else None
    since = date.fromisoformat(row["since"])
    return Assignment(Agency(row["agency"]), row["actor"], row["subject_ref"], since, until)


def _read(path: Path, columns: frozenset[str], build: Callable[[Mapping[str, str]], Row]) -> Iterator[Row]:
    number = 0
    try:
        for row in _json_rows(path) if path.suffix == ".json" else _csv_rows(path):
            number += 1
            yield build(_only(columns, row))
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error):
        # The cause is not chained: it would quote the value.
        raise BadStaffFile(f"{path.name}: row {number} cannot be read as {' '.join(sorted(columns))}") from None


def _only(columns: frozenset[str], row: Mapping[str, str]) -> Mapping[str, str]:
    if not columns >= row.keys():
        raise ValueError("a column is unknown")
    return row


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _json_rows(path: Path) -> Iterable[dict[str, str]]:
    listed = json.loads(path.read_text("utf-8"))
    if not isinstance(listed, list):
        raise BadStaffFile(f"{path.name} is not a list")
    return [{name: _word(value) for name, value in row.items()} for row in listed]


def _word(value: object) -> str:
    """JSON's booleans and null as a CSV cell would spell them."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
