"""EMS's fields, relative to the clock, from reports written by hand; and its directory of documents."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.vocabulary import Category
from service.connectors.agencies.ems import OFFERS, connect
from service.connectors.base import Unanswered
from service.connectors.http import Http
from service.county.ems_xml import END, START
from service.gateway.ports import Answer, Fault, Outcome, Value, Wanted
from tests.service.connectors import hostile
from tests.service.connectors.stages import clock

CONTACT = "<eDisposition><eDisposition.27>4227001</eDisposition.27>{}</eDisposition>"


def report(days_ago: float, sections: str = "", disposition: str = "", incident: str = "") -> str:
    at = (clock() - timedelta(days=days_ago)).isoformat()
    return (
        f"<PatientCareReport><eRecord><eRecord.01>r{days_ago}</eRecord.01></eRecord>"
        f"<eResponse><eResponse.03>{incident or f'i{days_ago}'}</eResponse.03></eResponse>"
        f"<eTimes><eTimes.03>{at}</eTimes.03></eTimes><ePatient><ePatient.01>EP7</ePatient.01></ePatient>"
        f"{sections}{CONTACT.format(disposition)}</PatientCareReport>"
    )


def situation(code: str) -> str:
    return f"<eSituation><eSituation.11>{code}</eSituation.11></eSituation>"


class Desk:
    """A directory of documents and somebody who asks about EP7."""

    def __init__(self, directory: Path, http: Http) -> None:
        self.directory, self.http = directory, http
        self._connector = connect(directory.as_uri(), http, clock)

    def file(self, *reports: str, name: str = "a.xml") -> None:
        (self.directory / name).write_bytes(START + "".join(reports).encode() + END)

    async def answer(self) -> Answer:
        return await self._connector.fetch(Wanted("EP7", OFFERS), 5)

    async def told(self, category: Category) -> Mapping[str, Value]:
        return (await self.answer()).values.get(category, {})


@pytest.fixture
def desk(tmp_path: Path, http: Http) -> Desk:
    return Desk(tmp_path, http)


async def test_encounters_are_counted_by_incident_within_their_days(desk: Desk) -> None:
    same = [report(5, incident="one"), report(5.01, incident="one")]
    desk.file(*same, report(29.9), report(30.1), report(364.9), report(365.1))
    told = await desk.told(Category.EMS_SUMMARY)
    assert (told["encounter_count_30d"], told["encounter_count_365d"]) == (2, 4)


async def test_a_cancelled_call_and_a_report_from_the_future_are_no_encounters(desk: Desk) -> None:
    desk.file(report(-1), report(3).replace("4227001", "4227005"), report(9))
    told = await desk.told(Category.EMS_SUMMARY)
    assert (told["encounter_count_30d"], told["last_encounter_date"]) == (1, "2026-11-14")


async def test_somebody_no_crew_ever_met_is_not_found(desk: Desk) -> None:
    desk.file(report(3).replace("4227001", "4227009"))
    assert (await desk.answer()).outcome is Outcome.NOT_FOUND


async def test_an_overdose_shows_in_its_own_category_and_nowhere_else(desk: Desk) -> None:
    drugs = (
        "<eMedications><eMedications.03>7242</eMedications.03><eMedications.03>1191</eMedications.03></eMedications>"
    )
    desk.file(report(40, situation("T40.1X1A") + drugs), report(400, situation("F10.92")))
    answer = await desk.answer()
    expected = {"overdose_count_365d": 1, "last_overdose_date": "2026-10-14", "naloxone_given": True}
    assert answer.values[Category.EMS_OVERDOSE] == expected
    assert answer.values[Category.EMS_CLINICAL] == {"medications_given": ("aspirin",)}


async def test_a_destination_is_named_only_where_the_place_tells_no_secret(desk: Desk) -> None:
    went = "<eDisposition.01>{}</eDisposition.01><eDisposition.21>{}</eDisposition.21>"
    went += "<eDisposition.30>4230001</eDisposition.30>"
    desk.file(report(2, disposition=went.format("Some Hospital", "4221003")))
    assert (await desk.told(Category.EMS_SUMMARY))["transport_destination"] == "Some Hospital"
    for secret in ("4221001", "4221019", "4221031", "4221039", "4221013", ""):
        desk.file(report(1, disposition=went.format("Some Place", secret)), name=f"{secret or 'none'}.xml")
        assert "transport_destination" not in await desk.told(Category.EMS_SUMMARY)


async def test_who_was_not_taken_anywhere_has_no_destination(desk: Desk) -> None:
    named = "<eDisposition.01>Some Hospital</eDisposition.01><eDisposition.21>4221003</eDisposition.21>"
    refused = "<eDisposition.28>4228003</eDisposition.28><eDisposition.30>4230009</eDisposition.30>"
    desk.file(report(1, disposition=named + refused))
    told = await desk.told(Category.EMS_SUMMARY)
    assert told["last_disposition"] == "evaluated, refused care, refused transport"
    assert "transport_destination" not in told


async def test_somebody_without_a_home_is_usually_where_crews_meet_them(desk: Desk) -> None:
    homeless = "<ePatient><ePatient.09>27712</ePatient.09><ePatient.22>2522001</ePatient.22></ePatient>"
    scene = "<eScene><eScene.19>{}</eScene.19></eScene>"
    desk.file(*(report(n, homeless + scene.format(z)) for n, z in enumerate(("27703", "27701", "27701"), start=1)))
    answer = await desk.answer()
    assert answer.values[Category.CONTACT]["usual_area"] == "27701"
    assert answer.values[Category.HOUSING_STATUS] == {"homeless_status": "homeless"}


async def test_somebody_with_a_home_is_not_called_homeless_for_an_old_report(desk: Desk) -> None:
    home = "<ePatient><ePatient.05>1 Elm St</ePatient.05><ePatient.09>27712</ePatient.09></ePatient>"
    once = "<ePatient><ePatient.22>2522001</ePatient.22></ePatient>"
    desk.file(report(1, home), report(300, once))
    answer = await desk.answer()
    assert answer.values[Category.CONTACT]["usual_area"] == "27712"
    assert Category.HOUSING_STATUS not in answer.values


async def test_vitals_are_the_last_that_measured_anything(desk: Desk) -> None:
    group = "<eVitals.VitalGroup><eVitals.01>2026-11-2{}T10:00:00-05:00</eVitals.01>{}</eVitals.VitalGroup>"
    early = group.format(1, "<eVitals.06>90</eVitals.06>")
    late = group.format(2, "<eVitals.06>120</eVitals.06><eVitals.07>80</eVitals.07><eVitals.12>97</eVitals.12>")
    empty = group.format(3, '<eVitals.06 xsi:nil="true" NV="7701003"/>')
    desk.file(report(1, f"<eVitals>{late}{early}{empty}</eVitals>"))
    assert (await desk.told(Category.EMS_CLINICAL))["vitals_summary"] == "BP 120/80, SpO2 97 %"


async def test_alerts_are_allergies_and_barriers_never_suspicions(desk: Desk) -> None:
    noted = "".join(f"<eHistory.01>{code}</eHistory.01>" for code in ("3101005", "3101029", "3101033", "3101035"))
    desk.file(report(9, f"<eHistory>{noted}<eHistory.06>Z88.0</eHistory.06></eHistory>"))
    assert (await desk.told(Category.EMS_CLINICAL))["safety_alerts"] == ("allergy: penicillin", "hearing impaired")


async def test_the_reports_of_one_patient_may_stand_in_several_documents_among_others(desk: Desk) -> None:
    desk.file(report(1), report(2).replace("EP7", "EP8"))
    desk.file(report(3), name="b.xml")
    assert (await desk.told(Category.EMS_SUMMARY))["encounter_count_30d"] == 2


async def test_a_document_that_arrives_or_goes_is_noticed(desk: Desk) -> None:
    desk.file(report(1))
    assert (await desk.answer()).outcome is Outcome.FOUND
    desk.file(report(3), name="b.xml")
    assert (await desk.told(Category.EMS_SUMMARY))["encounter_count_30d"] == 2
    for path in desk.directory.iterdir():
        path.unlink()
    assert (await desk.answer()).outcome is Outcome.NOT_FOUND


async def test_a_broken_document_makes_the_whole_answer_garbage(desk: Desk) -> None:
    desk.file(report(1))
    (desk.directory / "broken.xml").write_text("<EMSDataSet>")
    assert (await desk.answer()).fault is Fault.GARBAGE


async def test_a_directory_that_is_not_there_refuses(tmp_path: Path, http: Http) -> None:
    assert (await Desk(tmp_path / "gone", http).answer()).fault is Fault.REFUSED


async def test_as_of_is_when_the_newest_document_was_written(desk: Desk) -> None:
    desk.file(report(1))
    written = (desk.directory / "a.xml").stat().st_mtime
    assert (await desk.answer()).as_of == datetime.fromtimestamp(written, UTC)


async def test_a_feed_that_pages_in_circles_is_given_up(http: Http) -> None:
    page = START + report(1).encode() + END
    async with hostile.serving(hostile.says(b"200 OK", b"application/xml", page), "http://x/pcr") as url:
        with pytest.raises(Unanswered, match=Fault.GARBAGE):
            [_ async for _ in connect(url, http, clock).feed()]


async def test_the_feed_of_a_directory_has_each_patient_once_as_spelled_last(desk: Desk) -> None:
    name = "<ePatient><ePatient.PatientNameGroup><ePatient.02>{}</ePatient.02></ePatient.PatientNameGroup></ePatient>"
    desk.file(report(9, name.format("Old")), report(1, name.format("New")), report(2).replace("EP7", "EP8"))
    fed = {seen.local_id: seen.family async for seen in connect(str(desk.directory), desk.http, clock).feed()}
    assert fed == {"EP7": "New", "EP8": ""}


async def test_a_document_too_large_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.connectors.nemsis_folder.LARGEST", 10)
    desk.file(report(1))
    assert (await desk.answer()).fault is Fault.TOO_LARGE
