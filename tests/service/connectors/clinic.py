"""A FHIR server of resources written by hand that remembers what it was asked."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web

from policies.vocabulary import Category
from service.connectors.agencies.lincoln import MRN, OFFERS, connect
from service.connectors.fhir import each, first
from service.connectors.http import Http
from service.gateway.ports import Answer, Fields, Value, Wanted
from tests.service.connectors.stages import clock

Json = dict[str, Any]  # a FHIR document, written by hand
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p7",
    "identifier": [{"system": MRN, "value": "M-7"}],
    "name": [{"use": "official", "given": ["Ada", "B"], "family": "Doe"}],
    "telecom": [{"system": "phone", "value": "919-555-0100"}],
    "address": [{"postalCode": "27701-1234"}],
    "extension": [{"url": "us-core-race", "valueString": "told to nobody"}],
}


class Clinic:
    """A FHIR server with one patient."""

    def __init__(self, http: Http) -> None:
        self.http, self.url = http, ""
        self.patients, self.resources, self.asked = [PATIENT], list[Json](), list[list[str]]()

    def holds(self, *resources: Mapping[str, object], whose: str = "Patient/p7") -> None:
        for resource in resources:
            who = {"reference": whose}
            owner = {"participant": [{"actor": who}]} if resource["resourceType"] == "Appointment" else {"subject": who}
            self.resources.append({**resource, **owner})

    async def serve(self, request: web.Request) -> web.Response:
        urls = [str(url) for url in each(await request.json(loads=orjson.loads), "entry", "request", "url")]
        self.asked.append(urls)
        body = {"resourceType": "Bundle", "type": "batch-response", "entry": [self._entry(url) for url in urls]}
        return web.Response(body=orjson.dumps(body), content_type="application/fhir+json")

    def _entry(self, url: str) -> Json:
        kind, _, query = unquote(url).partition("?")
        listed = self.patients if kind == "Patient" else self.resources
        held = [r for r in listed if r["resourceType"] == kind and _codes_asked(query, r)]
        entries = [{"resource": r, "search": {"mode": "match"}} for r in held]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        return {"resource": bundle, "response": {"status": "200 OK"}}

    async def answer(self, wanted: Fields = OFFERS, local_id: str = "M-7") -> Answer:
        return await connect(self.url, self.http, clock).fetch(Wanted(local_id, wanted), 5)

    async def told(self, category: Category) -> Mapping[str, Value]:
        return (await self.answer()).values.get(category, {})


def _codes_asked(query: str, resource: Json) -> bool:
    asked = next((part.removeprefix("code=").split(",") for part in query.split("&") if part.startswith("code=")), None)
    concept = resource.get("code") or resource.get("medicationCodeableConcept")
    return asked is None or any(f"{first(c, 'system')}|{first(c, 'code')}" in asked for c in each(concept, "coding"))
