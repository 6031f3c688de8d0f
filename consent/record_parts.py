"""The parts of a stored consent: denials, grants, programmes, persons, days. Read strictly."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from consent.model import DataPeriod, Denial, Grant, Person, Programme
from policies.vocabulary import Agency, Category, Purpose


def written(day: date | None) -> str | None:
    """A day or an instant as ISO 8601 has it."""
    return day.isoformat() if day is not None else None


def of_denial(denial: Denial) -> dict[str, str | None]:
    """A denial; null is any."""
    return {"recipient": denial.recipient, "custodian": denial.custodian, "category": denial.category}


def denial(stored: Mapping[str, Any]) -> Denial:
    """Raises KeyError or ValueError."""
    return Denial(
        Agency(stored["recipient"]) if stored["recipient"] else None,
        Agency(stored["custodian"]) if stored["custodian"] else None,
        Category(stored["category"]) if stored["category"] else None,
    )


def of_grant(grant: Grant) -> dict[str, list[str]]:
    """A grant, each list in order."""
    return {
        "custodians": sorted(grant.custodians),
        "recipients": sorted(grant.recipients),
        "purposes": sorted(grant.purposes),
        "categories": sorted(grant.categories),
    }


def grant(stored: Mapping[str, Sequence[str]]) -> Grant:
    """Raises KeyError or ValueError."""
    return Grant(
        frozenset(Agency(a) for a in stored["custodians"]),
        frozenset(Agency(a) for a in stored["recipients"]),
        frozenset(Purpose(p) for p in stored["purposes"]),
        frozenset(Category(c) for c in stored["categories"]),
    )


def programmes(stored: Iterable[Sequence[str]]) -> frozenset[Programme]:
    """Raises ValueError."""
    return frozenset(Programme(Agency(agency), name) for agency, name in stored)


def persons(stored: Iterable[Sequence[str]]) -> frozenset[Person]:
    """Raises ValueError."""
    return frozenset(Person(Agency(agency), actor) for agency, actor in stored)


def data_period(stored: Sequence[str | None]) -> DataPeriod:
    """Raises ValueError."""
    since, until = (date.fromisoformat(day) if day is not None else None for day in stored)
    return DataPeriod(since, until)
