"""A question that four agencies answer: under consent, by the role's own fields, from the log's point of view too."""

import dataclasses

import pytest

from policies.tables import catalog, profile
from policies.vocabulary import Agency, Category, Role
from service.identity.partners import Scope
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, PART2_FORM, Gate, timeless

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEVEN = [role for role in Role if profile(role)]
FOUR = {"DSS/benefits.summary", "EMS/ems.summary", "LINCOLN/clinical.summary", "ALLIANCE/bh.summary"}


def question(gate: Gate, *categories: str, **changes: object) -> JSON:
    asked = list(categories) or sorted(name.partition("/")[2] for name in FOUR)
    return {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": asked} | changes


async def test_four_agencies_answer_one_question_under_the_persons_consent(gate: Gate, agree: Agree) -> None:
    await agree()
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    answer = await navigator.post("/v1/queries", question(gate))
    body = answer.json()
    assert (answer.status_code, {f"{i['custodian']}/{i['category']}" for i in body["items"]}) == (200, FOUR)
    assert all(item["values"] and item["basis"] and item["obligations"] for item in body["items"])
    assert [entry["kind"] for entry in await gate.since(before)] == ["decided", "released"]


async def test_the_log_names_what_left_and_holds_none_of_it(gate: Gate, agree: Agree) -> None:
    await agree()
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    answer = await navigator.post("/v1/queries", question(gate))
    decided, released = await gate.since(before)
    left = {(f"{i['custodian']}/{i['category']}", *sorted(i["values"])) for i in answer.json()["items"]}
    assert {(i["key"], *sorted(i["fields"])) for i in released["detail"]["items"]} == left
    assert decided["request"] == released["request"] == answer.json()["query"]
    said = {str(v) for i in answer.json()["items"] for v in i["values"].values() if len(str(v)) > 7}
    named = {*gate.county.cast["ids"].values(), gate.county.cast["family"]}
    assert said
    assert not [word for word in said | named if word in str(decided) + str(released)]


async def test_the_person_may_be_named_by_name_and_birth_date(gate: Gate, agree: Agree) -> None:
    await agree()
    navigator = await gate.caller(Role.HEART_NAVIGATOR)
    by_id, by_name = [
        await navigator.post("/v1/queries", question(gate, subject=subject))
        for subject in (gate.county.named_by(Agency.LINCOLN), gate.county.described())
    ]
    assert by_id.status_code == by_name.status_code == 200
    assert timeless(by_id.json()) == timeless(by_name.json())


async def test_who_asks_for_two_fields_gets_at_most_two(gate: Gate, agree: Agree) -> None:
    await agree()
    navigator, asked = await gate.caller(Role.HEART_NAVIGATOR), ["medicaid_active", "medicaid_plan"]
    body = question(gate, categories=None, fields={"benefits.summary": asked})
    (item,) = (await navigator.post("/v1/queries", body)).json()["items"]
    assert list(item["values"]) == ["medicaid_active"]  # the plan is none of a navigator's business


async def test_only_the_custodians_named_are_asked(gate: Gate, agree: Agree) -> None:
    await agree()
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    await navigator.post("/v1/queries", question(gate, "care_team", custodians=["LINCOLN"]))
    decided, released = await gate.since(before)
    assert {item["key"] for item in decided["detail"]["items"]} == {"LINCOLN/care_team"}
    assert [asked["custodian"] for asked in released["detail"]["custodians"]] == ["LINCOLN"]


@pytest.mark.parametrize("role", SEVEN)
async def test_a_summary_never_shows_a_field_outside_the_roles_profile(gate: Gate, agree: Agree, role: Role) -> None:
    everybody = sorted({a.value for a in Agency} - {"VSP"})
    await agree(recipients=everybody, categories=sorted(catalog()), **PART2_FORM)
    answer = await (await gate.caller(role)).post(
        "/v1/summaries", {"subject": gate.county.described(), "purpose": "COC"}
    )
    shown = _fields(answer.json())
    assert (answer.status_code, bool(shown)) == (200, True)
    assert {c: names for c, names in shown.items() if not names <= profile(role).get(c, frozenset())} == {}


@pytest.mark.parametrize("role", SEVEN)
async def test_asking_for_every_field_there_is_gets_no_more_than_the_profile(
    gate: Gate, agree: Agree, role: Role
) -> None:
    everybody = sorted({a.value for a in Agency} - {"VSP"})
    await agree(recipients=everybody, categories=sorted(catalog()), **PART2_FORM)
    everything = {category: sorted(fields) for category, fields in catalog().items()}
    answer = await (await gate.caller(role)).post("/v1/queries", question(gate, categories=None, fields=everything))
    shown = _fields(answer.json())
    assert shown
    assert {c: names for c, names in shown.items() if not names <= profile(role).get(c, frozenset())} == {}


async def test_an_emergency_opens_what_medical_personnel_need_and_nobody_else(gate: Gate) -> None:
    attested = {"attested": True, "nature": "overdose", "facility": "durham-ems", "can_consent": False}
    urgent = question(gate, "clinical.summary", purpose="ETREAT", emergency=attested)
    paramedic, navigator = [await gate.caller(r) for r in (Role.EMS_COMMUNITY_PARAMEDIC, Role.HEART_NAVIGATOR)]
    before = await gate.size()
    opened, refused = [await caller.post("/v1/queries", urgent) for caller in (paramedic, navigator)]
    assert (opened.status_code, refused.status_code) == (200, 403)
    assert "BTG_REVIEW_24H" in opened.json()["obligations"]
    decided = (await gate.since(before))[0]
    assert decided["detail"]["emergency"] == {"nature": "overdose", "facility": "durham-ems", "can_consent": False}


async def test_a_purpose_the_partner_is_not_registered_for_is_refused(gate: Gate, agree: Agree) -> None:
    await agree()
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    registered = gate.house.partners.find("heart-system")
    assert registered
    others = [partner for partner in gate.house.partners if partner is not registered]
    gate.house.partners.replace([*others, dataclasses.replace(registered, purposes=frozenset())])
    try:
        answer = await navigator.post("/v1/queries", question(gate))
    finally:
        gate.house.partners.replace([*others, registered])
    assert (answer.status_code, answer.json()["reasons"]) == (403, ["NO_AGENCY_AGREEMENT"])
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("decided", "deny")]


async def test_a_token_for_another_scope_opens_nothing_and_says_so(gate: Gate) -> None:
    reader, before = await gate.caller(Role.HEART_NAVIGATOR, Scope.CONSENT_READ), await gate.size()
    answer = await reader.post("/v1/queries", question(gate))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing")
    (entry,) = await gate.since(before)
    assert (entry["kind"], entry["outcome"]) == ("query-refused", "scope-missing")


def _fields(disclosure: JSON) -> dict[Category, set[str]]:
    shown: dict[Category, set[str]] = {}
    for item in disclosure["items"]:
        shown.setdefault(Category(item["category"]), set()).update(item["values"])
    return shown
