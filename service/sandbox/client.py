"""A partner system's side of the wire: sign an assertion, get a token, ask. What a partner's own code would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from policies.vocabulary import Agency, Role
from service.identity.assertion import ASSERTION_TYPE, client_assertion
from service.sandbox.partners import client_id, key_of


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: status, headers and JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any  # JSON of the contract's shapes


class PartnerClient:
    """One agency's system acting for one person. `base` is the gateway's URL; `partners` holds the keys."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, partners: Path, *, agency: Agency, actor: str, role: Role
    ) -> None:
        self._http, self._base = http, base
        self._key, self._client = key_of(partners, agency), client_id(agency)
        self._actor, self._role = actor, role
        self.token = ""

    async def authorise(self, scope: str) -> Reply:
        """Get an access token for `scope` and keep it."""
        endpoint = f"{self._base}/oauth2/token"
        assertion = client_assertion(self._client, self._key, endpoint, self._actor, self._role, datetime.now(UTC))
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": scope,
        }
        async with self._http.post(endpoint, data=form) as response:
            reply = Reply(response.status, dict(response.headers), await response.json(content_type=None))
        self.token = str(reply.body.get("access_token", ""))
        return reply

    async def post(self, path: str, body: object = None) -> Reply:
        """POST a JSON body."""
        return await self._send("POST", path, json=body if body is not None else {})

    async def get(self, path: str) -> Reply:
        """GET a document."""
        return await self._send("GET", path)

    async def _send(self, method: str, path: str, **more: object) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.request(method, self._base + path, headers=headers, **more) as response:  # type: ignore[arg-type]  # json=
            return Reply(response.status, dict(response.headers), await response.json(content_type=None))
