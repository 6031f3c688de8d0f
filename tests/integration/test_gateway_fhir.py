"""FHIR over the wire: a Consent is recorded through the same desk as every other, or refused with every reason."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from consent.fhir import read
from consent.fhir_names import Directory
from policies.vocabulary import Agency, Role
from service.identity.partners import Scope
from tests.consent.fhir_resources import concept, mark, purposes
from tests.integration.county_house import JSON, Caller, Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

FHIR = "application/fhir+json"
AGENCY = "https://porchlight.example/fhir/agency"
PERSON = "https://porchlight.example/fhir/person"


@pytest_asyncio.fixture(loop_scope="session")
async def http(gate: Gate) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not held against `/openapi.json`: FHIR's own contract is `/fhir/metadata`."""
    transport = httpx.ASGITransport(gate.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def navigator(gate: Gate, http: httpx.AsyncClient) -> Caller:
    return Caller(http, (await gate.caller(Role.HEART_NAVIGATOR)).token)


def organization(agency: Agency) -> JSON:
    return {"identifier": {"system": AGENCY, "value": agency}}


def actor(agency: Agency, role: str) -> JSON:
    return {"role": concept("v3-ParticipationType", role), "reference": organization(agency)}


def resource(gate: Gate, **changes: Any) -> JSON:
    """HEART's consent of the familiar neighbor: EMS and Lincoln may tell HEART, for coordination."""
    today = gate.county.plan.today
    patient = {"identifier": {"system": f"{PERSON}/EMS", "value": gate.county.cast["ids"]["EMS"]}}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": patient,
        "dateTime": (gate.house.clock() - timedelta(minutes=5)).isoformat(),
        "performer": [patient],
        "organization": [organization(Agency.HEART)],
        "sourceReference": {"reference": "DocumentReference/signed"},
        "policy": [{"uri": "https://porchlight.example/consent/fhir-tests"}],
        "provision": {
            "type": "permit",
            "period": {"end": (today + timedelta(days=90)).isoformat()},
            "actor": [actor(Agency.HEART, "IRCP"), actor(Agency.EMS, "CST"), actor(Agency.LINCOLN, "CST")],
            "purpose": purposes("COC"),
        },
    } | changes


async def send(caller: Caller, body: object, kind: str = FHIR) -> httpx.Response:
    return await caller.send("POST", "/fhir/Consent", json.dumps(body).encode(), content_type=kind)


async def asked(caller: Caller, gate: Gate, *categories: str) -> tuple[int, set[str]]:
    """The status, and which categories came."""
    question = {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": list(categories)}
    answer = await caller.post("/v1/queries", question)
    return answer.status_code, {item["category"] for item in answer.json().get("items", [])}


async def test_a_consent_from_a_peer_is_recorded_works_and_is_taken_back(gate: Gate, navigator: Caller) -> None:
    before = await gate.size()
    recorded = await send(navigator, resource(gate))
    assert (recorded.status_code, recorded.headers["content-type"]) == (201, FHIR)
    place = recorded.headers["location"]
    assert place == f"/fhir/Consent/{recorded.json()['id']}"
    assert await asked(navigator, gate, "ems.summary") == (200, {"ems.summary"})
    revoked = await navigator.post(f"{place.replace('/fhir/Consent', '/v1/consents')}/revoke")
    assert revoked.status_code == 200
    assert (await asked(navigator, gate, "ems.summary"))[0] == 403
    kinds = [(entry["kind"], entry["outcome"]) for entry in await gate.since(before)]
    assert (kinds[0], kinds[-2]) == (("consent-recorded", "permit"), ("consent-revoked", "permit"))


async def test_what_is_restricted_is_redacted_and_the_rest_is_disclosed(gate: Gate, navigator: Caller) -> None:
    body = resource(gate)
    body["provision"]["actor"].append(actor(Agency.ALLIANCE, "CST"))
    body["provision"]["provision"] = [{"type": "deny", "securityLabel": [mark("R")]}]
    recorded = await send(navigator, body)
    wanted = ("ems.summary", "clinical.summary", "bh.summary")
    assert await asked(navigator, gate, *wanted) == (200, {"ems.summary", "clinical.summary"})
    await navigator.post(f"/v1/consents/{recorded.json()['id']}/revoke")


async def test_the_stored_resource_is_given_to_whom_it_names_and_says_the_same(gate: Gate, navigator: Caller) -> None:
    sent = (await send(navigator, resource(gate))).json()
    before = await gate.size()
    given = await navigator.get(f"/fhir/Consent/{sent['id']}")
    assert (given.status_code, given.headers["cache-control"]) == (200, "no-store")
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("consent-read", "permit")]
    assert gate.county.cast["ids"]["EMS"] not in given.text
    named = given.json() | {"patient": sent["patient"], "performer": sent["performer"]}
    names = Directory(Agency.HEART)
    assert read(named, names) == read(sent, names)
    await navigator.post(f"/v1/consents/{sent['id']}/revoke")


async def test_an_agency_that_did_not_record_it_is_not_told_who_captured_it(
    gate: Gate, navigator: Caller, http: httpx.AsyncClient
) -> None:
    sent = (await send(navigator, resource(gate))).json()
    assert "captured_by" in json.dumps(sent)
    clinician = Caller(http, (await gate.caller(Role.LINCOLN_CLINICIAN)).token)
    assert "captured_by" not in (await clinician.get(f"/fhir/Consent/{sent['id']}")).text
    worker = Caller(http, (await gate.caller(Role.DSS_CASEWORKER)).token)
    for name in (sent["id"], "c-" + "0" * 32):
        refused = await worker.get(f"/fhir/Consent/{name}")
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/access-denied")
    await navigator.post(f"/v1/consents/{sent['id']}/revoke")


async def test_a_resource_that_cannot_be_kept_is_refused_with_every_reason_and_logged(
    gate: Gate, navigator: Caller
) -> None:
    body, before = resource(gate, status="final"), await gate.size()
    body["provision"] |= {"purpose": purposes("HOPERAT"), "data": [{}]}
    refused = await send(navigator, body)
    assert (refused.status_code, refused.json()["resourceType"]) == (422, "OperationOutcome")
    places = {place for issue in refused.json()["issue"] for place in issue["expression"]}
    assert places == {"Consent.status", "Consent.provision.purpose[0]", "Consent.provision.data"}
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("consent-recorded", "deny")]


async def test_a_person_nobody_can_place_is_refused_like_everywhere(gate: Gate, navigator: Caller) -> None:
    nobody = {"identifier": {"system": f"{PERSON}/EMS", "value": "EP00000000"}}
    before = await gate.size()
    refused = await send(navigator, resource(gate, patient=nobody, performer=[nobody]))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/access-denied")
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("consent-recorded", "deny")]


async def test_an_agency_records_no_consent_of_anothers(gate: Gate, navigator: Caller) -> None:
    refused = await send(navigator, resource(gate, organization=[organization(Agency.LINCOLN)]))
    assert refused.status_code == 422
    assert [issue["expression"] for issue in refused.json()["issue"]] == [["Consent.organization"]]


async def test_a_sender_does_not_say_which_of_our_forms_was_signed(gate: Gate, navigator: Caller) -> None:
    ours = "https://porchlight.example/fhir/StructureDefinition/consent-record"
    part = {"url": "form", "valueString": "care-coordination@1"}
    refused = await send(navigator, resource(gate, extension=[{"url": ours, "extension": [part]}]))
    assert refused.status_code == 422


async def test_a_refusal_alone_is_put_on_file_as_a_do_not_share(gate: Gate, http: httpx.AsyncClient) -> None:
    subject, worker = gate.county.known_to_dss_alone(2)
    caller = Caller(http, (await gate.caller(Role.DSS_CASEWORKER, actor=worker)).token)
    patient = {"identifier": {"system": f"{PERSON}/DSS", "value": subject["identifier"]["value"]}}
    deny = {"type": "deny", "actor": [actor(Agency.JUSTICE, "IRCP")]}
    mine = {"patient": patient, "performer": [patient], "organization": [organization(Agency.DSS)]}
    before = await gate.size()
    recorded = await send(caller, resource(gate, **mine, provision=deny))
    assert (recorded.status_code, recorded.json()["resourceType"]) == (201, "OperationOutcome")
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("consent-recorded", "permit")]


async def test_a_stranger_is_told_nothing_about_a_resource(http: httpx.AsyncClient) -> None:
    for content in (b"{}", b"not json", b'{"a":1,"a":2}', b"[" * 40):
        refused = await http.post("/fhir/Consent", content=content, headers={"content-type": FHIR})
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/not-authenticated")
    assert (await http.get("/fhir/Consent/c-" + "0" * 32)).status_code == 401


async def test_a_scope_is_needed_for_each(gate: Gate, http: httpx.AsyncClient) -> None:
    reader = Caller(http, (await gate.caller(Role.HEART_NAVIGATOR, Scope.CONSENT_READ)).token)
    writer = Caller(http, (await gate.caller(Role.HEART_NAVIGATOR, Scope.CONSENT_WRITE)).token)
    for refused in (await send(reader, resource(gate)), await writer.get("/fhir/Consent/c-" + "0" * 32)):
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", FHIR, 400),
        (b"not json", FHIR, 400),
        (b'{"resourceType":"Consent","resourceType":"Consent"}', FHIR, 400),
        (b"[" * 40 + b"]" * 40, FHIR, 400),
        (b"{}", "text/xml", 415),
        (b" " * (1024 * 1024 + 1), FHIR, 413),
        (b"[]", FHIR, 422),
        (b"{}", FHIR, 422),
        (b'"text"', "application/json", 422),
    ],
    ids=["empty", "no-json", "twice", "deep", "xml", "large", "list", "nothing", "text"],
)
async def test_a_body_that_is_no_resource_is_refused(navigator: Caller, content: bytes, kind: str, status: int) -> None:
    answer = await navigator.send("POST", "/fhir/Consent", content, content_type=kind)
    assert answer.status_code == status


async def test_the_capability_statement_says_what_there_is(http: httpx.AsyncClient) -> None:
    answer = await http.get("/fhir/metadata")
    assert (answer.status_code, answer.headers["content-type"]) == (200, FHIR)
    (consent,) = answer.json()["rest"][0]["resource"]
    assert [i["code"] for i in consent["interaction"]] == ["create", "read"]
    for method, path in (("PUT", "/fhir/Consent/c-" + "0" * 32), ("GET", "/fhir/Consent"), ("GET", "/fhir/Patient/1")):
        assert (await http.request(method, path)).status_code == 404
