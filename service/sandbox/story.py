"""The story `make demo` tells, with the real requests and the real answers: permit, revoke, refuse, verify.

Each step states what must happen; when it does not, the story stops and says so.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from audit.verify.__main__ import main as verify
from policies.vocabulary import Agency, Role
from service.log_export import export_log
from service.sandbox.client import PartnerClient, Reply
from service.sandbox.setup import Plan

POLICY = "https://porchlight.example/consent/care-coordination/1"
CATEGORIES = ["ems.summary", "benefits.summary", "clinical.summary", "bh.summary"]
DOCUMENT = "6b0d4e0c8a4a4c1e4e1c7d1d0a2f3b5c9d8e7f60718293a4b5c6d7e8f9012345"
"""Stands for the hash of the signed form, which a later page produces."""

SHOWN = 14
"""How many entries of the log the story shows."""

Say = Callable[[str], None]


class NotAsPromised(Exception):
    """A step of the story did not go as promised."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The neighbor of the story (invented) and who works with them."""

    ids: dict[str, str]
    given: str
    family: str
    birth_date: str
    actors: dict[str, str]

    @classmethod
    def read(cls, county: Path) -> "Cast":
        """The cast that was written with the county, and HEART's privacy officer."""
        cast = cls(**json.loads((county / "gateway" / "cast.json").read_text()))
        roster = json.loads((county / "gateway" / "roster.json").read_text())
        officer = next(p["actor"] for p in roster if (p["agency"], p["role"]) == (Agency.HEART, Role.PRIVACY_OFFICER))
        return replace(cast, actors={**cast.actors, Role.PRIVACY_OFFICER: officer})


class Story:
    """Tells itself through `say`; raises NotAsPromised at the first broken promise."""

    def __init__(self, plan: Plan, base: str, database_url: str, say: Say) -> None:
        self._plan, self._base, self._database_url, self._say = plan, base, database_url, say
        self._cast = Cast.read(plan.county)

    async def tell(self) -> None:
        """From the first question to the verified log."""
        async with aiohttp.ClientSession() as http:
            self._say("[bold]1. HEART's system proves itself with its key and gets a token for one navigator[/bold]")
            scope = "query summary consent.read consent.write"
            navigator = await self._signed_in(http, Agency.HEART, Role.HEART_NAVIGATOR, scope)
            consent = await self._consent(navigator)
            disclosure = await self._permitted(navigator)
            await self._revoked(navigator, consent)
            await self._refused_alike(navigator)
            await self._verified(http, disclosure)

    async def _signed_in(self, http: aiohttp.ClientSession, agency: Agency, role: Role, scope: str) -> PartnerClient:
        client = PartnerClient(
            http, self._base, self._plan.partners, agency=agency, actor=self._cast.actors[role], role=role
        )
        reply = await client.authorise(scope)
        self._show("POST /oauth2/token", None, reply, ("token_type", "expires_in", "scope"))
        self._must(reply.status == HTTPStatus.OK, "a registered partner gets a token")
        return client

    async def _consent(self, navigator: PartnerClient) -> str:
        self._say("[bold]2. The neighbor signs: these four agencies may tell HEART these four things[/bold]")
        now = datetime.now(UTC)
        body = {
            "subject": self._subject(),
            "policy": POLICY,
            "signed_at": (now - timedelta(minutes=5)).isoformat(),
            "start": (now - timedelta(days=1)).date().isoformat(),
            "end": (now + timedelta(days=300)).date().isoformat(),
            "custodians": ["DSS", "ALLIANCE", "LINCOLN", "EMS"],
            "recipients": ["HEART"],
            "purposes": ["COC"],
            "categories": CATEGORIES,
            "initialled": ["benefits.summary"],
            "document_sha256": DOCUMENT,
        }
        reply = await navigator.post("/v1/consents", body)
        self._show("POST /v1/consents", body, reply, ("id", "status", "start", "end", "ends_at"))
        self._must(reply.status == HTTPStatus.CREATED, "the consent is recorded")
        return str(reply.body["id"])

    async def _permitted(self, navigator: PartnerClient) -> Any:  # noqa: ANN401  # a JSON document
        self._say("[bold]3. The navigator asks four agencies one question, and gets the minimum necessary[/bold]")
        reply = await navigator.post("/v1/queries", self._question())
        self._show("POST /v1/queries", self._question(), reply, ("items", "unavailable", "expires_at", "receipt"))
        self._must(
            reply.status == HTTPStatus.OK and len(reply.body["items"]) == len(CATEGORIES), "four agencies answer"
        )
        return reply.body

    async def _revoked(self, navigator: PartnerClient, consent: str) -> None:
        self._say("[bold]4. The neighbor takes the consent back. The same question, a moment later, is refused[/bold]")
        reply = await navigator.post(f"/v1/consents/{consent}/revoke")
        self._show("POST /v1/consents/{id}/revoke", None, reply, ("status", "revoked_at"))
        self._must(reply.status == HTTPStatus.OK, "the consent is revoked")

    async def _refused_alike(self, navigator: PartnerClient) -> None:
        refused = await navigator.post("/v1/queries", self._question())
        self._show("POST /v1/queries", None, refused, ("type", "title", "status", "detail", "instance"))
        self._must(refused.status == HTTPStatus.FORBIDDEN, "the revoked consent opens nothing")
        self._say("[bold]5. A person who does not exist is refused in exactly the same words[/bold]")
        nobody = {**self._question(), "subject": {"identifier": {"custodian": "EMS", "value": "EP00000000"}}}
        unknown = await navigator.post("/v1/queries", nobody)
        self._show("POST /v1/queries", None, unknown, ("type", "title", "status", "detail", "instance"))
        without = [{k: v for k, v in reply.body.items() if k != "instance"} for reply in (refused, unknown)]
        same = refused.status == unknown.status and without[0] == without[1] and _heads(refused) == _heads(unknown)
        self._must(same, "unknown and refused look alike: status, headers and body but for the query's own number")

    async def _verified(self, http: aiohttp.ClientSession, disclosure: Any) -> None:  # noqa: ANN401  # a JSON document
        self._say("[bold]6. The log shows all of it, and an outsider can check it[/bold]")
        officer = await self._signed_in(http, Agency.HEART, Role.PRIVACY_OFFICER, "audit.read")
        signed = await officer.get("/v1/audit/checkpoint")
        size = int(signed.body["checkpoint"].split("\n")[1])
        page = await officer.get(f"/v1/audit/entries?start={max(0, size - SHOWN)}&limit={SHOWN}")
        for logged in page.body["entries"]:
            entry = logged["entry"]
            self._say(
                f"   [dim]{logged['index']:>4}[/dim]  {entry['kind']:<16} {entry['outcome']:<14} {entry['actor']}"
            )
        vkey, proof = self._plan.directory / "log.vkey", self._plan.directory / "receipt.tlog-proof"
        vkey.write_text(signed.body["vkey"] + "\n")
        proof.write_text(disclosure["receipt"]["proof"])
        self._say(f"   $ python -m audit.verify receipt {_here(proof)} --vkey {_here(vkey)}")
        self._must(verify(["receipt", str(proof), "--vkey", str(vkey)]) == 0, "the receipt of step 3 holds, offline")
        exported = self._plan.directory / "log-export"
        self._say(f"   $ porchlight log export {_here(exported)}")
        self._say(f"   $ python -m audit.verify log {_here(exported)} --vkey {_here(vkey)}")
        await export_log(self._database_url, exported, vkey.read_text().strip())
        self._must(verify(["log", str(exported), "--vkey", str(vkey)]) == 0, "the whole log hashes to its signed root")

    def _subject(self) -> dict[str, Any]:
        return {"identifier": {"custodian": "EMS", "value": self._cast.ids["EMS"]}}

    def _question(self) -> dict[str, Any]:
        return {"subject": self._subject(), "purpose": "COC", "categories": CATEGORIES}

    def _show(self, request: str, body: object, reply: Reply, members: tuple[str, ...]) -> None:
        shown = {name: reply.body[name] for name in members if name in reply.body}
        self._say(f"   [cyan]{request}[/cyan]{'' if body is None else ' ' + _written(body)}")
        self._say(f"   [green]{reply.status}[/green] {_written(shown)}\n")

    def _must(self, holds: bool, promise: str) -> None:
        if not holds:
            raise NotAsPromised(promise)
        self._say(f"   [green]✓[/green] {promise}\n")


def _here(path: Path) -> str:
    return os.path.relpath(path)


def _heads(reply: Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers.items() if name.lower() != "date"}


def _written(document: object) -> str:
    """JSON as a person reads it: a short list on one line, and nothing that the console would take for markup."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text)
    return text.replace("\n", "\n   ").replace("[", r"\[")
