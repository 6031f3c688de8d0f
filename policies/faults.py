"""Everything in the policy data that must stop the gateway from starting.

A misspelt law, category or field would otherwise quietly demand less, or withhold nothing. Pure; lists every fault.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from policies.vocabulary import Agency, Category, Purpose, Role

Table: TypeAlias = Mapping[str, Any]  # JSON documents: their shape is what is checked here

REGIMES = frozenset(
    {"HIPAA", "PART2", "NC122C", "NC143_518", "NC130A", "NC108A", "HMIS2004", "LOCAL", "PUBLIC", "CJIS", "VAWA"}
)
"""Every law the rules know. CJIS and VAWA have no basis at all: nothing under them is ever released."""

HARD_BLOCKS = frozenset(
    {
        Category.SUD_COUNSELING_NOTES,
        Category.PSYCHOTHERAPY_NOTES,
        Category.PROTECTIVE_APS_CPS,
        Category.JUSTICE_CJI,
        Category.EDUCATION,
        Category.HMIS_VSP,
        Category.IDENTITY_SSN,
    }
)
"""Blocked by law (RULES section 3, G4): the data may block more, never less."""

NEVER_CONNECTED = frozenset({Agency.VSP})
"""34 U.S.C. 12291(b)(2): victim service providers share no identified record, in any form."""

FLAGS = ("covered_entity", "provider", "medical_personnel", "nc122c_facility")


def of(source: Mapping[str, Table]) -> list[str]:
    """The faults, each one sentence; empty when the data is sound."""
    return [*_catalog(source), *_roles(source), *_custodians(source), *_categories(source), *_programmes(source)]


def _catalog(source: Mapping[str, Table]) -> Iterator[str]:
    yield from _strangers("category", source["catalog"], Category)
    for name, purposes in source["purposes"].items():
        yield from _strangers(f"{name} purpose", purposes, Purpose)


def _roles(source: Mapping[str, Table]) -> Iterator[str]:
    yield from _strangers("role", source["roles"], Role)
    for name, role in source["roles"].items():
        yield from _strangers(f"agency of role {name}", [role["agency"]], Agency)
        yield from _strangers(f"purpose of role {name}", role["purposes"], Purpose)
        yield from (f"role {name}: {flag} is neither true nor false" for flag in FLAGS if not _boolean(role, flag))
        yield from _fields(f"role {name}", role["fields"], source)


def _custodians(source: Mapping[str, Table]) -> Iterator[str]:
    yield from _strangers("custodian", source["custodians"], Agency)
    for name, custodian in source["custodians"].items():
        for flag in ("connect", "nc122c_facility"):
            if not _boolean(custodian, flag):
                yield f"custodian {name}: {flag} is neither true nor false"
        if custodian["connect"] and name in NEVER_CONNECTED:
            yield f"custodian {name} may never connect"
        yield from _regimes(f"custodian {name}", custodian["regimes"])
        if "default" not in custodian["regimes"]:
            yield f"custodian {name} has no default regimes"
        yield from _fields(f"custodian {name}", custodian["withholds"], source)


def _categories(source: Mapping[str, Table]) -> Iterator[str]:
    categories = source["categories"]
    yield from _strangers("blocked category", categories["blocked"], Category)
    yield from (f"category {c} is not blocked" for c in sorted(HARD_BLOCKS - set(categories["blocked"])))
    yield from _regimes("categories", categories["regimes"])
    yield from _strangers("labelled category", categories["labels"], Category)


def _programmes(source: Mapping[str, Table]) -> Iterator[str]:
    yield from _strangers("custodian of a programme", source["programmes"], Agency)
    for custodian, programmes in source["programmes"].items():
        for name, programme in programmes.items():
            if programme["part2"] not in {"yes", "no", "unknown"}:
                yield f"programme {custodian}/{name}: part2 is neither yes, no nor unknown"
            yield from _strangers(f"category of programme {custodian}/{name}", programme["categories"], Category)


def _regimes(whose: str, regimes: Table) -> Iterator[str]:
    for category, names in regimes.items():
        if category != "default":
            yield from _strangers(f"category of {whose}", [category], Category)
        if not names:
            yield f"{whose}: {category} has no regimes"
        yield from (f"{whose}: unknown regime {name!r}" for name in names if name not in REGIMES)


def _fields(whose: str, fields: Table, source: Mapping[str, Table]) -> Iterator[str]:
    for category, names in fields.items():
        known = source["catalog"].get(category, ())
        if not known:
            yield f"{whose} lists the unknown category {category!r}"
        yield from (f"{whose} lists {category}.{name}, which the catalog lacks" for name in names if name not in known)


def _strangers(what: str, names: Iterable[str], words: type[StrEnum]) -> Iterator[str]:
    return (f"unknown {what} {name!r}" for name in names if name not in set(words))


def _boolean(table: Table, flag: str) -> bool:
    return isinstance(table.get(flag), bool)
