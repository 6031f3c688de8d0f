"""What a consent that names the asker reaches: custodians times categories, one rectangle at a time. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache

from consent.faults import whole
from consent.model import Consent, Grant, Programme
from consent.period import carried
from policies import tables
from policies.vocabulary import Agency, Category, Purpose

Items = Iterable[tuple[Agency, Category]]
Rectangle = tuple[bool, tuple[str, ...], tuple[str, ...]]
"""Is the purpose covered, from which custodians, which categories: each of those from each of these."""


def reached(consent: Consent, asked: tuple[Agency, Purpose, Items], today: date) -> list[Rectangle]:
    """The rectangles that bear on the question (recipient, purpose, items). At most one per set of custodians."""
    recipient, purpose, items = asked
    pairs = frozenset(items)
    merged: dict[tuple[bool, frozenset[Agency]], frozenset[Category]] = {}
    for grant in consent.grants or (whole(consent),):
        if recipient not in grant.recipients:
            continue
        for sources, categories in _parts(consent, grant, today):
            bearing = sources & {custodian for custodian, _ in pairs}
            key = (purpose in grant.purposes & consent.purposes, bearing)
            wanted = categories & {category for _, category in pairs}
            merged[key] = merged.get(key, frozenset()) | wanted
    return [(covered, tuple(sorted(s)), tuple(sorted(c))) for (covered, s), c in merged.items()]


def _parts(consent: Consent, grant: Grant, today: date) -> Iterator[tuple[frozenset[Agency], frozenset[Category]]]:
    """A custodian limited to some of its programmes stands apart, with only what those programmes hold."""
    categories = carried(grant.categories & consent.agreed, consent.data_period, today)
    custodians = grant.custodians & consent.custodians
    limited = {p.agency for p in consent.custodian_programmes} & custodians
    if custodians - limited or not limited:
        yield custodians - limited, categories
    for custodian in sorted(limited):
        yield frozenset({custodian}), categories & _held_by(consent, custodian)


def _held_by(consent: Consent, custodian: Agency) -> frozenset[Category]:
    """What the named programmes of a custodian hold; an unknown one holds nothing."""
    named = consent.custodian_programmes & programmes().keys()
    return frozenset(category for p in named if p.agency is custodian for category in programmes()[p])


@cache
def programmes() -> Mapping[Programme, frozenset[Category]]:
    """The programmes of custodians and the categories each holds, as the policy officers' tables have them."""
    known = tables.read()["programmes"]
    return {
        Programme(Agency(agency), name): frozenset(Category(c) for c in programme["categories"])
        for agency, named in known.items()
        for name, programme in named.items()
    }
