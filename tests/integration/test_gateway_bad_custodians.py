"""A custodian that hangs, lies or tells of somebody else: the others' answers stand, and nothing of it gets out."""

import csv
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from policies.vocabulary import Agency, Role
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, County, Gate, running
from tests.service.connectors import hostile

pytestmark = pytest.mark.asyncio(loop_scope="session")

FHIR = b"application/fhir+json"
MARKED = b"Zebulon-Q7"
SECONDS = 0.6


def question(gate: Gate) -> JSON:
    asked = ["clinical.summary", "ems.summary"]
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": asked}


BEHAVIORS: dict[str, tuple[hostile.Behavior, str]] = {
    "hangs": (hostile.hang, "timeout"),
    "drips": (hostile.drips(FHIR), "timeout"),
    "hangs up": (hostile.hangs_up(FHIR), "garbage"),
    "fails": (hostile.says(b"500 Oh", FHIR, MARKED), "server-error"),
    "forbids": (hostile.says(b"403 No", FHIR, MARKED), "refused"),
    "lies about its type": (hostile.says(b"200 OK", b"text/html", b"<p>" + MARKED), "garbage"),
    "sends no JSON": (hostile.says(b"200 OK", FHIR, MARKED), "garbage"),
    "sends another resource": (hostile.says(b"200 OK", FHIR, b'{"resourceType": "' + MARKED + b'"}'), "garbage"),
    "sends a megabyte and more": (hostile.floods(FHIR), "too-large"),
    "sends us elsewhere": (hostile.redirects("http://127.0.0.1:9/"), "garbage"),
}


@asynccontextmanager
async def beside(gate: Gate, behavior: hostile.Behavior) -> AsyncIterator[Gate]:
    """The gateway, with Lincoln's system replaced."""
    settings = gate.county.settings
    async with hostile.serving(behavior, settings.sources[Agency.LINCOLN]) as url:
        sources = {**settings.sources, Agency.LINCOLN: url}
        changed = settings.model_copy(update={"sources": sources, "source_seconds": SECONDS})
        async with running(gate.county, changed) as other:
            yield other


@pytest.mark.parametrize("how", BEHAVIORS)
async def test_what_a_custodian_does_wrong_is_a_code_and_the_others_answer(gate: Gate, agree: Agree, how: str) -> None:
    await agree()
    behavior, fault = BEHAVIORS[how]
    async with beside(gate, behavior) as other:
        navigator, before, began = await other.caller(Role.HEART_NAVIGATOR), await gate.size(), time.monotonic()
        answer = (await navigator.post("/v1/queries", question(gate))).json()
    assert time.monotonic() - began < SECONDS + 1.5
    assert ({i["custodian"] for i in answer["items"]}, answer["unavailable"]) == ({"EMS"}, ["LINCOLN"])
    released = (await gate.since(before))[-1]
    faults = {c["custodian"]: c["fault"] for c in released["detail"]["custodians"]}
    assert faults == {"EMS": "", "LINCOLN": fault}
    assert MARKED.decode() not in str(answer) + str(released)


async def test_another_persons_record_is_not_released(gate: Gate, agree: Agree) -> None:
    await agree()
    real, mine = gate.county.settings.sources[Agency.LINCOLN], gate.county.cast["ids"]["LINCOLN"]
    async with beside(gate, hostile.swaps(real, mine, next(_others(gate.county, mine)))) as other:
        navigator, before = await other.caller(Role.HEART_NAVIGATOR), await gate.size()
        answer = (await navigator.post("/v1/queries", question(gate))).json()
    assert ({i["custodian"] for i in answer["items"]}, answer["unavailable"]) == ({"EMS"}, ["LINCOLN"])
    asked = (await gate.since(before))[-1]["detail"]["custodians"]
    assert {c["custodian"]: c["fault"] for c in asked}["LINCOLN"] == "wrong-person"


async def test_a_relay_that_swaps_nobody_is_answered_through(gate: Gate, agree: Agree) -> None:
    """Else the test above would pass for any broken relay."""
    await agree()
    real, mine = gate.county.settings.sources[Agency.LINCOLN], gate.county.cast["ids"]["LINCOLN"]
    async with beside(gate, hostile.swaps(real, mine, mine)) as other:
        navigator = await other.caller(Role.HEART_NAVIGATOR)
        answer = (await navigator.post("/v1/queries", question(gate))).json()
    assert ({i["custodian"] for i in answer["items"]}, answer["unavailable"]) == ({"EMS", "LINCOLN"}, [])


async def test_a_custodian_that_may_not_answer_is_not_even_asked(gate: Gate, agree: Agree) -> None:
    await agree(denials=[{"custodian": "LINCOLN"}])
    asked: list[bytes] = []

    async def noting(*streams: object) -> None:
        asked.append(await hostile.request(streams[0]))  # type: ignore[arg-type]  # the reader

    async with beside(gate, noting) as other:
        navigator = await other.caller(Role.HEART_NAVIGATOR)
        answer = (await navigator.post("/v1/queries", question(gate))).json()
    assert ({i["custodian"] for i in answer["items"]}, answer["unavailable"], asked) == ({"EMS"}, [], [])


def _others(county: County, mine: str) -> Iterator[str]:
    with (county.plan.county / "truth.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["custodian"] == "LINCOLN" and row["local_id"] != mine and len(row["local_id"]) == len(mine):
                yield row["local_id"]
