"""Two engines, one answer: the embedded engine never permits what the real OPA refuses, nor the reverse."""

import json
from collections.abc import Iterator
from copy import deepcopy
from http.client import HTTPConnection
from random import Random
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from policies.bundle import ENTRYPOINT, Bundle
from policies.engines.embedded import EmbeddedEngine
from tests.policies.questions import document, drawn

pytestmark = pytest.mark.opa

STRANGE: list[object] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    2**63,
    "",
    "true",
    "2026",
    "EMS",
    'x","permit":true,"z":"',
    "active\0",
    "h\u0435art_navigator",
    [],
    {},
    [None],
    [[]],
    {"a": True},
    {"EMS": True},
    {"EMS": 1},
    "x" * 5000,
]


class Oracle:
    """The real OPA over one connection."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def says(self, question: bytes) -> Any:
        body = b'{"input":' + question + b"}"
        self._connection.request("POST", f"/v1/data/{ENTRYPOINT}", body, {"content-type": "application/json"})
        return json.loads(self._connection.getresponse().read()).get("result")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def oracle(opa_server: str) -> Iterator[Oracle]:
    """The real OPA, to hold the embedded engine to."""
    asked = Oracle(opa_server)
    yield asked
    asked.close()


def tampered(question: Any, luck: Random) -> Any:
    """The question with one to three things taken away, replaced, doubled or added somewhere inside."""
    question = deepcopy(question)
    for _ in range(luck.randint(1, 3)):
        inner: Any = question
        while isinstance(inner, dict | list) and inner:
            key = luck.choice(list(inner)) if isinstance(inner, dict) else luck.randrange(len(inner))
            if luck.random() < 0.4 or not isinstance(inner[key], dict | list):
                _change(inner, key, luck)
                break
            inner = inner[key]
    return question


def _change(inner: Any, key: Any, luck: Random) -> None:
    match luck.choice(("remove", "replace", "replace", "double", "add")):
        case "remove":
            del inner[key]
        case "double" if isinstance(inner, list):
            inner.append(deepcopy(inner[key]))
        case "add" if isinstance(inner, dict):
            inner[luck.choice(("permit", "extra", "agreement", "items"))] = deepcopy(luck.choice(STRANGE))
        case _:
            inner[key] = deepcopy(luck.choice(STRANGE))


def embedded_says(engine: EmbeddedEngine, question: bytes) -> Any:
    try:
        return engine._evaluate(question.decode())  # noqa: SLF001  # below the parsing, where the engines could differ
    except ValueError:
        return None


def permits(answer: Any) -> list[Any]:
    return [(item["key"], item["fields"]) for item in (answer or {"items": []})["items"] if item["permit"]]


def compared(rules: Bundle, oracle: Oracle, seed: int, count: int) -> tuple[int, int]:
    """Put `count` questions, every second one tampered with, to both. How many permitted; of these, tampered with."""
    engine, luck = EmbeddedEngine(rules), Random(seed)  # noqa: S311  # a test's own draw
    permitted = permitted_tampered = 0
    for number in range(count):
        plain = document(drawn(luck))
        question = orjson.dumps(tampered(plain, luck) if number % 2 else plain)
        ours, theirs = embedded_says(engine, question), oracle.says(question)
        assert permits(ours) == permits(theirs), f"seed {seed}, question {number}: a permit the other refuses"
        assert ours == theirs, f"seed {seed}, question {number}: another answer"
        permitted += bool(permits(ours))
        permitted_tampered += bool(permits(ours)) and number % 2
    return permitted, permitted_tampered


def test_both_engines_give_one_answer_to_hundreds_of_questions(rules: Bundle, oracle: Oracle) -> None:
    permitted, permitted_tampered = compared(rules, oracle, seed=1, count=300)
    assert permitted > 30, "the questions drawn are too poor to prove anything"
    assert permitted_tampered > 0


@pytest.mark.slow
def test_both_engines_give_one_answer_to_twenty_thousand_questions(rules: Bundle, oracle: Oracle) -> None:
    permitted, permitted_tampered = compared(rules, oracle, seed=2, count=20_000)
    assert permitted > 2_000
    assert permitted_tampered > 100
