"""A remembered decision answers the same question again, and no other."""

import asyncio
from dataclasses import fields, replace
from random import Random

import pytest

from policies.decision import Decision, PolicyError
from policies.engines.memo import Memo
from policies.request import EmergencyFacts, Request
from tests.policies.questions import EMERGENCY, PERMITTED, SIGNED, drawn


class Counting:
    """An engine that counts what it was asked; each answer is an object of its own."""

    name = "counting"

    def __init__(self) -> None:
        self.revision = "r1"
        self.asked: list[Request] = []
        self.error: PolicyError | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def decide(self, request: Request) -> Decision:
        self.asked.append(request)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Decision(self.revision, ())

    async def ready(self) -> bool:
        return not self.closed

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def engine() -> Counting:
    return Counting()


async def test_the_same_question_is_asked_once(engine: Counting) -> None:
    memo = Memo(engine)
    assert await memo.decide(PERMITTED) is await memo.decide(replace(PERMITTED))
    assert (len(engine.asked), memo.hits, memo.misses) == (1, 1, 1)


async def test_a_change_of_any_fact_is_another_question(engine: Counting) -> None:
    memo, consent = Memo(engine), SIGNED
    flags = [name.name for name in fields(consent) if isinstance(getattr(consent, name.name), bool)]
    turned = [
        replace(consent, **{flag: not getattr(consent, flag)})  # type: ignore[arg-type]  # flags only
        for flag in flags
    ]
    variants = [PERMITTED, *(replace(PERMITTED, consents=(c,)) for c in turned)]
    variants += [replace(PERMITTED, consents=()), replace(PERMITTED, consents=(replace(consent, status="revoked"),))]
    for question in variants:
        await memo.decide(question)
    assert memo.hits == 0
    assert len(engine.asked) == len(variants) == len(flags) + 3


async def test_of_many_questions_each_gets_its_own_answer(engine: Counting) -> None:
    luck, memo = Random(7), Memo(engine)  # noqa: S311  # a test's own draw
    questions = {question.canonical(): question for question in (drawn(luck) for _ in range(200))}
    questions = {key: q for key, q in questions.items() if not q.emergency.attested}
    first = {key: await memo.decide(question) for key, question in questions.items()}
    again = {key: await memo.decide(question) for key, question in questions.items()}
    assert all(first[key] is again[key] for key in questions)
    assert len({id(decision) for decision in first.values()}) == len(questions)


async def test_an_emergency_is_decided_afresh_every_time(engine: Counting) -> None:
    memo = Memo(engine)
    for _ in range(3):
        await memo.decide(EMERGENCY)
        await memo.decide(replace(PERMITTED, emergency=EmergencyFacts(attested=True)))
    assert (len(engine.asked), memo.hits, memo.misses) == (6, 0, 0)


async def test_the_memory_is_bounded_and_forgets_the_longest_unused(engine: Counting) -> None:
    memo, other = Memo(engine, size=2), replace(PERMITTED, consents=())
    third = replace(PERMITTED, consents=(SIGNED, SIGNED))
    for question in (PERMITTED, other, PERMITTED, third, PERMITTED, other):
        await memo.decide(question)
    assert [q.canonical() for q in engine.asked] == [q.canonical() for q in (PERMITTED, other, third, other)]


async def test_another_revision_of_the_rules_remembers_nothing(engine: Counting) -> None:
    memo = Memo(engine)
    await memo.decide(PERMITTED)
    engine.revision = "r2"
    assert (await memo.decide(PERMITTED)).revision == "r2"


async def test_an_error_is_not_remembered(engine: Counting) -> None:
    memo, engine.error = Memo(engine), PolicyError("x")
    with pytest.raises(PolicyError):
        await memo.decide(PERMITTED)
    engine.error = None
    assert await memo.decide(PERMITTED) == Decision("r1", ())


async def test_equal_questions_at_once_share_one_evaluation_and_its_error(engine: Counting) -> None:
    memo, engine.error = Memo(engine), PolicyError("x")
    engine.gate.clear()
    waiting = [asyncio.create_task(memo.decide(PERMITTED)) for _ in range(5)]
    await asyncio.sleep(0)
    engine.gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [PolicyError] * 5
    assert len(engine.asked) == 1


async def test_a_question_that_cannot_be_put_is_no_decision(engine: Counting) -> None:
    forged = replace(PERMITTED, consents=(replace(SIGNED, status='"'),))
    with pytest.raises(PolicyError):
        await Memo(engine).decide(forged)
    assert engine.asked == []


async def test_it_is_as_ready_as_the_engine_behind_and_closes_it(engine: Counting) -> None:
    memo = Memo(engine)
    assert await memo.ready()
    await memo.close()
    assert not await memo.ready()
