"""Refusals look alike (42 CFR 2.13(c), G.S. 108A-80): through the real application, to the byte and to the header."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from policies.vocabulary import Agency, Role
from service.identity.partners import Scope
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Caller, County, Gate, running
from tests.integration.twins import TWINS

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNKNOWN = {"identifier": {"custodian": "EMS", "value": "EP00000000"}}
NOWHERE = {"demographics": {"street": "1 Nowhere Ln", "zip": "27701", "birth_date": "1980-01-01"}}
MIXED = ["clinical.summary", "ems.clinical", "sud.counseling_notes"]
"""One category the navigator has a profile for, one it has not, one that is blocked for everybody."""


def question(subject: JSON, *categories: str) -> JSON:
    return {"subject": subject, "purpose": "COC", "categories": list(categories), "custodians": ["LINCOLN"]}


def bare(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that an asker sees, but for the number of their own query."""
    own = answer.json()["instance"].rpartition("/")[2].encode()
    assert answer.content.count(own) == 1
    headers = [(name, value) for name, value in answer.headers.items() if name != "date"]
    return answer.status_code, answer.content.replace(own, b""), headers


def denied_to(caller: Caller, subject: JSON, *categories: str) -> Awaitable[httpx.Response]:
    return caller.post("/v1/queries", question(subject, *categories))


CAUSES: dict[str, Callable[[County], JSON]] = {
    "described but not found": lambda _: NOWHERE,
    "one of two twins": lambda _: TWINS,
    "no consent": lambda county: county.named_by(Agency.EMS),
    "no care relationship": lambda county: county.known_to_dss_alone()[0],
}


@pytest.mark.parametrize("categories", [["clinical.summary"], MIXED], ids=["plain", "mixed"])
@pytest.mark.parametrize("cause", CAUSES)
async def test_every_cause_about_the_person_looks_like_nobody(gate: Gate, cause: str, categories: list[str]) -> None:
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    nobody = await denied_to(navigator, UNKNOWN, *categories)
    refused = await denied_to(navigator, CAUSES[cause](gate.county), *categories)
    assert nobody.status_code == 403
    assert bare(refused) == bare(nobody)


@pytest.mark.parametrize("categories", [["clinical.summary"], MIXED], ids=["plain", "mixed"])
async def test_no_record_at_the_custodian_looks_like_nobody(gate: Gate, categories: list[str]) -> None:
    subject, actor = gate.county.known_to_dss_alone()
    worker = await gate.caller(Role.DSS_CASEWORKER, actor=actor)
    consent = gate.county.agreement(subject=subject, recipients=["DSS"])
    recorded = (await worker.post("/v1/consents", consent)).json()["id"]
    before = await gate.size()
    empty = await worker.post("/v1/queries", question(subject, *categories))
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)][1:] == [("released", "nothing")]
    assert bare(empty) == bare(await denied_to(worker, UNKNOWN, *categories))
    await worker.post(f"/v1/consents/{recorded}/revoke")


@pytest.mark.parametrize("categories", [["clinical.summary"], MIXED], ids=["plain", "mixed"])
async def test_a_revoked_consent_looks_like_nobody(gate: Gate, agree: Agree, categories: list[str]) -> None:
    consent, navigator = await agree(), await gate.caller(Role.HEART_NAVIGATOR)
    assert (await denied_to(navigator, gate.county.named_by(Agency.EMS), *categories)).status_code == 200
    await navigator.post(f"/v1/consents/{consent['id']}/revoke")
    assert bare(await denied_to(navigator, gate.county.named_by(Agency.EMS), *categories)) == bare(
        await denied_to(navigator, UNKNOWN, *categories)
    )


async def test_a_custodian_the_person_closed_looks_like_nobody_even_when_it_is_down(gate: Gate, agree: Agree) -> None:
    denied = [{"recipient": "HEART", "custodian": "LINCOLN"}]
    await agree(denials=denied)
    down = gate.county.settings.model_copy(
        update={"sources": {**gate.county.settings.sources, Agency.LINCOLN: "http://127.0.0.1:9/fhir"}}
    )
    async with running(gate.county, down) as other:
        for up_or_down in (gate, other):
            navigator = await up_or_down.caller(Role.HEART_NAVIGATOR)
            closed = await denied_to(navigator, gate.county.named_by(Agency.EMS), "clinical.summary")
            assert bare(closed) == bare(await denied_to(navigator, UNKNOWN, "clinical.summary"))


async def test_consents_refuse_a_stranger_to_them_like_a_consent_that_is_not(gate: Gate, agree: Agree) -> None:
    consent = await agree(recipients=["HEART"], custodians=["EMS"])
    justice = await gate.caller(Role.JUSTICE_CASE_MANAGER, Scope.CONSENT_READ, Scope.CONSENT_WRITE)
    for path in ("/v1/consents/{}", "/v1/consents/{}/revoke"):
        ask = justice.post if path.endswith("revoke") else justice.get
        theirs, none = await ask(path.format(consent["id"])), await ask(path.format(f"c-{'0' * 32}"))
        assert theirs.status_code == 403
        assert bare(theirs) == bare(none)


async def test_a_refusal_leaves_on_a_beat_whatever_its_cause(gate: Gate) -> None:
    """The wait is to the next multiple of the floor; here the floor is long, so both causes take one beat."""
    usual = gate.house
    gate.app.state.gateway = replace(usual, refusal_floor=0.4)
    try:
        navigator = await gate.caller(Role.HEART_NAVIGATOR)
        subjects = (UNKNOWN, gate.county.named_by(Agency.EMS))
        spent = [(await denied_to(navigator, subject, "clinical.summary")).elapsed for subject in subjects]
    finally:
        gate.app.state.gateway = usual
    assert all(0.39 <= seconds.total_seconds() < 0.7 for seconds in spent)
