"""The embedded engine refuses to be hurried, forged or broken: any doubt is PolicyError, never a permit."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest

from policies import tables
from policies.bundle import Bundle, made
from policies.decision import PolicyError, parse
from policies.engines.embedded import EmbeddedEngine
from tests.policies.conftest import PATIENT
from tests.policies.questions import EMERGENCY, PERMITTED, SIGNED, document

PERMIT = document(PERMITTED)


@pytest.fixture
async def embedded(rules: Bundle) -> AsyncIterator[EmbeddedEngine]:
    """The embedded engine, compiled."""
    made = EmbeddedEngine(rules, deadline=PATIENT)
    await made.open()
    yield made
    await made.close()


def evaluated(engine: EmbeddedEngine, question: object) -> dict[str, Any]:
    """What the rules themselves say to this input, before any parsing."""
    return cast("dict[str, Any]", engine._evaluate(orjson.dumps(question).decode()))  # noqa: SLF001  # the engine under test


def permits(engine: EmbeddedEngine, question: object) -> bool:
    return any(item["permit"] for item in evaluated(engine, question)["items"])


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a document, branches too."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        pairs = list(node.items())
    elif isinstance(node, list):
        pairs = list(enumerate(node))
    return [path, *(leaf for key, value in pairs for leaf in leaves(value, (*path, key)))]


def without(path: tuple[Any, ...]) -> Any:
    question = deepcopy(PERMIT)
    inner: Any = question
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return question


def with_value(path: tuple[Any, ...], value: object) -> Any:
    question = deepcopy(PERMIT)
    inner: Any = question
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return question


PATHS = [path for path in leaves(PERMIT) if path]
NAMES = ["/".join(map(str, path)) for path in PATHS]
HARMLESS_WITHOUT = {("items", 0, "fields", 0), ("items", 0, "fields", 1), ("items", 0)}
"""A field fewer asked is a narrower question; without its only item there is nothing to permit."""

WRONG: list[object] = [None, "true", "false", 1, 0, -1, 1.5, [], {}, [True], {"a": True}, "", '","permit":true,"z":"']


def test_the_question_to_start_from_is_permitted(embedded: EmbeddedEngine) -> None:
    assert permits(embedded, PERMIT)


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_question_with_a_part_missing_is_not_permitted(embedded: EmbeddedEngine, path: tuple[Any, ...]) -> None:
    optional = path in HARMLESS_WITHOUT
    assert optional or not permits(embedded, without(path))


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_part_of_the_wrong_type_permits_no_more(embedded: EmbeddedEngine, path: tuple[Any, ...]) -> None:
    before = set(evaluated(embedded, PERMIT)["items"][0]["fields"])
    for value in WRONG:
        items = evaluated(embedded, with_value(path, value))["items"]
        widened = [item for item in items if item["permit"] and not set(item["fields"]) <= before]
        assert widened == []
        kept = path[:1] == ("items",) or path[-1] in {"can_consent", "capable_refusal", "part2_elements"}
        assert kept or not any(item["permit"] for item in items)


@pytest.mark.parametrize("value", [None, [], "x", 1, True, {}], ids=str)
def test_an_input_that_is_no_question_gets_no_verdicts(embedded: EmbeddedEngine, value: object) -> None:
    assert evaluated(embedded, value)["items"] == []


def test_parts_that_nobody_asked_for_change_nothing(embedded: EmbeddedEngine) -> None:
    said = evaluated(embedded, PERMIT)
    extras: list[dict[str, Any]] = [{"permit": True}, {"data": {"tables": {}}}, {"items ": []}, {"asker_gate": ""}]
    for extra in extras:
        assert evaluated(embedded, {**PERMIT, **extra}) == said


def test_an_item_asked_twice_is_no_decision(embedded: EmbeddedEngine) -> None:
    doubled = {**PERMIT, "items": PERMIT["items"] * 2}
    with pytest.raises(PolicyError):
        parse(evaluated(embedded, doubled), PERMITTED, embedded.revision)


FORGED: list[str] = [
    'heart_navigator","agreement":true,"z":"',
    "heart_navigator\0",
    "heart_navigator\0x",
    "h\u0435art_navigator",
    "heart_navigator ",
    "HEART_NAVIGATOR",
    "heart_navigator\\",
    "x" * 100_000,
]


@pytest.mark.parametrize("place", range(len(FORGED)))
def test_a_forged_word_given_to_the_engine_itself_is_nobodys_word(embedded: EmbeddedEngine, place: int) -> None:
    for path in (("asker", "role"), ("asker", "agency"), ("purpose",), ("consents", 0, "status")):
        assert not permits(embedded, with_value(path, FORGED[place]))
    assert not permits(embedded, with_value(("items", 0, "fields"), [FORGED[place]]))
    assert not permits(embedded, with_value(("consents", 0, "sources"), {FORGED[place]: True}))
    assert not permits(embedded, with_value(("consents", 0, "categories"), {FORGED[place]: True}))


def test_more_than_the_bounds_gets_no_verdicts(embedded: EmbeddedEngine) -> None:
    assert evaluated(embedded, {**PERMIT, "items": PERMIT["items"] * 201})["items"] == []
    assert evaluated(embedded, {**PERMIT, "consents": PERMIT["consents"] * 65})["items"] == []


async def test_it_decides_with_the_revision_of_its_bundle(embedded: EmbeddedEngine, rules: Bundle) -> None:
    decision = await embedded.decide(PERMITTED)
    assert (decision.permitted, decision.revision) == (True, rules.revision)
    assert (await embedded.decide(EMERGENCY)).permitted


async def test_past_the_deadline_there_is_no_decision(rules: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, release = EmbeddedEngine(rules, deadline=0.05), threading.Event()
    monkeypatch.setattr(engine, "_evaluate", lambda _: release.wait(PATIENT))
    with pytest.raises(PolicyError):
        await engine.decide(PERMITTED)
    release.set()
    await engine.close()


def raising(error: Exception) -> Callable[[str], object]:
    def evaluate(_: str) -> object:
        raise error

    return evaluate


@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError("x"), RecursionError("x")], ids=repr)
async def test_an_error_of_the_engine_is_no_decision(
    embedded: EmbeddedEngine, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_evaluate", raising(error))
    with pytest.raises(PolicyError):
        await embedded.decide(PERMITTED)


async def test_a_question_that_cannot_be_put_is_no_decision(embedded: EmbeddedEngine) -> None:
    with pytest.raises(PolicyError):
        await embedded.decide(replace(PERMITTED, consents=(replace(SIGNED, status="a b"),)))


BROKEN = [
    "package porchlight.decision\n\nanswer := {",
    "package porchlight.decision\n\nanswer := undefined_name",
    "package porchlight.decision\n",
    'package porchlight.decision\n\nanswer := {"revision": data.tables.revision, "items": input.none}',
    "package porchlight.decision\n\nanswer := 1\n\nanswer := 2",
    "package porchlight.decision\n\nanswer := 1 / 0",
]


@pytest.mark.parametrize("place", range(len(BROKEN)))
async def test_broken_rules_are_never_ready_and_decide_nothing(rules: Bundle, place: int) -> None:
    broken = made({**rules.rules, "decision.rego": BROKEN[place]}, tables.read())
    engine = EmbeddedEngine(broken, deadline=PATIENT)
    assert not await engine.ready()
    with pytest.raises(PolicyError):
        await engine.decide(PERMITTED)
    await engine.close()


async def test_it_is_ready_while_it_answers_and_not_after_closing(rules: Bundle) -> None:
    engine = EmbeddedEngine(rules, deadline=PATIENT)
    assert await engine.ready()
    await engine.close()
    assert not await engine.ready()
    with pytest.raises(PolicyError):
        await engine.decide(PERMITTED)


async def test_many_questions_on_two_threads_each_get_their_own_answer(rules: Bundle) -> None:
    engine = EmbeddedEngine(rules, threads=2, deadline=PATIENT)
    refused = replace(PERMITTED, consents=())
    questions = [PERMITTED, refused, EMERGENCY] * 20
    decisions = await asyncio.gather(*(engine.decide(question) for question in questions))
    assert [decision.permitted for decision in decisions] == [True, False, True] * 20
    await engine.close()
