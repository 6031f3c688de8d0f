"""What may come in as a body: JSON, at most 1 MiB, not deep, no key twice. Checked before anything reads it (ASGI)."""

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import BadQuery, Problem, TooLarge, WrongMediaType

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 16


class StrictBody:
    """Middleware: reads a JSON body whole and within bounds, or answers with the problem. Forms pass by."""

    def __init__(self, app: ASGIApp, prefixes: tuple[str, ...] = ("/v1/", "/fhir/")) -> None:
        self._app, self._under = app, prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then hand the same bytes on."""
        if scope["type"] != "http" or not scope["path"].startswith(self._under) or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
            _check(scope, body)
        except Problem as problem:
            scope.setdefault("state", {})["body_problem"] = (
                problem  # the route's own guard raises it, once it knows who asks
            )
            body = b"{}"
        await self._app(scope, _replay(body, receive), send)


async def _read(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadQuery
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise TooLarge
    return bytes(body)


def _check(scope: Scope, body: bytes) -> None:
    if not body:
        return
    kind = dict(scope["headers"]).get(b"content-type", b"").split(b";")[0].strip().lower()
    if kind not in {b"application/json", b"application/fhir+json"}:
        raise WrongMediaType
    try:
        document = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadQuery("The body is not strict JSON: check for syntax, a key that stands twice, and depth.") from error
    if _depth(document) > MOST_DEPTH:
        raise BadQuery("The body is nested too deeply.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _no_constant(_name: str) -> None:
    raise ValueError


def _depth(value: object, at: int = 1) -> int:
    if at > MOST_DEPTH:
        return at
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(part, at + 1) for part in parts), default=at)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
