"""The county on disk: everybody once, the truth apart, and a cast to tell a story with."""

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from policies.vocabulary import Agency, Role
from service.county.county import write
from service.county.county_gateway import team
from service.county.people import AGENCIES, Person, people
from service.county.systems.dss import PROTECTIVE

TODAY = date(2026, 11, 23)
SEED, COUNT = 11, 300


@pytest.fixture(scope="module")
def heard() -> list[int]:
    return []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, heard: list[int]) -> Path:
    directory = tmp_path_factory.mktemp("county")
    write(directory, SEED, COUNT, TODAY, heard.append)
    return directory


@pytest.fixture(scope="module")
def county() -> list[Person]:
    return list(people(SEED, COUNT))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_county_byte_for_byte(place: Path, tmp_path: Path) -> None:
    write(tmp_path, SEED, COUNT, TODAY)
    written = {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {str(path) for path in written if written[path] != again.get(path)} == set()
    assert written.keys() == again.keys()


def test_every_agency_has_files_and_progress_reaches_the_end(place: Path, heard: list[int]) -> None:
    assert {agency for agency in AGENCIES if any((place / agency.lower()).iterdir())} == set(AGENCIES)
    assert heard == [100, 200, 300]


def test_the_truth_names_every_record_once(place: Path, county: list[Person]) -> None:
    told = [(int(row["number"]), row["custodian"], row["local_id"]) for row in rows(place / "truth.csv")]
    assert told == [
        (person.number, seen.custodian, seen.local_id) for person in county for seen in person.seen.values()
    ]


def test_nothing_the_gateway_is_given_carries_a_persons_number(place: Path) -> None:
    for path in (place / "gateway").iterdir():
        assert "number" not in path.read_text("utf-8")


def test_the_roster_is_a_few_hundred_actors_of_known_roles_not_all_active(place: Path) -> None:
    roster = json.loads((place / "gateway" / "roster.json").read_text("utf-8"))
    assert 100 < len({row["actor"] for row in roster}) == len(roster) < 400
    assert {Role(row["role"]) for row in roster} == set(Role)
    assert {Agency(row["agency"]) for row in roster} > set(AGENCIES)
    assert {row["active"] for row in roster} == {True, False}


def test_caseloads_name_active_actors_and_real_records(place: Path, county: list[Person]) -> None:
    active = {
        row["actor"] for row in json.loads((place / "gateway" / "roster.json").read_text("utf-8")) if row["active"]
    }
    records = {(seen.custodian, seen.local_id) for person in county for seen in person.seen.values()}
    for row in rows(place / "gateway" / "caseload.csv"):
        assert row["actor"] in active
        assert (row["custodian"], row["local_id"]) in records
        assert date.fromisoformat(row["since"]) < TODAY


def test_a_familiar_neighbor_is_on_caseloads_in_several_agencies(county: list[Person]) -> None:
    familiar = [person for person in county if person.familiar]
    assert familiar
    for person in familiar:
        assert Counter(worker.agency for worker in team(person)).keys() >= {*AGENCIES, Agency.HEART}


def test_the_cast_is_one_familiar_neighbor_with_somebody_of_every_caring_role(
    place: Path, county: list[Person]
) -> None:
    cast = json.loads((place / "gateway" / "cast.json").read_text("utf-8"))
    (person,) = [p for p in county if {a: s.local_id for a, s in p.seen.items()} == cast["ids"]]
    assert person.familiar
    assert cast["birth_date"] == person.seen[Agency.DSS].birth_date.isoformat()  # type: ignore[union-attr]  # a red test if none
    assert set(cast["actors"]) == set(Role) - {Role.PRIVACY_OFFICER, Role.LAW_ENFORCEMENT}
    assert cast["actors"]["heart_navigator"].startswith("hn-")


def test_the_extract_holds_what_must_not_be_shared_or_withholding_it_would_prove_nothing(place: Path) -> None:
    cases, individuals = rows(place / "dss" / "Case.csv"), rows(place / "dss" / "Individual.csv")
    assert {row["ProgramType"] for row in cases} & set(PROTECTIVE)
    assert any(row["CaseNotes"] for row in cases)
    assert {row["APSReport"] for row in individuals} == {"Y", "N"}
    assert any(len(row["SSN"]) == 4 for row in individuals)
