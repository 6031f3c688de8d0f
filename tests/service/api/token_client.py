"""A partner calling a gateway that has nothing but the token endpoint."""

from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from service.api.tokens import router
from service.identity.assertion import ASSERTION_TYPE
from service.problems import Problem

FORM = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "scope": "query"}


class Client:
    """A partner calling a gateway."""

    def __init__(self, world: Any) -> None:
        app = FastAPI()
        app.include_router(router)
        app.state.gateway = world
        app.add_exception_handler(Problem, problem)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://gateway.test")

    async def ask(self, token: str, **changes: str | None) -> httpx.Response:
        form = {
            name: value for name, value in (FORM | {"client_assertion": token} | changes).items() if value is not None
        }
        return await self.http.post("/oauth2/token", data=form)

    async def send(self, body: bytes, kind: str = "application/x-www-form-urlencoded") -> httpx.Response:
        return await self.http.post("/oauth2/token", content=body, headers={"Content-Type": kind})


async def problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return JSONResponse(error.document("/x"), error.status)
