"""Promise 5 at the edge: to the byte and the header, a refusal does not tell why."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from policies.vocabulary import Agency
from service.gateway.ports import Answer, Fault, Outcome
from tests.promises.edge.gate import JSON, Gate, by_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

TWINS = {"demographics": {"birth_date": "1991-02-03", "street": "12 Mirror Ct", "zip": "27701"}}
NOBODY = {"demographics": {"given": "No", "family": "Body", "birth_date": "1970-01-01"}}
QUESTIONS = [["ems.summary", "clinical.summary"], ["ems.summary", "bh.clinical", "sud.counseling_notes"]]


async def seen(gate: Gate, subject: JSON, categories: list[str]) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that an asker sees, but for the number of their own query."""
    answer: httpx.Response = await gate.ask(subject, categories=categories, custodians=["EMS", "LINCOLN"])
    own = answer.json()["instance"].encode()
    assert answer.content.count(own) == 1
    return answer.status_code, answer.content.replace(own, b"?"), [(n, v) for n, v in answer.headers.items()]


async def with_consent(gate: Gate, categories: list[str], **changes: Any) -> Any:
    """What is seen of somebody who agreed to something."""
    consent = await gate.agreed(**changes)
    refused = await seen(gate, by_id("E-1"), categories)
    await gate.post(f"/v1/consents/{consent}/revoke", {})
    return refused


def about(subject: JSON) -> Callable[[Gate, list[str]], Awaitable[Any]]:
    return lambda gate, categories: seen(gate, subject, categories)


async def no_record_there(gate: Gate, categories: list[str]) -> Any:
    gate.sources.says = [Answer(Agency.EMS, Outcome.NOT_FOUND), Answer(Agency.LINCOLN, Outcome.NOT_FOUND)]
    return await with_consent(gate, categories)


async def closed_and_down(gate: Gate, categories: list[str]) -> Any:
    gate.sources.says = [Answer(agency, Outcome.UNAVAILABLE, fault=Fault.TIMEOUT) for agency in Agency]
    return await with_consent(gate, categories, denials=[{"recipient": "HEART"}])


CAUSES: dict[str, tuple[Callable[[Gate, list[str]], Awaitable[Any]], str]] = {
    "an unknown identifier": (about(by_id("E-nobody")), "SUBJECT_UNKNOWN"),
    "a custodian that does not use it": (about(by_id("E-1", "LINCOLN")), "SUBJECT_UNKNOWN"),
    "one of two twins": (about(TWINS), "SUBJECT_UNKNOWN"),
    "a minor": (about(by_id("E-minor")), "MINOR_MANUAL_REVIEW"),
    "no care relationship": (about(by_id("E-2")), "NO_CARE_RELATIONSHIP"),
    "a consent taken back": (about(by_id("E-1")), "CONSENT_REVOKED"),
    "closed, and down besides": (closed_and_down, "CONSENT_DENIES"),
    "no record there": (no_record_there, ""),
}


@pytest.mark.parametrize("categories", QUESTIONS, ids=["plain", "mixed"])
@pytest.mark.parametrize("cause", CAUSES)
async def test_every_cause_about_the_person_looks_like_nobody(gate: Gate, cause: str, categories: list[str]) -> None:
    attempt, reason = CAUSES[cause]
    await with_consent(gate, categories, denials=[{"recipient": "HEART"}])  # so that one was there and was taken back
    before = await gate.size()
    refused, nobody = await attempt(gate, categories), await seen(gate, NOBODY, categories)
    assert refused == nobody
    assert nobody[0] == 403
    decided = next(e for e in await gate.since(before) if e["kind"] == "decided")
    assert decided["detail"]["items"][0]["reason"] == reason  # only the log tells them apart


async def test_the_same_question_is_answered_where_nothing_stands_against_it(gate: Gate) -> None:
    consent = await gate.agreed()
    assert (await gate.ask()).status_code == 200
    await gate.post(f"/v1/consents/{consent}/revoke", {})
