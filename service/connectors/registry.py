"""Which custodians can be asked: every module under `agencies/` named after an agency that has a URL.

Adding a custodian is adding a file. Victim-service providers are never connected, not even by configuration:
34 USC 12291(b)(2) forbids it whatever the encoding.
"""

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module, resources
from types import ModuleType

from policies.vocabulary import Agency, Category
from service.connectors import agencies
from service.connectors.http import Http
from service.gateway.ports import Clock, Connector, Fields

NEVER = frozenset({Agency.VSP})


class NotConnectable(Exception):
    """The configuration asks for a custodian that cannot or must not be connected."""


def modules() -> Mapping[Agency, ModuleType]:
    """The agency modules there are, by custodian. Raises `NotConnectable` for one that must not be."""
    found = {}
    for module in pkgutil.iter_modules(agencies.__path__):
        custodian = Agency[module.name.upper()]
        _refuse_never(custodian)
        found[custodian] = import_module(f"{agencies.__name__}.{module.name}")
    return found


def connectors(urls: Mapping[Agency, str], http: Http, clock: Clock) -> tuple[Connector, ...]:
    """A connector for every custodian with a URL. Raises `NotConnectable`; contacts nobody."""
    for custodian in urls:
        _refuse_never(custodian)
    there = modules()
    if missing := urls.keys() - there.keys():
        raise NotConnectable(f"no connector for {', '.join(sorted(missing))}")
    return tuple(_checked(custodian, there[custodian].connect(url, http, clock)) for custodian, url in urls.items())


def _refuse_never(custodian: Agency) -> None:
    if custodian in NEVER:
        raise NotConnectable(f"{custodian} never connects")


def _checked(custodian: Agency, connector: Connector) -> Connector:
    if connector.custodian is not custodian:
        raise NotConnectable(f"the connector for {custodian} speaks for {connector.custodian}")
    if unknown := _outside_catalog(connector.offers):
        raise NotConnectable(f"{custodian} offers what the catalog does not know: {', '.join(unknown)}")
    return connector


def _outside_catalog(offers: Fields) -> list[str]:
    known = catalog()
    return sorted(
        f"{where}/{name}" for where, names in offers.items() for name in names - known.get(where, frozenset())
    )


@cache
def catalog() -> Fields:
    """Every field there is, by category (`policies/data/catalog.json`)."""
    text = resources.files("policies").joinpath("data", "catalog.json").read_text("utf-8")
    return {Category(category): frozenset(names) for category, names in json.loads(text).items()}
