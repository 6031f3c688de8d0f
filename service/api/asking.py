"""Who is asking, for a route: the bearer, the scope it needs, and the asker as the rules will see them."""

from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from service.api.house import TheHouse
from service.gateway.query import Asker
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import Problem, ScopeMissing

IN_THE_CONTRACT = HTTPBearer(bearerFormat="JWT (RFC 9068)", scheme_name="bearer", auto_error=False)
"""Declares the scheme, and decides nothing: `Tokens.authenticate` reads the header."""


def asking(scope: Scope) -> Any:  # noqa: ANN401  # FastAPI's own marker has no public type
    """A dependency: the bearer of a valid token that opens `scope`. Raises NotAuthenticated or ScopeMissing."""

    async def bearer(
        request: Request, house: TheHouse, _declared: Annotated[object, Security(IN_THE_CONTRACT)]
    ) -> Bearer:
        held = house.tokens.authenticate(request.headers.get("authorization"), house.clock())
        request.state.bearer = held  # from here on a refusal of this request has somebody to stand in the log for
        if scope not in held.scopes:
            raise ScopeMissing
        problem: Problem | None = getattr(request.state, "body_problem", None)
        if problem is not None:
            raise problem
        return held

    return Security(bearer, scopes=[scope.value])


def asker_of(bearer: Bearer, agreed: bool = True) -> Asker:
    """The asker as the rules see them. An ended agreement never gets this far: the token stopped working.

    `agreed` says whether the partner is registered for what it asks.
    """
    return Asker(bearer.partner, bearer.agency, bearer.actor, bearer.role, agreed, bearer.token_id)
