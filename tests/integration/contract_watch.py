"""Every answer that any end-to-end test gets is held against the contract, beside what the test itself asserts."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import BaseModel

from service.api.contract import PROBLEM, operations


class ContractWatch:
    """An httpx hook: an operation answers only statuses, types and members that the contract has; all else is 404."""

    def __init__(self, app: FastAPI) -> None:
        document = app.openapi()
        self._operations = [
            (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation)
            for path, method, operation in operations(document)
        ]

    async def __call__(self, response: httpx.Response) -> None:
        await response.aread()
        if response.request.url.path == "/openapi.json":
            return
        operation = self._asked(response.request)
        if operation is None:
            assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
        else:
            _hold(response, operation)

    def _asked(self, request: httpx.Request) -> dict[str, Any] | None:
        found = [
            o for method, path, o in self._operations if method == request.method and path.fullmatch(request.url.path)
        ]
        return found[0] if found else None


def _hold(response: httpx.Response, operation: dict[str, Any]) -> None:
    documented = operation["responses"].get(str(response.status_code))
    assert documented, f"{operation['operationId']} does not document {response.status_code}"
    kind = response.headers["content-type"].split(";")[0]
    assert kind in documented["content"], f"{operation['operationId']} does not document {kind}"
    model = _model(documented["content"][kind].get("schema", {}).get("$ref", ""))
    if model:
        model.model_validate_json(response.content, extra="forbid")


def _model(reference: str) -> type[BaseModel] | None:
    name = reference.rpartition("/")[2]
    found = [model for model in _documents(BaseModel) if model.__name__ == name]
    assert not name or len(found) == 1, f"{name} is not one document"
    return found[0] if found else None


def _documents(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every body and document of the API."""
    for model in base.__subclasses__():
        if model.__module__.startswith("service.api."):
            yield model
        yield from _documents(model)
