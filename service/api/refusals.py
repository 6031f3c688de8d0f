"""Every error leaves through here: one problem document, one entry wherever an asker is known, nothing echoed."""

import uuid
from collections.abc import Mapping
from functools import cache

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from audit.canonical import EntryInvalid
from audit.entry import Entry, Kind
from audit.refusals import Duplicate, GuardRefused, LedgerDown
from service.api.house import House, house_of
from service.api.schemas import Strict
from service.identity.tokens import Bearer
from service.problems import (
    AccessDenied,
    BadQuery,
    LedgerUnavailable,
    NotAuthenticated,
    NotFound,
    Problem,
    StoreUnavailable,
)

log = structlog.get_logger()

ALREADY_LOGGED = (AccessDenied, LedgerUnavailable, NotAuthenticated)


def install(app: FastAPI) -> None:
    """Register the renderers."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(LedgerDown, _unreadable)


async def _problem(request: Request, error: Exception) -> Response:
    problem = error if isinstance(error, Problem) else Problem()
    answered = getattr(request.state, "query", None)
    if answered is None and not isinstance(problem, ALREADY_LOGGED):
        problem = await _entered(request, problem)
    return _told(request, problem)


def _told(request: Request, problem: Problem) -> Response:
    answered = getattr(request.state, "query", None)
    log.info("request_refused", slug=problem.slug, status=problem.status, query=answered)
    return render(problem, f"/v1/queries/{answered or f'r-{uuid.uuid4().hex}'}")


async def _invalid(request: Request, error: Exception) -> Response:
    return await _problem(request, BadQuery(_where(error)))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else NotFound.status
    return await _problem(request, NotFound() if status in {404, 405} else BadQuery())


async def _unreadable(request: Request, _error: Exception) -> Response:
    return await _problem(request, LedgerUnavailable())


async def unexpected(request: Request, error: Exception) -> Response:
    """Whatever nobody foresaw: its type in the operator's log, a problem to the caller, an entry if they are known."""
    log.error("request_failed", error=type(error).__name__)
    problem = StoreUnavailable() if isinstance(error, TimeoutError) else Problem()
    return _told(request, await _entered(request, problem))


def render(problem: Problem, instance: str) -> Response:
    """The RFC 9457 answer: the same headers for every refusal."""
    headers: Mapping[str, str] = {"Cache-Control": "no-store"}
    if isinstance(problem, NotAuthenticated):
        headers = {**headers, "WWW-Authenticate": "Bearer"}
    body = orjson.dumps(problem.document(instance))
    return Response(body, problem.status, headers, media_type="application/problem+json")


def _where(error: Exception) -> str:
    """Which member is wrong and how, in our words: never what was sent (a member's own name may be a value)."""
    if not isinstance(error, RequestValidationError):
        return BadQuery.detail
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part in _members())
    # A ValueError is one of our own validators': its words are fixed and name no value.
    why = first["ctx"]["error"] if first["type"] == "value_error" else first["type"].replace("_", " ")
    return f"At {place or 'body'}: {why}. Check it against the contract at /openapi.json."


@cache
def _members() -> frozenset[str]:
    """Every member of every body, and where a parameter may stand."""
    named = {name for body in Strict.__subclasses__() for name in body.model_fields}
    return frozenset(named | {"body", "path", "query"})


async def _entered(request: Request, problem: Problem) -> Problem:
    """Put the refusal in the log if somebody is known to have asked; if it cannot stand there, that is the problem."""
    house, bearer = house_of(request), _bearer(request)
    if bearer is None:
        return problem
    try:
        await house.ledger.append(_entry(house, bearer, problem))
    except (LedgerDown, GuardRefused, Duplicate, EntryInvalid):
        return LedgerUnavailable()
    return problem


def _bearer(request: Request) -> Bearer | None:
    held: Bearer | None = getattr(request.state, "bearer", None)
    if held is not None:
        return held
    house = house_of(request)
    try:
        return house.tokens.authenticate(request.headers.get("authorization"), house.clock())
    except NotAuthenticated:
        return None


def _entry(house: House, bearer: Bearer, problem: Problem) -> Entry:
    request_id = f"r-{uuid.uuid4().hex}"
    return Entry(
        id=f"{request_id}/refused",
        kind=Kind.QUERY_REFUSED,
        outcome=problem.slug,
        at=house.clock(),
        request=request_id,
        agency=bearer.agency,
        actor=bearer.actor,
        detail={"role": bearer.role, "partner": bearer.partner, "token": bearer.token_id},
    )
