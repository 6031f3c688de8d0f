"""`POST /v1/queries` and `POST /v1/summaries`: a question in, a disclosure or one plain refusal out."""

import asyncio
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Annotated

import orjson
from fastapi import APIRouter, Request, Response

from policies.tables import catalog, profile
from policies.vocabulary import Agency, Category, Purpose
from service.api.asking import asker_of, asking
from service.api.contract import may_refuse
from service.api.house import House, TheHouse
from service.api.schemas import DisclosureDocument, QueryBody, SummaryBody
from service.gateway.answer import answer
from service.gateway.ports import Fields
from service.gateway.query import Emergency, Item, Query
from service.gateway.release import Disclosure
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import AccessDenied, BadQuery

router = APIRouter(tags=["queries"])

ASKED = may_refuse(400, 401, 403, 413, 415, 503)


@router.post("/v1/queries", response_model=DisclosureDocument, responses=ASKED, summary="Ask about one person")
async def ask(
    body: QueryBody, request: Request, house: TheHouse, bearer: Annotated[Bearer, asking(Scope.QUERY)]
) -> Response:
    """Fields of one person from the custodians that may share them for this purpose."""
    return await _answered(body, asked_items(body, house.sources.offers), request, house, bearer)


@router.post(
    "/v1/summaries", response_model=DisclosureDocument, responses=ASKED, summary="Ask for a cross-agency summary"
)
async def summarise(
    body: SummaryBody, request: Request, house: TheHouse, bearer: Annotated[Bearer, asking(Scope.SUMMARY)]
) -> Response:
    """Everything the acting role has a profile for, from every custodian."""
    items = _items(profile(bearer.role), house.sources.offers, None)
    return await _answered(body, items, request, house, bearer)


async def _answered(
    body: QueryBody | SummaryBody, items: tuple[Item, ...], request: Request, house: House, bearer: Bearer
) -> Response:
    query = Query(
        id=f"q-{uuid.uuid4().hex}",
        asker=asker_of(bearer, _registered(bearer, body.purpose, house)),
        subject=body.subject.claim(),
        purpose=body.purpose,
        items=items,
        received_at=house.clock(),
        emergency=body.emergency.emergency() if body.emergency else Emergency(),
    )
    request.state.query = query.id
    began = time.monotonic()
    try:
        disclosure = await answer(query, house.gateway)
    except AccessDenied:
        await asyncio.sleep(_until_the_floor(time.monotonic() - began, house.refusal_floor))
        raise
    return Response(orjson.dumps(document(disclosure)), media_type="application/json", headers=NO_STORE)


NO_STORE = {"Cache-Control": "no-store"}


def _registered(bearer: Bearer, purpose: Purpose, house: House) -> bool:
    """Does the partner's own agreement cover this purpose, whatever its role may ask for?"""
    partner = house.partners.find(bearer.partner)
    return partner is not None and purpose in partner.purposes


def _until_the_floor(spent: float, floor: float) -> float:
    """Refusals leave on a beat, so that their time does not tell why: the wait to the next multiple of the floor."""
    return floor - spent % floor if floor else 0.0


def asked_items(body: QueryBody, offers: Mapping[Agency, Fields]) -> tuple[Item, ...]:
    """What a body asks, as items. Raises BadQuery."""
    return _items(_asked(body), offers, body.custodians)


def _asked(body: QueryBody) -> Fields:
    """The fields asked by category. Raises BadQuery for a field the catalog lacks (45 CFR 164.514(d)(5): no `*`)."""
    if body.fields is None:
        return {category: catalog().get(category, NONE_LISTED) for category in body.categories or ()}
    asked = {category: frozenset(names) for category, names in body.fields.items()}
    if any(not names or not names <= catalog().get(category, NONE_LISTED) for category, names in asked.items()):
        raise BadQuery("A field is asked that its category does not have. The catalog is at /v1/catalog.")
    return asked


NONE_LISTED = frozenset({"unlisted"})
"""What a category without a catalog entry (a hard block) is asked for, so that the rules refuse it by name."""


def _items(wanted: Fields, offers: Mapping[Agency, Fields], custodians: Iterable[Agency] | None) -> tuple[Item, ...]:
    """Each (custodian, category) once. Unless custodians are named: those that offer something of what is asked."""
    named = list(dict.fromkeys(custodians)) if custodians is not None else None
    items = [
        Item(custodian, category, fields)
        for category in wanted
        for custodian in (named if named is not None else offers)
        if (fields := _offered(wanted[category], offers.get(custodian, {}).get(category), named is not None))
    ]
    if not items:
        raise BadQuery("No connected custodian holds what is asked. The catalog is at /v1/catalog.")
    return tuple(items)


def _offered(asked: frozenset[str], offered: frozenset[str] | None, named: bool) -> frozenset[str]:
    if offered is not None:
        return asked & offered
    return asked if named else frozenset()


def document(disclosure: Disclosure) -> dict[str, object]:
    """The wire form. Raises ValueError for a disclosure without a receipt: it may not leave."""
    receipt = disclosure.receipt
    if receipt is None:
        raise ValueError("a disclosure without a receipt does not leave")
    return {
        "query": disclosure.query,
        "items": disclosure.items,
        "unavailable": disclosure.unavailable,
        "notices": disclosure.notices,
        "consents": disclosure.consents,
        "obligations": disclosure.obligations,
        "expires_at": disclosure.expires_at,
        "policy_revision": disclosure.revision,
        "receipt": {
            "index": receipt.index,
            "tree_size": receipt.tree_size,
            "proof": receipt.tlog_proof(),
        },
    }


@router.get("/v1/catalog", summary="What may be asked for")
async def the_catalog() -> dict[Category, list[str]]:
    """Every category with its fields: the only names a query may use."""
    return {category: sorted(fields) for category, fields in catalog().items()}
