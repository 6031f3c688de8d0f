"""What the routes reach for: the gateway and what stands around it. Built in `service/main.py`, held in `app.state`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.entry import Pseudonyms
from audit.ledger import Ledger
from audit.trail import Trail
from service.connectors.gather import Gather
from service.gateway.answer import Gateway
from service.gateway.ports import Clock
from service.identity.issuance import Confirms, TokenLog
from service.identity.partners import Partners
from service.identity.replay import UsedAssertions
from service.identity.tokens import Tokens


@dataclass(frozen=True, slots=True)
class House:
    """Everything a route may use. Also the `TokenDesk` of the token endpoint."""

    gateway: Gateway
    sources: Gather
    ledger: Ledger
    trail: Trail
    engine: AsyncEngine
    pseudonyms: Pseudonyms
    partners: Partners
    tokens: Tokens
    roster: Confirms
    used_assertions: UsedAssertions
    clock: Clock
    record_token_event: TokenLog
    ready: Callable[[], Awaitable[dict[str, bool]]]
    refusal_floor: float


def house_of(request: Request) -> House:
    """The house this request came to."""
    return cast("House", request.app.state.gateway)  # Starlette's state is untyped


TheHouse = Annotated[House, Depends(house_of)]
