"""What every connector shares: one way to ask, one way to fail, one way to trim.

A connector never raises (but for cancellation) and never returns a field it was not
asked for; whatever goes wrong at a custodian becomes one of the few `Fault` codes.
Nothing here logs, and no error holds a byte of a body.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from policies.vocabulary import Agency, Category
from service.gateway.ports import Answer, Fault, Fields, Outcome, Value, Values

LIMIT = 1 << 20
"""Bytes of a custodian's answer that are read; one more is `Fault.TOO_LARGE`."""

Unchecked = Mapping[Category, Mapping[str, Value | None]]
"""What a connector has read, before it is trimmed. None, "" and () all mean: nothing to say."""


class Unanswered(Exception):
    """The custodian did not answer as it should. Carries the fault and nothing else."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Reply:
    """A custodian's whole answer, within `LIMIT`, and when the custodian says it last changed."""

    content: bytes = field(repr=False)
    modified: datetime | None = None


def unavailable(custodian: Agency, fault: Fault) -> Answer:
    """No answer from this custodian, and the code that says why."""
    return Answer(custodian, Outcome.UNAVAILABLE, fault=fault)


def not_found(custodian: Agency) -> Answer:
    """The custodian holds nothing about the person."""
    return Answer(custodian, Outcome.NOT_FOUND)


def found(custodian: Agency, values: Unchecked, wanted: Fields, as_of: datetime | None) -> Answer:
    """What the custodian holds, trimmed to what was wanted."""
    return Answer(custodian, Outcome.FOUND, only(values, wanted), as_of)


def only(values: Unchecked, wanted: Fields) -> Values:
    """The wanted fields that have a value, and no other; a category left empty is left out."""
    kept = {
        category: {name: value for name, value in held.items() if name in wanted[category] and _says_something(value)}
        for category, held in values.items()
        if category in wanted
    }
    return {category: held for category, held in kept.items() if held}  # type: ignore[misc]  # no None is left


def _says_something(value: Value | None) -> bool:
    return value is not None and value not in ("", ())


async def guarded(custodian: Agency, work: Awaitable[Answer], seconds: float) -> Answer:
    """The answer `work` gives within `seconds`, or why there is none. Raises nothing but CancelledError."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except Exception as error:  # noqa: BLE001  # whatever a custodian makes us stumble over is its fault, never a 500
        return unavailable(custodian, fault_of(error))


def fault_of(error: Exception) -> Fault:
    """The code for an error. What is neither silence nor refusal is an answer that cannot be understood."""
    if isinstance(error, Unanswered):
        return error.fault
    if isinstance(error, TimeoutError):
        return Fault.TIMEOUT
    if isinstance(error, (OSError, aiohttp.ClientConnectionError)):
        return Fault.REFUSED
    return Fault.GARBAGE


async def ask(
    http: aiohttp.ClientSession,
    url: str,
    media: str,
    *,
    post: bytes | None = None,
    params: Mapping[str, str] | None = None,
) -> Reply | None:
    """Ask once: POST if there is something to post, else GET. None where the custodian says 404.

    Follows no redirect and unpacks no compressed body: both are ways to make us read what we did not ask for.
    Raises `Unanswered` for any other status, media type or size than the one agreed.
    """
    headers = {"Accept": media, "Accept-Encoding": "identity"} | ({"Content-Type": media} if post is not None else {})
    async with http.request(
        "GET" if post is None else "POST",
        url,
        params=params,
        data=post,
        headers=headers,
        allow_redirects=False,
        auto_decompress=False,
    ) as response:
        if response.status == 404:  # noqa: PLR2004  # the one status with a meaning of its own
            return None
        _check(response, media)
        return Reply(await _bounded(response), _modified(response))


def _check(response: aiohttp.ClientResponse, media: str) -> None:
    status = response.status
    if status >= 500:  # noqa: PLR2004
        raise Unanswered(Fault.SERVER_ERROR)
    if status >= 400:  # noqa: PLR2004
        raise Unanswered(Fault.REFUSED)
    if status != 200 or response.content_type != media:  # noqa: PLR2004
        raise Unanswered(Fault.GARBAGE)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    received = bytearray()
    async for chunk in response.content.iter_any():
        received += chunk
        if len(received) > LIMIT:
            raise Unanswered(Fault.TOO_LARGE)
    return bytes(received)


def _modified(response: aiohttp.ClientResponse) -> datetime | None:
    """The Last-Modified header, or None where it is absent or not a date."""
    try:
        return parsedate_to_datetime(response.headers["Last-Modified"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
