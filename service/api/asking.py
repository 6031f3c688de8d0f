"""Who is asking, for a route: the bearer, the scope it needs, and the asker as the rules will see them."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from service.api.house import TheHouse
from service.gateway.query import Asker
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import Problem, ScopeMissing


def asking(scope: Scope) -> Callable[[Request, TheHouse], Awaitable[Bearer]]:
    """A dependency: the bearer of a valid token that opens `scope`. Raises NotAuthenticated or ScopeMissing."""

    async def bearer(request: Request, house: TheHouse) -> Bearer:
        held = house.tokens.authenticate(request.headers.get("authorization"), house.clock())
        request.state.bearer = held  # from here on a refusal of this request has somebody to stand in the log for
        if scope not in held.scopes:
            raise ScopeMissing
        problem: Problem | None = getattr(request.state, "body_problem", None)
        if problem is not None:
            raise problem
        return held

    return bearer


def asker_of(bearer: Bearer) -> Asker:
    """The asker as the rules see them. An ended agreement never gets this far: the token stopped working."""
    return Asker(bearer.partner, bearer.agency, bearer.actor, bearer.role, True, bearer.token_id)
