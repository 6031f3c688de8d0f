"""Changes that may never widen: less consent, more refusal, less said for the asker. Over many drawn questions."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from random import Random

import pytest

from policies import cases
from policies.bundle import Bundle
from policies.decision import Decision
from policies.engines.embedded import EmbeddedEngine
from policies.request import CustodianFacts, Request
from tests.policies.conftest import PATIENT
from tests.policies.questions import drawn
from tests.policies.test_cases import FILES

Narrowing = Callable[[Request], Iterator[Request]]


def one_consent_less(request: Request) -> Iterator[Request]:
    for place in range(len(request.consents)):
        yield replace(request, consents=request.consents[:place] + request.consents[place + 1 :])


def one_consent_revoked(request: Request) -> Iterator[Request]:
    for place, consent in enumerate(request.consents):
        revoked = replace(consent, status="revoked")
        yield replace(request, consents=(*request.consents[:place], revoked, *request.consents[place + 1 :]))


def one_check_of_a_consent_failed(request: Request) -> Iterator[Request]:
    for place, consent in enumerate(request.consents):
        positive = ("started", "limited", "within_year", "recipient", "purpose", "part2_elements", "signer")
        worse = [
            replace(consent, **{flag: False})  # type: ignore[arg-type]  # flags only
            for flag in positive
        ]
        worse += [replace(consent, ended=True), replace(consent, sources=()), replace(consent, categories=())]
        for each in worse:
            yield replace(request, consents=(*request.consents[:place], each, *request.consents[place + 1 :]))


def one_item_denied_or_restricted(request: Request) -> Iterator[Request]:
    for place, item in enumerate(request.items):
        for refused in (replace(item, denied=True), replace(item, restricted=True)):
            yield replace(request, items=(*request.items[:place], refused, *request.items[place + 1 :]))


def one_objection_more(request: Request) -> Iterator[Request]:
    for custodian, facts in request.custodians.items():
        objects = CustodianFacts(facts.a7_notice, a7_objection=True)
        unnoticed = CustodianFacts(a7_notice=False, a7_objection=facts.a7_objection)
        for changed in (objects, unnoticed):
            yield replace(request, custodians={**request.custodians, custodian: changed})


def less_said_for_the_asker(request: Request) -> Iterator[Request]:
    asker = request.asker
    yield replace(request, asker=replace(asker, agreement=False))
    yield replace(request, asker=replace(asker, confirmed=False))


def less_said_of_the_subject(request: Request) -> Iterator[Request]:
    subject = request.subject
    yield replace(request, subject=replace(subject, known=False))
    yield replace(request, subject=replace(subject, relationship=False))
    yield replace(request, subject=replace(subject, minor=True))


def less_of_an_emergency(request: Request) -> Iterator[Request]:
    emergency = request.emergency
    yield replace(request, emergency=replace(emergency, attested=False))
    yield replace(request, emergency=replace(emergency, can_consent=True))
    yield replace(request, emergency=replace(emergency, capable_refusal=True))


def fewer_fields_asked(request: Request) -> Iterator[Request]:
    for place, item in enumerate(request.items):
        fewer = replace(item, fields=item.fields[:-1])
        yield replace(request, items=(*request.items[:place], fewer, *request.items[place + 1 :]))


NARROWINGS: list[Narrowing] = [
    one_consent_less,
    one_consent_revoked,
    one_check_of_a_consent_failed,
    one_item_denied_or_restricted,
    one_objection_more,
    less_said_for_the_asker,
    less_said_of_the_subject,
    less_of_an_emergency,
    fewer_fields_asked,
]


def widened(before: Decision, after: Decision) -> list[str]:
    """The items of which the narrower question got a field that the wider one did not."""
    pairs = zip(before.verdicts, after.verdicts, strict=True)
    return [now.key for was, now in pairs if not now.fields <= was.fields]


async def lost(rules: Bundle, narrowing: Narrowing, requests: Iterable[Request], most: int) -> int:
    """Narrow the requests, at most `most` times in all; how many fields that cost. Fails where one was gained."""
    engine, cost = EmbeddedEngine(rules, deadline=PATIENT), 0
    pairs = [(request, narrower) for request in requests for narrower in narrowing(request)]
    for request, narrower in Random(3).sample(pairs, min(most, len(pairs))):  # noqa: S311  # a test's own draw
        before, after = await engine.decide(request), await engine.decide(narrower)
        assert widened(before, after) == []
        cost += sum(len(v.fields) for v in before.verdicts) - sum(len(v.fields) for v in after.verdicts)
    await engine.close()
    return cost


@pytest.mark.parametrize("narrowing", NARROWINGS, ids=lambda narrowing: narrowing.__name__)
async def test_a_narrower_question_is_never_answered_wider(rules: Bundle, narrowing: Narrowing) -> None:
    written = [case.request for path in FILES for case in cases.read(path) if case.outcome != "deny"]
    assert await lost(rules, narrowing, written, most=40) > 0, "nothing was lost: the questions prove nothing"


@pytest.mark.slow
@pytest.mark.parametrize("narrowing", NARROWINGS, ids=lambda narrowing: narrowing.__name__)
async def test_thousands_of_narrower_questions_are_never_answered_wider(rules: Bundle, narrowing: Narrowing) -> None:
    luck = Random(4)  # noqa: S311  # a test's own draw
    assert await lost(rules, narrowing, (drawn(luck) for _ in range(2000)), most=2000) > 0
