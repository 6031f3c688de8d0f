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
from functools import lru_cache

from policies.vocabulary import Agency, Category
from service.connectors.http import Headers, Http, TooLarge
from service.gateway.ports import Answer, Fault, Fields, Outcome, Value, Values

LIMIT = 1 << 20
"""Bytes of a custodian's answer that are read; one more is `Fault.TOO_LARGE`."""

PATIENCE = 60.0
"""Seconds that one page of a feed may take. A feed has no deadline of its own."""

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
    if isinstance(error, OSError):
        return Fault.REFUSED
    if isinstance(error, TooLarge):
        return Fault.TOO_LARGE
    return Fault.GARBAGE


async def ask(
    http: Http, url: str, media: str, *, post: bytes | None = None, repeatable: bool | None = None
) -> Reply | None:
    """Ask once: POST if there is something to post, else GET. None where the custodian says 404.

    Follows no redirect and unpacks no compressed body: both are ways to make us read what we did not ask for.
    `repeatable` is said of a POST that changes nothing. Raises `Unanswered` for any other status, media type or size
    than the one agreed, and what `Http.request` raises.
    """
    headers = (("Accept", media),) if post is None else (("Accept", media), ("Content-Type", media))
    method = "GET" if post is None else "POST"
    try:
        response = await http.request(
            method, url, headers=headers, body=post or b"", limit=LIMIT, repeatable=repeatable
        )
    except TooLarge as large:
        expect(large.status or 200, 200)  # an error told at length is still that error
        raise Unanswered(Fault.TOO_LARGE) from None
    if response.status == 404:  # noqa: PLR2004  # the one status with a meaning of its own
        return None
    expect(response.status, 200)
    if _media(response.headers.get(b"content-type", b"")) != media:
        raise Unanswered(Fault.GARBAGE)
    return Reply(response.content, modified(response.headers))


def expect(status: int, agreed: int) -> None:
    """Raise `Unanswered` for any status but the one agreed."""
    if status == agreed:
        return
    if status >= 500:  # noqa: PLR2004
        raise Unanswered(Fault.SERVER_ERROR)
    raise Unanswered(Fault.REFUSED if status >= 400 else Fault.GARBAGE)  # noqa: PLR2004


def modified(headers: Headers) -> datetime | None:
    """The Last-Modified header, or None where it is absent or not a date."""
    return _date(headers.get(b"last-modified", b""))


@lru_cache(maxsize=64)
def _media(header: bytes) -> str:
    return header.partition(b";")[0].strip().lower().decode("latin-1")


@lru_cache(maxsize=64)  # the same header comes with every answer until the custodian's data changes
def _date(header: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(header.decode("latin-1")).astimezone(UTC)
    except ValueError:
        return None
