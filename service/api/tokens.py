"""`POST /oauth2/token` (RFC 6749 section 4.4 with RFC 7523) and the keys our tokens are checked with.

Errors are RFC 6749 section 5.2 documents in fixed words: nothing sent is ever echoed.
When the log or the store is gone, the gateway's usual problem document says so.
"""

from re import compile as pattern
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from service.api.contract import may_refuse
from service.identity.assertion import ASSERTION_TYPE
from service.identity.faults import InvalidToken, TokenFault
from service.identity.issuance import TokenDesk, TokenRequest, grant
from service.identity.tokens import Issued

router = APIRouter(tags=["tokens"])
log = structlog.get_logger()

LARGEST_FORM: Final = 64 * 1024
_MOST_PARAMETERS: Final = 16
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE: Final = pattern(rb"%(?![0-9A-Fa-f]{2})")
_NOT_STORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenAnswer(BaseModel):
    """A new token (RFC 6749 section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class TokenError(BaseModel):
    """Why there is none (RFC 6749 section 5.2)."""

    error: Literal["invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"]
    error_description: str


class Refusal(Exception):
    """A status and a TokenError in fixed words."""

    def __init__(self, status: int, error: str, words: str) -> None:
        super().__init__(error)
        self.status, self.error, self.words = status, error, words


_TELLABLE: Final = {
    TokenFault.SCOPE: (400, "invalid_scope", "A scope is missing, unknown or not registered for this partner."),
    TokenFault.ACTOR: (401, "invalid_client", "The roster does not confirm the acting person in this role."),
    TokenFault.AGREEMENT: (401, "invalid_client", "The agency's agreement is not in force."),
    TokenFault.REPLAY: (401, "invalid_client", "This assertion was used before. Sign a new one for each token."),
}
_UNPROVEN: Final = (401, "invalid_client", "The assertion does not prove a registered partner.")

_FORM_SCHEMA: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "client_assertion_type", "client_assertion", "scope"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_assertion_type": {"const": ASSERTION_TYPE},
                        "client_assertion": {"type": "string", "maxLength": 8192},
                        "scope": {"type": "string", "description": "One or more scopes, separated by single spaces."},
                        "client_id": {"type": "string"},
                    },
                }
            }
        },
    }
}


def _desk(request: Request) -> TokenDesk:
    return cast("TokenDesk", request.app.state.gateway)  # Starlette's state is untyped


@router.post(
    "/oauth2/token",
    summary="Get an access token for one acting person",
    response_model=TokenAnswer,
    responses={400: {"model": TokenError}, 401: {"model": TokenError}, **may_refuse(503)},
    openapi_extra=_FORM_SCHEMA,
)
async def token(request: Request, desk: Annotated[TokenDesk, Depends(_desk)]) -> JSONResponse:
    """Exchange a signed client assertion, used once, for an access token good for five minutes."""
    try:
        return _issued(await grant(await _asked(request), desk))
    except InvalidToken as invalid:
        log.info("token_refused", fault=invalid.fault.value)
        status, error, words = _TELLABLE.get(invalid.fault, _UNPROVEN)
    except Refusal as refusal:
        status, error, words = refusal.status, refusal.error, refusal.words
    return JSONResponse({"error": error, "error_description": words}, status, _NOT_STORED)


@router.get("/.well-known/jwks.json", summary="The keys that the gateway's tokens are signed with")
async def published_keys(desk: Annotated[TokenDesk, Depends(_desk)]) -> JSONResponse:
    """The current and the previous public key, as a JWKS."""
    return JSONResponse(desk.tokens.published_keys(), headers={"Cache-Control": "public, max-age=300"})


async def _asked(request: Request) -> TokenRequest:
    """The form of a token request; raises Refusal."""
    if request.url.query or "authorization" in request.headers:
        raise _unclear("Send the assertion in the body, and no other credentials.")
    kind, _, charset = request.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != _FORM_TYPE or charset.strip() not in {"", "charset=utf-8"}:
        raise _unclear(f"Send {_FORM_TYPE}.")
    form = parse_form(await _body(request))
    if "grant_type" not in form:
        raise _unclear("Say which grant type.")
    if form["grant_type"] != "client_credentials":
        raise Refusal(400, "unsupported_grant_type", "The only grant type is client_credentials.")
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form or "client_secret" in form:
        raise _unclear("Authenticate with one client_assertion of type jwt-bearer, and nothing else.")
    return TokenRequest(form["client_assertion"], form.get("scope", ""), form.get("client_id"))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise _unclear("The body is larger than 64 KiB.")
    return bytes(body)


def parse_form(body: bytes) -> dict[str, str]:
    """The parameters of a form body, each at most once and not empty; raises Refusal."""
    try:
        if _BROKEN_ESCAPE.search(body):
            raise ValueError  # noqa: TRY301  # parse_qsl would keep a broken escape as it stands
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise _unclear("The body is not a form.") from None
    if len(dict(pairs)) != len(pairs):
        raise _unclear("A parameter stands twice.")
    # RFC 6749 section 3.2: a parameter without a value counts as left out.
    return {name: value for name, value in pairs if value}


def _issued(issued: Issued) -> JSONResponse:
    answer = TokenAnswer(
        access_token=issued.token,
        token_type="Bearer",  # noqa: S106  # the kind of token, not a secret
        expires_in=issued.seconds,
        scope=" ".join(sorted(issued.bearer.scopes)),
    )
    return JSONResponse(answer.model_dump(), headers=_NOT_STORED)


def _unclear(words: str) -> Refusal:
    return Refusal(400, "invalid_request", words)
