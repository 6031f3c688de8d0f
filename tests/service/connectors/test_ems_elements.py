"""EMS is asked for no more of a report than the permitted fields need, and says the same of them."""

import re
from datetime import UTC, date, datetime

import pytest

from policies.vocabulary import Agency
from service.connectors.agencies.ems import _ALWAYS, _ELEMENTS, OFFERS, READINGS, _elements
from service.connectors.nemsis import READ, Report, reports
from service.connectors.nemsis_history import History
from service.county.ems import Writer
from service.county.people import people
from service.county.systems.ems import Reports, _may_be_named

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIELDS = [(category, name) for category, names in OFFERS.items() for name in sorted(names)]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reports, list[str]]:
    place = tmp_path_factory.mktemp("county")
    writer = Writer(place, date(2026, 11, 23))
    patients = []
    for person in people(11, 300):
        writer.add(person)
        if Agency.EMS in person.seen:
            patients.append(person.seen[Agency.EMS].local_id)
    writer.close()
    return Reports(place / "ems"), patients


@pytest.mark.parametrize(("category", "name"), FIELDS, ids=str)
def test_a_field_read_from_its_elements_is_the_field_read_from_the_whole(
    held: tuple[Reports, list[str]], category: str, name: str
) -> None:
    store, patients = held
    read = next(readings for known, readings in READINGS.items() if known == category)[name]
    needed, told = _elements(frozenset({name})), set[object]()
    for patient in patients:
        whole, cut = store.of(patient), store.of(patient, sorted(needed))
        assert whole
        assert cut
        ways = (reports(whole), reports(whole, needed), reports(cut, needed))
        histories = [History.of(held, NOW) for held in ways]
        assert len({tuple(report.at for report in history.reports) for history in histories}) == 1
        if histories[0].reports:
            (value,) = {read(history) for history in histories}
            told.add(value)
    assert told - {None, "", ()}, "somebody has a value, or this proves nothing"


def test_a_document_cut_down_holds_the_elements_asked_for_and_no_others(held: tuple[Reports, list[str]]) -> None:
    store, patients = held
    for fields in (OFFERS[next(c for c in OFFERS if c == "ems.summary")], frozenset({"vitals_summary"})):
        asked = _elements(fields)
        for patient in patients:
            document = store.of(patient, sorted(asked)) or b""
            there = {name.decode() for name in re.findall(rb"<(e[A-Z]\w*\.\w+)", document)}
            assert {name for name in there if not name.startswith("eVitals")} <= asked
            assert "eVitals.VitalGroup" in asked or not {name for name in there if name.startswith("eVitals")}
            whole, cut = ((store.of(patient, some) or b"").count(b"<PatientCareReport") for some in ((), sorted(asked)))
            assert whole == cut >= 1


def test_a_count_of_encounters_needs_no_name_no_situation_and_no_vital_sign(held: tuple[Reports, list[str]]) -> None:
    store, patients = held
    asked = _elements(frozenset({"encounter_count_30d", "encounter_count_365d", "last_encounter_date"}))
    assert asked == _ALWAYS
    document = store.of(patients[0], sorted(asked))
    assert document
    for absent in (b"ePatient.02", b"ePatient.09", b"eSituation", b"eVitals", b"eHistory", b"ePatient.12", b"eOutcome"):
        assert b"<" + absent not in document


def test_the_reader_looks_at_no_more_than_it_was_told_to(held: tuple[Reports, list[str]]) -> None:
    store, patients = held
    whole = store.of(patients[0]) or b""
    seen: set[str] = set().union(*(report.held for report in reports(whole, _ALWAYS | {"ePatient.12", "ePatient.14"})))
    assert seen <= _ALWAYS
    assert isinstance(reports(whole)[0], Report)


def test_every_element_that_may_be_asked_is_one_the_system_knows_and_the_reader_reads() -> None:
    needed = _ALWAYS.union(*_ELEMENTS.values())
    assert _may_be_named(sorted(needed))
    assert needed - READ == {"eVitals.VitalGroup"}
    assert set(_ELEMENTS) <= {name for names in OFFERS.values() for name in names}


@pytest.mark.parametrize("name", ["", "ePatient", "eNarrative.01", "ePayment.01", "ePatient.1|.", "ePatient.012", "x"])
def test_the_system_cuts_by_no_name_that_is_no_element(name: str) -> None:
    assert not _may_be_named(["eTimes.07", name])
