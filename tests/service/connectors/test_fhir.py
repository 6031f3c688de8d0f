"""The FHIR reader: batches out, answers in, secrets found; and the outside samples through it."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from service.connectors.base import Unanswered
from service.connectors.fhir import Search, answers, batch, each, first, sensitive
from service.connectors.fhir_chart import Chart, homeless_status, legal_name, phone, usual_area, worker
from service.gateway.ports import Fault
from tests.service.connectors.outside import outside
from tests.service.connectors.stages import clock

SEARCHES = (Search("Patient", "x=1"), Search("Condition", "y=2"))
Json = dict[str, Any]  # a FHIR document, written by hand


def entry(kind: str, *, status: str = "200 OK", link: str = "self", mode: str = "match") -> Json:
    found = [{"resource": {"resourceType": kind, "id": "7"}, "search": {"mode": mode}}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": link}], "entry": found}
    return {"resource": bundle, "response": {"status": status}}


def reply(*entries: Json, **more: object) -> bytes:
    return orjson.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries, **more})


def fault(content: bytes, *searches: Search) -> Fault:
    with pytest.raises(Unanswered) as raised:
        answers(content, searches or SEARCHES)
    return raised.value.fault


def sample(folder: str, name: str) -> Json:
    loaded: Json = orjson.loads(outside(folder, name).read_bytes())
    return loaded


def test_a_batch_holds_the_searches_in_their_order() -> None:
    assert each(orjson.loads(batch(SEARCHES)), "entry", "request", "url") == ["Patient?x=1", "Condition?y=2"]


def test_answers_pair_with_their_searches() -> None:
    found, made = answers(reply(entry("Patient"), entry("Condition"), timestamp="2026-11-23T12:00:00-05:00"), SEARCHES)
    assert [[first(resource, "resourceType") for resource in some] for some in found] == [["Patient"], ["Condition"]]
    assert made
    assert made.isoformat() == "2026-11-23T17:00:00+00:00"


def test_what_only_came_along_is_not_a_match() -> None:
    outcome = entry("OperationOutcome", mode="outcome")
    assert answers(reply(outcome, entry("Condition")), SEARCHES)[0][0] == []


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (reply(entry("Patient")), Fault.GARBAGE),
        (reply(entry("Patient"), entry("Patient")), Fault.GARBAGE),
        (reply(entry("Patient"), {}), Fault.REFUSED),
        (reply(entry("Patient"), entry("Condition", status="500 Oops")), Fault.SERVER_ERROR),
        (reply(entry("Patient"), entry("Condition", status="403 No")), Fault.REFUSED),
        (
            reply(entry("Patient"), {"response": {"status": "200"}, "resource": {"resourceType": "Patient"}}),
            Fault.GARBAGE,
        ),
        (reply(entry("Patient"), entry("Condition", link="next")), Fault.TOO_LARGE),
        (b'{"resourceType":"Bundle","type":"transaction-response","entry":[]}', Fault.GARBAGE),
    ],
)
def test_half_an_answer_is_no_answer(broken: bytes, expected: Fault) -> None:
    assert fault(broken) is expected


def test_a_first_page_is_enough_where_only_the_newest_is_read() -> None:
    found, _ = answers(reply(entry("Encounter", link="next")), [Search("Encounter", "z", whole=False)])
    assert len(found[0]) == 1


@pytest.mark.parametrize(
    ("path", "found"),
    [(("a", "b"), [1, 2]), (("a", "c"), []), (("x",), []), (("a", "b", "c"), []), (("d",), [3])],
)
def test_each_takes_lists_apart_and_survives_any_shape(path: tuple[str, ...], found: list[int]) -> None:
    assert each({"a": [{"b": 1}, {"b": [2]}, "odd", None], "d": 3}, *path) == found


CLEAN: Json = {
    "resourceType": "Condition",
    "code": {"coding": [{"system": "http://loinc.org", "code": "1"}], "text": "x"},
}


@pytest.mark.parametrize(
    "more",
    [
        {"meta": {"security": [{"code": "PSY"}]}},
        {"meta": {"security": [{}]}},
        {"meta": {"security": [{"code": "N"}, {"code": "42CFRPart2"}]}},
        {"reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}]}]},
        {"code": {"text": "Opioid dependence"}},
        {"code": {"coding": [{"display": "Alcohol use disorder"}]}},
        {"contained": [{"resourceType": "Medication", "code": {"text": "Suboxone"}}]},
        {"serviceType": {"text": "Psychiatry"}},
    ],
)
def test_a_secret_is_found_wherever_it_stands(more: Json) -> None:
    assert not sensitive(CLEAN)
    assert sensitive(CLEAN | more)


NOT_SECRET = (
    "condition-duodenal-ulcer.json",
    "condition-SDOH-example.json",
    "careteam-example.json",
    "encounter-1036.json",
)
SECRET = (
    "Observation-AUDIT-C-panel-example-72109-2.json",
    "Observation-TAPS-panel-example-96841-2.json",
    "Observation-substance-use-status.json",
)


@pytest.mark.parametrize("name", NOT_SECRET)
def test_ordinary_outside_resources_may_be_told(name: str) -> None:
    assert not sensitive(sample("us-core", name))


@pytest.mark.parametrize("name", SECRET)
def test_outside_screening_for_substance_use_is_found_secret_without_any_label(name: str) -> None:
    resource = sample("us-core", name)
    assert not each(resource, "meta", "security")
    assert sensitive(resource)


def chart(patient: Mapping[str, object], **found: list[Mapping[str, object]]) -> Chart:
    return Chart.of(patient, found, clock())


def test_the_outside_us_core_patient_is_read() -> None:
    read = chart(sample("us-core", "patient-example.json"))
    assert legal_name(read) == "Amy V. Baxter PharmD", "the other name is an old one"
    assert phone(read)
    assert usual_area(read).isdecimal()


def test_the_outside_r4_patient_is_read() -> None:
    assert legal_name(chart(sample("fhir-r4", "Patient-example.json"))) == "Peter James Chalmers"


def test_the_outside_care_team_and_housing_answer_are_read() -> None:
    team, answer = sample("us-core", "careteam-example.json"), "Observation-PRAPARE-item-example-71802-3.json"
    read = chart({}, team=[team], housing=[sample("us-core", answer)])
    assert worker(read) == "Ronald Bone, MD"
    assert homeless_status(read) == "homeless"


def test_every_outside_resource_can_be_judged() -> None:
    for folder in ("us-core", "fhir-r4"):
        for path in sorted(outside(folder).glob("*.json")):
            assert sensitive(orjson.loads(path.read_bytes())) in (True, False)
