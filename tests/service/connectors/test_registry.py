"""Which custodians can be asked, and which never."""

from types import SimpleNamespace

import pytest

from policies.vocabulary import Agency, Category
from service.connectors import registry
from service.connectors.http import Http
from service.connectors.registry import NotConnectable, catalog, connectors, modules
from tests.service.connectors.stages import CUSTODIANS, clock

URLS = {Agency.EMS: "http://x/pcr", Agency.LINCOLN: "http://x/fhir"}


def test_every_module_under_agencies_is_found_under_its_name() -> None:
    assert set(modules()) == set(CUSTODIANS)


def test_no_connector_offers_what_the_catalog_does_not_know() -> None:
    for module in modules().values():
        assert all(names <= catalog()[category] for category, names in module.OFFERS.items())


async def test_connectors_come_in_the_order_of_their_urls(http: Http) -> None:
    assert [connector.custodian for connector in connectors(URLS, http, clock)] == list(URLS)


@pytest.mark.parametrize("custodian", [Agency.VSP, Agency.JUSTICE])
async def test_a_custodian_that_never_connects_or_has_no_connector_is_refused(http: Http, custodian: Agency) -> None:
    with pytest.raises(NotConnectable, match=custodian):
        connectors({**URLS, custodian: "http://x/"}, http, clock)


def test_not_even_a_module_may_bring_in_a_victim_service_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pkgutil.iter_modules", lambda _: [SimpleNamespace(name="vsp")])
    with pytest.raises(NotConnectable):
        modules()


async def test_not_even_a_url_may_reach_a_victim_service_provider(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    there = SimpleNamespace(connect=lambda *_: SimpleNamespace(custodian=Agency.VSP, offers={}))
    monkeypatch.setattr(registry, "modules", lambda: {Agency.VSP: there})
    with pytest.raises(NotConnectable):
        connectors({Agency.VSP: "http://x/"}, http, clock)


@pytest.mark.parametrize(
    ("custodian", "offers"),
    [
        (Agency.DSS, {}),
        (Agency.EMS, {Category.CONTACT: frozenset({"phone", "race"})}),
        (Agency.EMS, {Category.PSYCHOTHERAPY_NOTES: frozenset({"notes"})}),
    ],
)
async def test_a_connector_that_claims_too_much_is_refused(
    http: Http,
    monkeypatch: pytest.MonkeyPatch,
    custodian: Agency,
    offers: dict[Category, frozenset[str]],
) -> None:
    claiming = SimpleNamespace(custodian=custodian, offers=offers)
    monkeypatch.setattr(registry, "modules", lambda: {Agency.EMS: SimpleNamespace(connect=lambda *_: claiming)})
    with pytest.raises(NotConnectable):
        connectors({Agency.EMS: "http://x/"}, http, clock)
