"""The contract: what the OpenAPI document says beyond what the routes' types say by themselves."""

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from service.api.schemas import ProblemDocument
from service.problems import Problem

Json = dict[str, Any]  # OpenAPI's own shape

PROBLEM = "application/problem+json"
ABOUT = """\
Every error is an RFC 9457 problem, `Cache-Control: no-store`, whose `type` is a stable slug. The one refusal about a
person, `access-denied`, is the same for no consent, no such person, no record there and a closed custodian.
An address or a method that the contract does not have answers 404 `not-found`, whatever the method: there is no 405.
Bodies are strict JSON, at most 1 MiB and 16 levels deep, with no member twice and none that is not listed.
A stranger's request is answered 401 before anything is said about its body.
"""


def may_refuse(*statuses: int) -> dict[int | str, Json]:
    """What a route may answer besides its own document; anything may also fail with 500."""
    return {status: _refusal(status) for status in (*statuses, Problem.status)}


def operation_id(route: APIRoute) -> str:
    """The route's own name: `ask`, `revoke`."""
    return route.name


def described(app: FastAPI) -> Callable[[], Json]:
    """The application's `openapi`, with FastAPI's own 422 taken out: here a body that does not fit is a 400."""
    generated = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = generated()
            document["info"]["description"] = ABOUT
            schemas = document["components"]["schemas"]
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
            for _, _, operation in operations(document):
                operation["responses"].pop("422", None)
        return app.openapi_schema or {}

    return openapi


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Each (path, method, operation) of a contract."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def with_examples(document: Json, folder: Path) -> Json:
    """The contract with every `*.json` of `folder` shown at the operation it asks, request and answer."""
    shown = {operation["operationId"]: operation for _, _, operation in operations(document)}
    for file in sorted(folder.glob("*.json")):
        example = json.loads(file.read_text("utf-8"))
        operation = shown.get(example["operation"])
        if operation is not None:
            _show_at(operation, file.stem, example)
    return document


def _show_at(operation: Json, name: str, example: Json) -> None:
    request, answer = example["request"], example["response"]
    sent = request.get("body", request.get("form"))
    if sent is not None:
        _show(operation["requestBody"], name, example["title"], sent)
    _show(operation["responses"][str(answer["status"])], name, example["title"], answer["body"])


def _show(place: Json, name: str, title: str, value: object) -> None:
    for content in place["content"].values():
        content.setdefault("examples", {})[name] = {"summary": title, "value": value}


def _refusal(status: int) -> Json:
    problems = [problem for problem in _problems() if problem.status == status]
    return {
        "description": " ".join(f"`{p.slug}`: {p.title}." for p in problems) or HTTPStatus(status).phrase,
        "content": {
            PROBLEM: {
                "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                "examples": {p.slug: {"value": _sample(p())} for p in problems},
            }
        },
    }


def _problems() -> list[type[Problem]]:
    return [Problem, *Problem.__subclasses__()]


def _sample(problem: Problem) -> Mapping[str, object]:
    return problem.document(f"/v1/queries/q-{'0' * 32}")
