"""Every example beside the contract is sent to the real gateway, and answered as it says."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from policies.vocabulary import Agency, Role
from service.api.contract import operations
from service.gateway.query import Query
from service.problems import Problem
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Gate, running
from tests.integration.wires import Wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLDER = Path(__file__).parents[2] / "openapi" / "examples"
EXAMPLES = sorted(file.stem for file in FOLDER.glob("*.json"))
NEVER_ANSWERED = {"too-many-requests", "conflict"}
"""No route limits anybody yet; and two changes of one consent wait for each other, so that neither conflicts."""


def read(name: str) -> JSON:
    return dict(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_gateway_answers_the_example_as_it_says(gate: Gate, agree: Agree, name: str) -> None:
    example = read(name)
    given = example.get("given", {})
    consent = await agree(**given["consent"]) if "consent" in given else {"id": ""}
    directive = await _on_file(gate, given.get("directive"))
    async with SITUATIONS[given.get("situation", "usual")](gate) as answering:
        stand_ins = await _stand_ins(answering, consent["id"]) | {"d-" + "1" * 32: directive}
        request = _filled(example["request"], stand_ins)
        answer = await _sent(answering, request, example.get("caller"))
        if (example["operation"], answer.status_code) == ("record", 201):
            writer = await answering.caller(Role.HEART_NAVIGATOR)
            await writer.post(f"/v1/consents/{answer.json()['id']}/revoke")
    assert answer.status_code == example["response"]["status"]
    seen = answer.json() if "json" in answer.headers["content-type"] else answer.text
    assert list(_differences(example["response"]["body"], seen, example.get("varies", []))) == []


async def test_every_operation_has_an_example_and_every_problem_too(gate: Gate) -> None:
    shown = {example["operation"] for example in map(read, EXAMPLES)}
    assert {operation["operationId"] for _, _, operation in operations(gate.app.openapi())} - shown == set()
    bodies = [read(name)["response"]["body"] for name in EXAMPLES]
    problems = {body.get("type", "") for body in bodies if isinstance(body, dict)}
    slugs = {Problem.slug, *(problem.slug for problem in Problem.__subclasses__())}
    assert {f"/problems/{slug}" for slug in slugs - NEVER_ANSWERED} - problems == set()


async def test_a_member_that_differs_is_noticed() -> None:
    there = {"a": [{"b": 1, "c": "x"}], "d": None}
    assert list(_differences(there, {"a": [{"b": 2, "c": "x"}], "d": None}, ["/a/*/b"])) == []
    assert list(_differences(there, {"a": [{"b": "2", "c": "x"}], "d": None}, ["/a/*/b"])) == ["/a/0/b"]
    assert list(_differences(there, {"a": [{"b": 2, "c": "x"}], "d": None}, [])) == ["/a/0/b"]
    assert list(_differences(there, {"a": [], "d": None}, ["/a/*/b"])) == ["/a"]
    assert list(_differences(there, {"a": [{"b": 1}], "d": None, "e": 1}, [])) == ["/a/0", ""]


@asynccontextmanager
async def _usual(gate: Gate) -> AsyncIterator[Gate]:
    yield gate


@asynccontextmanager
async def _without_the_database(gate: Gate) -> AsyncIterator[Gate]:
    async with Wire(gate.county.settings.database_url).laid() as wire:
        changed = gate.county.settings.model_copy(update={"database_url": wire.url})
        async with running(gate.county, changed) as other:
            await other.caller(Role.HEART_NAVIGATOR)
            wire.cut()
            yield other


@asynccontextmanager
async def _without_the_policy_engine(gate: Gate) -> AsyncIterator[Gate]:
    changed = gate.county.settings.model_copy(update={"opa_url": "http://127.0.0.1:9"})
    async with running(gate.county, changed) as other:
        yield other


@asynccontextmanager
async def _with_a_fault_of_its_own(gate: Gate) -> AsyncIterator[Gate]:
    class Broken:
        async def resolve(self, query: Query) -> None:
            raise ZeroDivisionError

    usual = gate.house
    gate.app.state.gateway = replace(usual, gateway=replace(usual.gateway, subjects=Broken()))
    try:
        yield gate
    finally:
        gate.app.state.gateway = usual


SITUATIONS: dict[str, Callable[[Gate], AbstractAsyncContextManager[Gate]]] = {
    "usual": _usual,
    "the database is gone": _without_the_database,
    "the policy engine is gone": _without_the_policy_engine,
    "a fault of the gateway's own": _with_a_fault_of_its_own,
}


async def _stand_ins(gate: Gate, consent: str) -> dict[str, str]:
    """What the examples' stand-ins stand for in this county: nobody's name or number is in an example."""
    cast, actor = gate.county.cast, gate.county.cast["actors"]["heart_navigator"]
    form = gate.token_form(Role.HEART_NAVIGATOR, "query", actor, Agency.HEART)
    people = {f"EXAMPLE-{agency}-1": local_id for agency, local_id in cast["ids"].items()}
    named = {"Example": cast["given"], "Person": cast["family"], "2000-01-01": cast["birth_date"]}
    return people | named | {"c-" + "1" * 32: consent, "EXAMPLE-ASSERTION": form["client_assertion"]}


async def _on_file(gate: Gate, directive: JSON | None) -> str:
    """A directive about the familiar neighbor, for the example to withdraw; its id."""
    if directive is None:
        return ""
    writer = await gate.caller(Role.HEART_NAVIGATOR)
    answer = await writer.post("/v1/directives", {"subject": gate.county.named_by(Agency.EMS)} | directive)
    return str(answer.json()["id"])


def _filled(request: JSON, stand_ins: dict[str, str]) -> JSON:
    """The request, with every whole word that stands for something replaced."""
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, stand_ins)) + r")(?![\w-])")
    return dict(json.loads(pattern.sub(lambda found: stand_ins[found[1]], json.dumps(request))))


async def _sent(gate: Gate, request: JSON, caller: JSON | None) -> httpx.Response:
    headers = dict(request.get("headers", {}))
    if caller:
        agency = Agency(caller["agency"]) if "agency" in caller else None
        headers |= (await gate.caller(Role(caller["role"]), *caller["scopes"], agency=agency)).headers
    if "form" in request:
        return await gate.http.request(request["method"], request["path"], data=request["form"], headers=headers)
    content = request.get("text", json.dumps(request["body"]) if "body" in request else "")
    headers = {"content-type": "application/json"} | headers if content else headers
    padded = content.encode() + b" " * request.get("padding", 0)
    return await gate.http.request(request["method"], request["path"], content=padded, headers=headers)


def _differences(said: Any, seen: Any, varies: list[str], at: str = "") -> Any:
    """Where the answer is not as the example says; where it varies, only its JSON type counts."""
    if any(re.fullmatch(pointer.replace("*", "[^/]+"), at) for pointer in varies):
        if type(said) is not type(seen):
            yield at
    elif isinstance(said, dict) and isinstance(seen, dict):
        for name in said.keys() & seen.keys():
            yield from _differences(said[name], seen[name], varies, f"{at}/{name}")
        if said.keys() != seen.keys():
            yield at
    elif isinstance(said, list) and isinstance(seen, list) and len(said) == len(seen):
        for place, (one, other) in enumerate(zip(said, seen, strict=True)):
            yield from _differences(one, other, varies, f"{at}/{place}")
    elif said != seen:
        yield at
