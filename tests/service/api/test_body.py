"""What may come in as a body, held against the middleware alone: nothing but whole, bounded, strict JSON passes."""

import json
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.api.body import MOST_BYTES, MOST_DEPTH, StrictBody
from service.problems import BadQuery, Problem, TooLarge, WrongMediaType

JSON_TYPE = b"application/json"


class Inside:
    """An application that keeps what reaches it."""

    def __init__(self) -> None:
        self.body = b""
        self.problem: Problem | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.problem = scope.get("state", {}).get("body_problem")
        message = await receive()
        self.body = message["body"]
        assert not message["more_body"]


async def passed(*parts: bytes, kind: bytes = JSON_TYPE, path: str = "/v1/queries", method: str = "POST") -> Inside:
    inside = Inside()
    scope: Scope = {"type": "http", "path": path, "method": method, "headers": [(b"content-type", kind)]}
    await StrictBody(inside)(scope, _coming(parts), _nowhere)
    return inside


def _coming(parts: Iterable[bytes]) -> Receive:
    left = list(parts)

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


async def _nowhere(_message: Message) -> None:
    pytest.fail("the middleware answers nobody; the route's guard does, once it knows who asks")


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize("kind", [JSON_TYPE, b"Application/JSON; charset=utf-8", b"application/fhir+json"])
async def test_strict_json_passes_byte_for_byte_however_it_was_cut(kind: bytes) -> None:
    inside = await passed(b'{"a": [1, ', b"2.50e1, null", b"]}", kind=kind)
    assert (inside.body, inside.problem) == (b'{"a": [1, 2.50e1, null]}', None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", BadQuery),
        (b"{'a': 1}", BadQuery),
        (b'{"a": 1, "a": 1}', BadQuery),
        (b'[{"a": {"b": 1, "b": 2}}]', BadQuery),
        (b'{"a": NaN}', BadQuery),
        (b'{"a": Infinity}', BadQuery),
        (b'{"a": "\xc3\x28"}', BadQuery),
        (b'{"a": ' + b"1" * 5000 + b"}", BadQuery),
        (nested(MOST_DEPTH + 1), BadQuery),
        (b"[" * 100_000, BadQuery),
        (b" " * (MOST_BYTES + 1), TooLarge),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else None,
)
async def test_anything_else_is_kept_out_and_its_problem_handed_on(body: bytes, problem: type[Problem]) -> None:
    inside = await passed(body)
    assert (inside.body, type(inside.problem)) == (b"{}", problem)


async def test_the_bounds_are_inside() -> None:
    assert (await passed(nested(MOST_DEPTH))).problem is None
    full = json.dumps("x" * (MOST_BYTES - 2)).encode()
    assert (len(full), (await passed(full)).problem) == (MOST_BYTES, None)


async def test_what_never_ends_is_not_kept_in_memory() -> None:
    inside = await passed(*[b"x" * 65536] * 64)
    assert isinstance(inside.problem, TooLarge)


@pytest.mark.parametrize("kind", [b"", b"text/plain", b"application/x-www-form-urlencoded", b"application/jsonp"])
async def test_another_type_is_kept_out(kind: bytes) -> None:
    assert isinstance((await passed(b"{}", kind=kind)).problem, WrongMediaType)


async def test_no_body_is_no_problem_here() -> None:
    assert (await passed(b"", kind=b"")).problem is None


@pytest.mark.parametrize(("path", "method"), [("/oauth2/token", "POST"), ("/v1/queries", "GET")])
async def test_what_is_not_ours_to_read_passes_by(path: str, method: str) -> None:
    inside = await passed(b"not json", path=path, method=method, kind=b"")
    assert (inside.body, inside.problem) == (b"not json", None)


async def test_a_sender_who_leaves_in_the_middle_sends_nothing() -> None:
    inside = Inside()

    async def leaving() -> Message:
        return {"type": "http.disconnect"}

    scope: Scope = {"type": "http", "path": "/v1/queries", "method": "POST", "headers": []}
    await StrictBody(inside)(scope, leaving, _nowhere)
    assert (inside.body, type(inside.problem)) == (b"{}", BadQuery)
