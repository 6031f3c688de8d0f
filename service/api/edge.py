"""The outermost layer of every answer (ASGI): a count, `no-store`, and a plain problem where a stack would be.

Starlette's own last resort answers and then raises again, so that the server prints the stack: values with it.
"""

import asyncio
import time

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.health import ANSWERED, SECONDS
from service.api.refusals import unexpected

NOBODYS = "none"
"""The route of a request that no route took. Its path is not told: a stranger chose it."""

log = structlog.get_logger()


class Edge:
    """Middleware around everything, added last."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        """`seconds` is the longest that anything may take: a database that hangs, a body that never ends."""
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and see to how it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer, began = _Answer(scope, send), time.perf_counter()
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001  # whatever it was, the caller gets a problem and nobody a stack
            await self._failed(scope, receive, answer, error)
        route = getattr(scope.get("route"), "path", NOBODYS)
        ANSWERED.labels(route, str(answer.status or "broken")).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)

    async def _failed(self, scope: Scope, receive: Receive, answer: "_Answer", error: Exception) -> None:
        if answer.status is None:
            response = await unexpected(Request(scope, receive), error)
            await response(scope, receive, answer)
        else:
            log.error("answer_broken", error=type(error).__name__)  # the server closes what was begun


class _Answer:
    """Where the application sends to: notes the status, and keeps what `/v1` answers out of every cache."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.status: int | None = None
        self._closed, self._send = scope["path"].startswith("/v1/"), send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            named = {name.lower() for name, _ in message["headers"]}
            if self._closed and b"cache-control" not in named:
                message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
        await self._send(message)
