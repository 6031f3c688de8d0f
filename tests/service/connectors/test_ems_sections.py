"""EMS is asked for no more of a report than the permitted fields need, and says the same of them."""

from datetime import UTC, date, datetime

import pytest

from policies.vocabulary import Agency
from service.connectors.agencies.ems import _ALWAYS, _SECTIONS, OFFERS, READINGS, _sections
from service.connectors.nemsis import reports
from service.connectors.nemsis_history import History
from service.county.ems import Writer
from service.county.people import people
from service.county.systems.ems import SECTIONS, Reports

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
def test_a_field_read_from_its_sections_is_the_field_read_from_the_whole(
    held: tuple[Reports, list[str]], category: str, name: str
) -> None:
    store, patients = held
    read = next(readings for known, readings in READINGS.items() if known == category)[name]
    for patient in patients:
        whole, cut = store.of(patient), store.of(patient, sorted(_sections(frozenset({name}))))
        assert whole
        assert cut
        histories = [History.of(reports(document), NOW) for document in (whole, cut)]
        if histories[0].reports:
            assert read(histories[0]) == read(histories[1])


def test_a_count_of_encounters_needs_no_name_no_situation_and_no_vital_sign(held: tuple[Reports, list[str]]) -> None:
    store, patients = held
    asked = _sections(OFFERS[next(c for c in OFFERS if c == "ems.summary")])
    assert asked == _ALWAYS
    document = store.of(patients[0], sorted(asked))
    assert document
    for absent in (b"<ePatient.02>", b"<eSituation>", b"<eVitals>", b"<eHistory>", b"<ePatient.12", b"<ePatient.14"):
        assert absent not in document


def test_every_section_that_may_be_asked_is_one_the_system_knows() -> None:
    assert _ALWAYS.union(*_SECTIONS.values()) <= SECTIONS
    assert set(_SECTIONS) <= {name for names in OFFERS.values() for name in names}
