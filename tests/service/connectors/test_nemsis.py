"""The NEMSIS reader: what is a value, what is not, and what is never read."""

from datetime import UTC, date, datetime

import pytest
from lxml import etree

from service.connectors.nemsis import Report, patients, reports
from service.connectors.nemsis_words import impression_category, overdose
from service.county.ems_xml import END, START
from tests.service.connectors.outside import outside

TIMES = "<eTimes><eTimes.03>2026-11-20T10:00:00-05:00</eTimes.03></eTimes>"


def document(*reports: str) -> bytes:
    whole = "".join(f"<PatientCareReport>{report}</PatientCareReport>" for report in reports)
    return START + whole.encode() + END


def one(sections: str) -> Report:
    (report,) = reports(document(TIMES + sections))
    return report


@pytest.mark.parametrize(
    "nil",
    [
        '<ePatient.09 xsi:nil="true" NV="7701003"/>',
        '<ePatient.09 xsi:nil="1">27701</ePatient.09>',
        '<ePatient.09 NV="7701001">27701</ePatient.09>',
        '<ePatient.09 PN="8801019">27701</ePatient.09>',
        "<ePatient.09>7701003</ePatient.09>",
        "<ePatient.09>8801019</ePatient.09>",
        "<ePatient.09>  </ePatient.09>",
        "<ePatient.09/>",
    ],
)
def test_what_says_why_it_has_no_value_has_none(nil: str) -> None:
    assert one(f"<ePatient>{nil}</ePatient>").zip == ""


def test_a_medication_that_was_refused_was_not_given() -> None:
    given = '<eMedications.03 CodeType="9924003">1191</eMedications.03>'
    refused = '<eMedications.03 CodeType="9924003" PN="8801019">7242</eMedications.03>'
    assert one(f"<eMedications>{given}{refused}</eMedications>").medications == ("1191",)


def test_what_must_not_leave_is_not_even_read() -> None:
    report = one(
        "<ePatient><ePatient.12>900001234</ePatient.12><ePatient.14>2514005</ePatient.14></ePatient>"
        "<ePayment><ePayment.01>2601003</ePayment.01></ePayment>"
        "<eSituation><eSituation.04>told in words</eSituation.04></eSituation>"
        "<eHistory><eHistory.17>3117007</eHistory.17></eHistory>"
        "<eNarrative><eNarrative.01>told at length</eNarrative.01></eNarrative>"
    )
    held = str([getattr(report, name) for name in Report.__slots__])
    assert not [s for s in ("900001234", "2514005", "2601003", "3117007", "told") if s in held]


def test_reports_come_newest_first() -> None:
    older = TIMES.replace("11-20", "10-20")
    assert [report.at.month for report in reports(document(older, TIMES))] == [11, 10]


def test_a_report_does_not_print_what_it_holds() -> None:
    assert "Doe" not in repr(one("<ePatient><ePatient.02>Doe</ePatient.02></ePatient>"))


ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
BOMB = b'<!DOCTYPE x [<!ENTITY a "' + b"x" * 999 + b'"><!ENTITY b "' + b"&a;" * 999 + b'">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<EMSDataSet/>",
        b'<Bundle xmlns="http://www.nemsis.org"/>',
        document(TIMES.replace("-05:00", "")),
        document("<eTimes/>"),
        document(TIMES)[:-9],
        b"\x00" * 99,
        *(document(TIMES).replace(b"<EMSDataSet", bad + b"<EMSDataSet") for bad in (ENTITY, BOMB)),
    ],
)
def test_what_is_not_an_ems_data_set_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, etree.XMLSyntaxError)):
        reports(content)


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        *((code, True) for code in ("T40.1X1A", "T40.2X2", "T43.621", "T51.0X1", "F10.92", "F11.120", "F19.22")),
        *((code, False) for code in ("T40.2X5A", "T40.2X6", "F11.20", "F10.10", "F19", "T56.0", "S80.00", "I10", "")),
    ],
)
def test_an_overdose_is_poisoning_or_intoxication_not_a_side_effect_or_a_habit(code: str, is_one: bool) -> None:
    assert overdose(code) is is_one


@pytest.mark.parametrize(
    ("code", "words"),
    [("I20.9", "cardiovascular"), ("J45.901", "respiratory"), ("S80.00", "injury"), ("F20.9", "behavioral")]
    + [
        (secret, "")
        for secret in ("F10.20", "F11.20", "T40.1X1A", "T39.1X1A", "B20", "Z21", "B18.2", "A15.0", "T74.11", "O04.5")
    ],
)
def test_an_impression_is_told_by_chapter_unless_the_chapter_is_the_secret(code: str, words: str) -> None:
    assert impression_category(code) == words


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_outside_samples_are_read(number: int) -> None:
    content = outside("nemsis", f"EMSDataset-NoRepeat-{number}.xml").read_bytes()
    (report,) = reports(content)
    assert patients(content) == {report.patient} != {""}
    assert report.at.astimezone(UTC).date() == date(2015, 3, 3)
    assert report.family
    assert report.residence == "2522001"
    assert report.impressions


def test_the_outside_overdose_sample_reads_as_an_overdose_of_nobody_in_particular() -> None:
    (report,) = reports(outside("nemsis", "2025-EMS-1-Overdose_v351.xml").read_bytes())
    assert report.at.astimezone(UTC) == datetime(2024, 10, 8, 0, 26, 7, tzinfo=UTC)
    assert (report.patient, report.family, report.medications) == ("", "", ())
    assert any(map(overdose, report.impressions))
    assert len(report.vitals) == 3
