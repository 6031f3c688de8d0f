"""Lincoln Community Health Center's own system: a FHIR R4 server with US Core resources over HTTP.

    python -m service.county.systems.lincoln --county DIR --port N

`GET /fhir/metadata`, `GET /fhir/{Type}?...`, `GET /fhir/{Type}/{id}`, and `POST /fhir` with a batch of such searches.
Errors are OperationOutcomes. Only Patient can be searched for without naming a patient, a page at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import orjson

from service.connectors.fhir import MEDIA, Resource, each, first
from service.county.systems.lincoln_search import BadSearch, elements, matching, number, record_number
from service.county.systems.lincoln_store import Store
from service.county.systems.serving import App, Receive, Scope, Send, answer, arguments, body, serve

_PAGE = 100
_STATUS = {200: "200 OK", 400: "400 Bad Request", 404: "404 Not Found", 405: "405 Method Not Allowed"}


class Server:
    """What the FHIR server answers: (status, resource)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._types = frozenset(store.types())

    def get(self, base: str, path: str, asked: str) -> tuple[int, Resource]:
        """Answer a read or a search; `path` is below the base, `asked` the query string."""
        kind, _, key = path.partition("/")
        try:
            if path == "metadata":
                return 200, _capabilities(sorted(self._types))
            if kind not in self._types:
                return 404, _outcome("not-supported")
            if key:
                return self._read(kind, key)
            return 200, self._search(f"{base}/{kind}", asked)
        except BadSearch as problem:
            return 400, _outcome("invalid", str(problem))

    def batch(self, base: str, bundle: object) -> tuple[int, Resource]:
        """Answer every search of a batch, each by itself."""
        if first(bundle, "resourceType") != "Bundle" or first(bundle, "type") != "batch":
            return 400, _outcome("structure")
        entries = [self._entry(base, entry) for entry in each(bundle, "entry")]
        return 200, {"resourceType": "Bundle", "type": "batch-response", "timestamp": _now(), "entry": entries}

    def _entry(self, base: str, entry: object) -> Resource:
        path, _, asked = first(entry, "request", "url").partition("?")
        if first(entry, "request", "method") != "GET":
            return {"response": {"status": _STATUS[405], "outcome": _outcome("not-supported")}}
        status, resource = self.get(base, path, asked)
        held = {"resource": resource} if status == 200 else {}  # noqa: PLR2004
        outcome = {} if held else {"outcome": resource}
        return {**held, "response": {"status": _STATUS[status], **outcome}}

    def _read(self, kind: str, key: str) -> tuple[int, Resource]:
        mrn = record_number(kind, [("_id", key)]) or ""
        found = [resource for resource in self._store.of(mrn, kind) if first(resource, "id") == key]
        return (200, found[0]) if found else (404, _outcome("not-found"))

    def _search(self, url: str, asked: str) -> Resource:
        kind, params = url.rpartition("/")[2], parse_qsl(asked, keep_blank_values=True)
        start, count, mrn = number(params, "_offset", 0), number(params, "_count", _PAGE), record_number(kind, params)
        if mrn is not None:
            found = matching(self._store.of(mrn, kind), params)
            total, page = len(found), found[start : start + count]
        elif kind == "Patient":
            total, page = self._store.count(), matching(self._store.patients(start, count), params)
        else:
            raise BadSearch("patient")
        links = [{"relation": "self", "url": f"{url}?{asked}"}]
        if start + count < total:
            onward = [(name, value) for name, value in params if name != "_offset"]
            following = urlencode([*onward, ("_offset", str(start + count))])
            links.append({"relation": "next", "url": f"{url}?{following}"})
        return _searchset(url, links, [elements(resource, params) for resource in page], total)


def _searchset(url: str, links: Sequence[Resource], page: Sequence[Resource], total: int) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": _now(),
        "total": total,
        "link": links,
        "entry": [
            {"fullUrl": f"{url}/{resource['id']}", "resource": resource, "search": {"mode": "match"}}
            for resource in page
        ],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _outcome(code: str, location: str = "") -> Resource:
    where = {"expression": [location]} if location else {}
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, **where}]}


def _capabilities(types: Sequence[str]) -> Resource:
    interactions = [{"code": "read"}, {"code": "search-type"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-23",
        "kind": "instance",
        "implementation": {"description": "Lincoln Community Health Center, synthetic"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": "batch"}],
                "resource": [{"type": kind, "interaction": interactions} for kind in types],
            }
        ],
    }


def app(server: Server) -> App:
    """The ASGI application."""

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        status, resource = await _answered(server, scope, receive)
        await answer(send, status, MEDIA, orjson.dumps(resource))

    return ask


async def _answered(server: Server, scope: Scope, receive: Receive) -> tuple[int, Resource]:
    base, path = f"http://{_host(scope)}/fhir", scope["path"]
    if path == "/fhir" and scope["method"] == "POST":
        try:
            return server.batch(base, orjson.loads(await body(receive)))
        except orjson.JSONDecodeError:
            return 400, _outcome("structure")
    if path.startswith("/fhir/") and scope["method"] == "GET":
        return server.get(base, path.removeprefix("/fhir/"), scope["query_string"].decode("latin-1"))
    return 405 if path.startswith("/fhir") else 404, _outcome("not-supported")


def _host(scope: Scope) -> str:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    return headers.get(b"host", b"127.0.0.1").decode("latin-1")


if __name__ == "__main__":
    chosen = arguments(__doc__)
    serve(app(Server(Store(chosen.county / "lincoln"))), chosen.port, "/fhir")
