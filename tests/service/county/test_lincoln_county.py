"""Lincoln's invented FHIR resources, and the searches of its server."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from policies.vocabulary import Agency
from service.connectors.agencies.lincoln import MRN
from service.connectors.fhir import Resource, each, first, sensitive
from service.county.lincoln import Writer
from service.county.people import Person, people
from service.county.systems.lincoln import Server
from service.county.systems.lincoln_store import Store

TODAY = date(2026, 11, 23)
BASE = "http://x/fhir"


def written(directory: Path, everybody: list[Person]) -> Path:
    writer = Writer(directory, TODAY)
    for person in everybody:
        writer.add(person)
    writer.close()
    return directory / "lincoln"


@pytest.fixture(scope="module")
def known() -> list[Person]:
    return [person for person in people(5, 400) if Agency.LINCOLN in person.seen]


@pytest.fixture(scope="module")
def place(known: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("county"), known)


@pytest.fixture(scope="module")
def server(place: Path) -> Server:
    return Server(Store(place))


@pytest.fixture(scope="module")
def mrn(known: list[Person]) -> str:
    return next(p for p in known if p.familiar and p.substance_use).seen[Agency.LINCOLN].local_id


def search(server: Server, url: str) -> list[object]:
    path, _, query = url.partition("?")
    status, bundle = server.get(BASE, path, query)
    assert (status, first(bundle, "type")) == (200, "searchset")
    return each(bundle, "entry", "resource")


def outcome(server: Server, url: str) -> tuple[int, str]:
    path, _, query = url.partition("?")
    status, resource = server.get(BASE, path, query)
    return status, first(resource, "resourceType")


def test_the_same_seed_writes_the_same_bytes(place: Path, known: list[Person], tmp_path: Path) -> None:
    again = written(tmp_path, known)
    assert [p.read_bytes() for p in sorted(again.iterdir())] == [p.read_bytes() for p in sorted(place.iterdir())]


def test_some_secrets_are_labelled_and_some_only_coded(server: Server, known: list[Person]) -> None:
    problems = [r for p in known for r in search(server, f"Condition?patient=p-{p.seen[Agency.LINCOLN].local_id}")]
    secret = [problem for problem in problems if isinstance(problem, Mapping) and sensitive(problem)]
    labels = {str(code) for problem in secret for code in each(problem, "meta", "security", "code")}
    assert {"R", "PSY", "SUD", "ETH", "42CFRPart2"} <= labels
    assert [problem for problem in secret if not each(problem, "meta", "security")]


def test_a_patient_is_found_by_number_with_race_and_medicaid_number(server: Server, mrn: str) -> None:
    (patient,) = search(server, f"Patient?identifier={MRN}|{mrn}")
    assert mrn in each(patient, "identifier", "value")
    assert "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race" in each(patient, "extension", "url")
    assert search(server, f"Patient?identifier=http://elsewhere|{mrn}") == []


def test_the_three_ways_to_name_a_patient_agree(server: Server, mrn: str) -> None:
    ways = (f"patient=p-{mrn}", f"patient=Patient/p-{mrn}", f"patient.identifier={MRN}|{mrn}")
    found = [search(server, f"Encounter?{way}") for way in ways]
    assert found[0] == found[1] == found[2] != []


@pytest.mark.parametrize(
    ("query", "path", "expected"),
    [
        ("Condition?clinical-status=active", ("clinicalStatus", "coding", "code"), "active"),
        ("Condition?category=problem-list-item", ("category", "coding", "code"), "problem-list-item"),
        ("Observation?code=http://loinc.org|71802-3", ("code", "coding", "code"), "71802-3"),
        ("MedicationRequest?status=active", ("status",), "active"),
    ],
)
def test_a_token_filters(server: Server, mrn: str, query: str, path: tuple[str, ...], expected: str) -> None:
    found = search(server, f"{query}&patient=p-{mrn}")
    assert found
    assert {value for resource in found for value in each(resource, *path)} == {expected}
    assert search(server, f"{query}x&patient=p-{mrn}") == []


def test_visits_are_sorted_dated_and_counted(server: Server, mrn: str) -> None:
    newest = search(server, f"Encounter?patient=p-{mrn}&_sort=-date")
    days = [first(visit, "period", "start") for visit in newest]
    assert days == sorted(days, reverse=True)
    assert search(server, f"Encounter?patient=p-{mrn}&_sort=-date&_count=1") == newest[:1]
    assert search(server, f"Encounter?patient=p-{mrn}&date=ge2027-01-01") == []


def test_elements_are_all_that_is_sent_and_say_so(server: Server, mrn: str) -> None:
    (patient,) = search(server, f"Patient?_id=p-{mrn}&_elements=birthDate")
    assert isinstance(patient, Mapping)
    assert set(patient) <= {"resourceType", "id", "meta", "birthDate"}
    assert each(patient, "meta", "tag", "code") == ["SUBSETTED"]


def test_pages_of_patients_reach_everybody_once(server: Server, known: list[Person]) -> None:
    met, url = list[str](), "Patient?active=true&_count=50"
    while url:
        parts = urlsplit(url)
        _, bundle = server.get(BASE, "Patient", parts.query)
        met += [first(patient, "id") for patient in each(bundle, "entry", "resource")]
        links = {first(link, "relation"): first(link, "url") for link in each(bundle, "link")}
        url = links.get("next", "")
    assert sorted(met) == sorted(f"p-{person.seen[Agency.LINCOLN].local_id}" for person in known)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("Condition?patient=p-1&unheard-of=1", 400),
        ("Condition?patient=p-1&_count=many", 400),
        ("Condition?patient=p-1&_sort=name", 400),
        ("Condition", 400),
        ("Medication?patient=p-1", 404),
        ("Patient/p-nobody", 404),
    ],
)
def test_what_the_server_cannot_do_is_an_operation_outcome(server: Server, url: str, status: int) -> None:
    assert outcome(server, url) == (status, "OperationOutcome")


def test_one_bad_search_of_a_batch_does_not_spoil_the_others(server: Server, mrn: str) -> None:
    urls = (f"Encounter?patient=p-{mrn}", "Nothing?x=1", f"Patient?_id=p-{mrn}")
    batch: Resource = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": url}} for url in urls],
    }
    _, response = server.batch(BASE, batch)
    assert each(response, "entry", "response", "status") == ["200 OK", "404 Not Found", "200 OK"]


def test_a_batch_may_only_read(server: Server) -> None:
    delete = {"request": {"method": "DELETE", "url": "Patient/p-1"}}
    _, response = server.batch(BASE, {"resourceType": "Bundle", "type": "batch", "entry": [delete]})
    assert each(response, "entry", "response", "status") == ["405 Method Not Allowed"]


def test_the_server_says_what_it_can_do(server: Server) -> None:
    status, statement = server.get(BASE, "metadata", "")
    assert (status, first(statement, "fhirVersion")) == (200, "4.0.1")
    assert {"Patient", "Encounter", "Observation", "Practitioner"} <= set(each(statement, "rest", "resource", "type"))
