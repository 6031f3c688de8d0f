"""Substance use records (42 CFR Part 2): only with a complete consent, and never without their two attachments."""

import pytest

from policies.vocabulary import Agency, Role
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, PART2_FORM, Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITH_PART2 = ["sud.part2", "bh.summary"]


def question(gate: Gate, *categories: str) -> JSON:
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": list(categories)}


async def test_a_complete_consent_opens_them_with_notice_and_scope(gate: Gate, agree: Agree) -> None:
    consent = await agree(categories=WITH_PART2, **PART2_FORM)
    answer = (await (await gate.caller(Role.HEART_NAVIGATOR)).post("/v1/queries", question(gate, "sud.part2"))).json()
    assert {item["category"] for item in answer["items"]} == {"sud.part2"}
    assert "use or disclosure" in answer["notices"]["PART2"]  # the text of 42 CFR 2.32(a)
    (scope,) = answer["consents"]  # and 2.32(b): what the person agreed to
    named = {name: scope[name] for name in ("consent", "version", "recipients", "purposes", "end")}
    assert named == {name: consent.get(name, consent["id"]) for name in named}
    assert {"PART2_NOTICE", "CONSENT_COPY_OR_SCOPE", "NORDSCLCD"} <= set(answer["obligations"])


async def test_every_answer_that_holds_one_carries_notice_and_scope(gate: Gate, agree: Agree) -> None:
    await agree(categories=[*WITH_PART2, "ems.summary"], **PART2_FORM)
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    summary = {"subject": gate.county.described(), "purpose": "COC"}
    for answer in [
        (await navigator.post("/v1/summaries", summary)).json(),
        (await navigator.post("/v1/queries", question(gate, *WITH_PART2, "ems.summary"))).json(),
    ]:
        assert "sud.part2" in {item["category"] for item in answer["items"]}
        assert "use or disclosure" in answer["notices"]["PART2"]
        assert answer["consents"]


async def test_without_the_elements_of_2_31_the_rest_is_released_and_they_are_not(gate: Gate, agree: Agree) -> None:
    await agree(categories=WITH_PART2)
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    answer = (await navigator.post("/v1/queries", question(gate, *WITH_PART2))).json()
    assert {item["category"] for item in answer["items"]} == {"bh.summary"}
    assert "PART2" not in answer["notices"]
    decided = (await gate.since(before))[0]["detail"]["items"]
    assert {i["reason"] for i in decided if i["key"].endswith("sud.part2")} == {"PART2_ELEMENTS_MISSING"}


async def test_a_consent_that_does_not_name_the_category_refuses_like_no_consent(gate: Gate, agree: Agree) -> None:
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    unsigned = await navigator.post("/v1/queries", question(gate, "sud.part2"))
    await agree(categories=["bh.summary"], **PART2_FORM)
    unnamed = await navigator.post("/v1/queries", question(gate, "sud.part2"))
    assert (unsigned.status_code, unnamed.status_code) == (403, 403)
    assert [{**answer.json(), "instance": ""} for answer in (unsigned, unnamed)] == [
        {**unsigned.json(), "instance": ""}
    ] * 2
