"""The rules evaluated by an OPA server, through opa-python-client, hardened.

The client as it comes retries a 500 three times and has no outer deadline; an undefined rule comes back as
`{}`. Here: no retries, one deadline, fail fast while the server is known to be down, and `parse` refuses the rest.
"""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import orjson
from aiohttp import ClientError
from opa_client.errors import ConnectionsError
from opa_client.opa_async import AsyncOpaClient

from policies.bundle import ENTRYPOINT
from policies.decision import Decision, PolicyError, parse
from policies.request import Request, RequestInvalid

DEADLINE_SECONDS = 0.3
OPEN_AFTER, OPEN_SECONDS = 5, 1.0

FAULTS = (TimeoutError, ClientError, ConnectionsError, OSError, ValueError, RecursionError)
"""All that a dead, slow or mad server makes the client raise; RecursionError is JSON nested without end."""


class ServerEngine:
    """An OPA server at `url`, expected to serve the bundle of `revision`."""

    name = "opa"

    def __init__(
        self,
        url: str,
        revision: str,
        deadline: float = DEADLINE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        where = urlsplit(url)
        self.revision = revision
        self._deadline = deadline
        self._monotonic = monotonic
        self._failures, self._closed_until = 0, 0.0
        secure = where.scheme == "https"
        port = where.port or (443 if secure else 8181)
        self._client = AsyncOpaClient(where.hostname or "localhost", port, ssl=secure, retries=0, timeout=deadline)

    async def open(self) -> None:
        """Open the client's session; it must live inside the running loop."""
        await self._client.__aenter__()

    async def close(self) -> None:
        """Close the client's session."""
        await self._client.__aexit__(None, None, None)

    async def ready(self) -> bool:
        """Does the server serve the revision we expect?"""
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._client.query_rule({}, "tables", "revision")
        except FAULTS:
            return False
        return isinstance(answer, dict) and answer.get("result") == self.revision

    async def decide(self, request: Request) -> Decision:
        """The decision, within the deadline; PolicyError otherwise."""
        if self._monotonic() < self._closed_until:
            raise PolicyError("the OPA server is failing; not asked")
        try:
            question = orjson.loads(request.canonical())
        except RequestInvalid as error:  # the asker's fault: it says nothing about the server
            raise PolicyError("the question cannot be put to the rules") from error
        try:
            decision = parse(await self._asked(question), request, self.revision)
        except PolicyError:
            self._fail()
            raise
        self._failures = 0
        return decision

    async def _asked(self, question: dict[str, object]) -> object:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._client.query_rule(question, *ENTRYPOINT.rsplit("/", 1))
        except FAULTS as error:
            raise PolicyError("the OPA server gave no decision") from error
        return answer.get("result") if isinstance(answer, dict) else None

    def _fail(self) -> None:
        self._failures += 1
        if self._failures >= OPEN_AFTER:
            self._failures, self._closed_until = 0, self._monotonic() + OPEN_SECONDS
