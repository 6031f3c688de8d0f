"""EMS's invented reports: valid NEMSIS, deterministic, and found again by the index and the ePCR system."""

from datetime import date
from pathlib import Path

import pytest
import xmlschema

from policies.vocabulary import Agency
from service.connectors.nemsis import patients, reports
from service.county.ems import Writer
from service.county.people import Person, people
from service.county.systems.ems import Reports
from tests.service.connectors.outside import outside

TODAY = date(2026, 11, 23)


def written(directory: Path, everybody: list[Person]) -> Path:
    writer = Writer(directory, TODAY)
    for person in everybody:
        writer.add(person)
    writer.close()
    return directory / "ems"


@pytest.fixture(scope="module")
def known() -> list[Person]:
    return [person for person in people(5, 400) if Agency.EMS in person.seen]


@pytest.fixture(scope="module")
def place(known: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("county"), known)


def test_every_document_is_valid_against_the_nemsis_schema(place: Path) -> None:
    schema = xmlschema.XMLSchema(str(outside("nemsis", "xsd", "EMSDataSet_v3.xsd")))
    for document in sorted(place.glob("*.xml"))[:2]:
        schema.validate(str(document))


def test_every_kind_of_call_is_in_what_was_validated(place: Path) -> None:
    held = b"".join(path.read_bytes() for path in sorted(place.glob("*.xml"))[:2])
    for code in (b"T40.1X1A", b"F10.920", b"F20.9", b"4227005", b"4221031", b"2522001", b"Z88."):
        assert code in held


def test_everybody_ems_knows_is_there_and_familiar_neighbors_often(place: Path, known: list[Person]) -> None:
    store = Reports(place)
    many = {person.number: len(reports(store.of(person.seen[Agency.EMS].local_id) or b"")) for person in known}
    assert min(many.values()) >= 1
    assert min(many[person.number] for person in known if person.familiar) >= 8


def test_the_same_seed_writes_the_same_bytes(place: Path, known: list[Person], tmp_path: Path) -> None:
    again = written(tmp_path, known)
    assert [p.read_bytes() for p in sorted(again.iterdir())] == [p.read_bytes() for p in sorted(place.iterdir())]


def test_the_store_gives_one_patients_reports_and_nobody_elses(place: Path, known: list[Person]) -> None:
    store = Reports(place)
    for person in known[:60]:
        local_id = person.seen[Agency.EMS].local_id
        assert patients(store.of(local_id) or b"") == {local_id}
    assert store.of("nobody") is None


def test_pages_reach_everybody_once_and_end(place: Path, known: list[Person]) -> None:
    store, after, met = Reports(place), "", list[str]()
    while page := store.after(after):
        met += [report.patient for report in reports(page)]
        after = max(met)
    assert sorted(met) == sorted(person.seen[Agency.EMS].local_id for person in known)


def test_a_county_without_patients_leaves_no_invalid_document(tmp_path: Path) -> None:
    place = written(tmp_path, [])
    assert [path.name for path in place.iterdir()] == ["index.tsv"]
