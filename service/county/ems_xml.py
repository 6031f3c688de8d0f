"""A patient care report written as NEMSIS 3.5.1 XML, valid against the EMSDataSet schema.

Every element the schema makes mandatory is there; one without a value says why (NV 7701003 not recorded,
7701001 not applicable), as real exports do.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from service.county.ems_calls import Encounter
from service.gateway.ports import Sighting

START = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<EMSDataSet xmlns="http://www.nemsis.org" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Header><DemographicGroup><dAgency.01>DCEMS</dAgency.01>'
    b"<dAgency.02>0320001</dAgency.02><dAgency.04>37</dAgency.04></DemographicGroup>\n"
)
END = b"</Header></EMSDataSet>\n"
"""What stands before and after the reports of a document."""

_NOT_RECORDED, _NOT_APPLICABLE = "7701003", "7701001"
_SEXES = {"F": "9919001", "M": "9919003"}
_NUMBERS = {
    "eArrest": "02 03 04 07 09 11 12 14 16 17 18 20 21 22",
    "eProcedures": "01 02 03 05 06 07 08 10",
    "eVitals.Cardiac": "03 04 05",
}


def report(seen: Sighting, call: Encounter, *, homeless: bool, race: str, age: int | None) -> bytes:
    """One PatientCareReport. `race` is a NEMSIS code: exports carry it, and the gateway must leave it."""
    sections = (
        _record(call),
        _patient(seen, homeless=homeless, race=race, age=age),
        _scene(call),
        _situation(call),
        _history(call),
        _vitals(call),
        _medications(call),
        _PROCEDURES,
        _disposition(call),
        _OUTCOME,
    )
    return f'<PatientCareReport UUID="{call.uuid}">{"".join(sections)}</PatientCareReport>\n'.encode()


def _of(name: str, value: object = "", absent: str = _NOT_RECORDED) -> str:
    text = str(value)
    return f"<{name}>{escape(text)}</{name}>" if text else f'<{name} xsi:nil="true" NV="{absent}"/>'


def _all(section: str, numbers: str, absent: str = _NOT_APPLICABLE) -> str:
    return "".join(_of(f"{section}.{number}", absent=absent) for number in numbers.split())


def _in(name: str, *parts: str) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


def _time(at: datetime, minutes: int) -> str:
    return (at + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def _record(call: Encounter) -> str:
    maker = _all_of("eRecord", {"02": "Porchlight", "03": "Synthetic ePCR", "04": "3.5.1"})
    service = {"07": "2207015", "08": "2208013", "09": "2209011", "10": "2210017", "11": "2211011", "12": "2212015"}
    times = {"01": -8, "03": -7, "05": -6, "06": -1, "07": 0, "09": 21, "11": 34, "12": 40, "13": 55}
    return "".join(
        (
            _in("eRecord", _of("eRecord.01", call.number), _in("eRecord.SoftwareApplicationGroup", maker)),
            "<eResponse>",
            _in("eResponse.AgencyGroup", _of("eResponse.01", "0320001")),
            _all_of("eResponse", {"03": call.incident, "04": call.number}),
            _in("eResponse.ServiceGroup", _of("eResponse.05", "2205001")),
            _all_of("eResponse", service | {"13": "MEDIC-7", "14": "M7", "23": "2223001", "24": "2224015"}),
            "</eResponse>",
            _in("eDispatch", _of("eDispatch.01", call.kind.dispatch), _of("eDispatch.02", "2302003")),
            _in("eTimes", _all_of("eTimes", {number: _time(call.at, after) for number, after in times.items()})),
        )
    )


def _all_of(section: str, values: dict[str, str]) -> str:
    return "".join(_of(f"{section}.{number}", value) for number, value in values.items())


def _patient(seen: Sighting, *, homeless: bool, race: str, age: int | None) -> str:
    names = {"02": seen.family, "03": seen.given} | ({"04": seen.middle} if seen.middle else {})
    return "".join(
        (
            "<ePatient>",
            _of("ePatient.01", seen.local_id),
            _in("ePatient.PatientNameGroup", _all_of("ePatient", names | ({"23": seen.suffix} if seen.suffix else {}))),
            _of("ePatient.05", seen.street) if seen.street else "",
            _all_of("ePatient", {"07": "37063", "08": "37", "09": seen.zip}),
            _of("ePatient.12", f"90000{seen.ssn4}") if seen.ssn4 else "",  # numbers from 900 up are given to nobody
            _of("ePatient.14", race),
            _in("ePatient.AgeGroup", _of("ePatient.15", age or ""), _of("ePatient.16", "2516009" if age else "")),
            _of("ePatient.17", seen.birth_date or ""),
            _of("ePatient.18", seen.phone) if seen.phone else "",
            _of("ePatient.22", "2522001" if homeless else "", _NOT_APPLICABLE),
            _of("ePatient.25", _SEXES.get(seen.sex, "")),
            "</ePatient>",
            _in("ePayment", _of("ePayment.01", "2601021"), _of("ePayment.50", "2650001")),
        )
    )


def _scene(call: Encounter) -> str:
    who = {"01": "9923003", "06": "2707005", "07": "9923001"}
    where = {"09": "Y92.410", "18": "37", "19": call.scene_zip, "21": "37063"}
    return _in("eScene", _all_of("eScene", who), _of("eScene.08", absent=_NOT_APPLICABLE), _all_of("eScene", where))


def _situation(call: Encounter) -> str:
    kind = call.kind
    complaint = {"03": "2803001", "04": "In the patient's own words, which stay here"}
    first, *others = kind.impressions
    return "".join(
        (
            _in(
                "eSituation",
                _all_of("eSituation", {"01": _time(call.at, -30), "02": "9922001"}),
                _in("eSituation.PatientComplaintGroup", _all_of("eSituation", complaint)),
                _all_of(
                    "eSituation", {"07": kind.location, "08": kind.organs, "09": kind.symptom, "10": "", "11": first}
                ),
                "".join(_of("eSituation.12", other) for other in others or [""]),
                _all_of("eSituation", {"13": "2813003", "18": ""}),
                _of("eSituation.20", absent=_NOT_APPLICABLE),
            ),
            _in("eInjury", _all("eInjury", "01 03 04")),
            _in("eArrest", _of("eArrest.01", "3001001"), _all("eArrest", _NUMBERS["eArrest"])),
        )
    )


def _history(call: Encounter) -> str:
    return "".join(
        (
            "<eHistory>",
            _of("eHistory.01", call.barrier),
            f'<eHistory.06 CodeType="9924001">{call.allergy}</eHistory.06>' if call.allergy else "",
            "".join(_of("eHistory.17", noted) for noted in call.kind.substances or [""]),
            "</eHistory>",
            _in("eNarrative", _of("eNarrative.01", "What the crew wrote about the patient, which stays here.")),
        )
    )


def _vitals(call: Encounter) -> str:
    eye, verbal, motor = call.coma
    coma = _all_of("eVitals", {"19": str(eye), "20": str(verbal), "21": str(motor), "22": ""})
    return _in(
        "eVitals",
        _in(
            "eVitals.VitalGroup",
            _all_of("eVitals", {"01": _time(call.at, 4), "02": "9923001"}),
            _in("eVitals.CardiacRhythmGroup", _all("eVitals", "03 04 05")),
            _in(
                "eVitals.BloodPressureGroup",
                _all_of("eVitals", dict(zip(("06", "07"), map(str, call.pressure), strict=True))),
            ),
            _in("eVitals.HeartRateGroup", _of("eVitals.10", call.pulse)),
            _all_of("eVitals", {"12": str(call.oxygen), "14": str(call.breaths), "16": "", "18": ""}),
            _in("eVitals.GlasgowScoreGroup", coma),
            _of("eVitals.26"),
            _in("eVitals.PainScaleGroup", '<eVitals.27 xsi:nil="true" PN="8801019"/>'),
            _in("eVitals.StrokeScaleGroup", _all("eVitals", "29 30")),
            _of("eVitals.31", absent=_NOT_APPLICABLE),
        ),
    )


def _medications(call: Encounter) -> str:
    protocol = _in("eProtocols", _in("eProtocols.ProtocolGroup", _of("eProtocols.01", "9914075")))
    return protocol + _in("eMedications", *_given(call))


def _given(call: Encounter) -> Iterator[str]:
    for drug in call.kind.drugs or ("",):
        what = f'<eMedications.03 CodeType="9924003">{drug}</eMedications.03>' if drug else _of("eMedications.03")
        when = _time(call.at, 6) if drug else ""
        yield _in(
            "eMedications.MedicationGroup",
            _all_of("eMedications", {"01": when, "02": "9923001" if drug else ""}),
            what,
            _of("eMedications.04"),
            _in("eMedications.DosageGroup", _all("eMedications", "05 06", _NOT_RECORDED)),
            _all("eMedications", "07 08 10", _NOT_RECORDED),
        )


def _disposition(call: Encounter) -> str:
    place = {"01": call.destination} if call.destination else {}
    there = {"05": "37", "06": "37063", "07": "27710"} if call.destination else {"05": "", "06": "", "07": ""}
    method = {"16": "4216005", "17": "4217005", "18": "4218015"} if call.destination else {"16": "", "17": "", "18": ""}
    how = {"27": call.unit, "28": call.care, "29": "4229001" if call.care else "", "30": call.transport}
    return _in(
        "eDisposition",
        _in("eDisposition.DestinationGroup", _all_of("eDisposition", place | there)),
        _in("eDisposition.IncidentDispositionGroup", _all_of("eDisposition", how)),
        _all_of("eDisposition", method | {"19": "4219005", "20": "", "21": call.destination_type}),
        _all("eDisposition", "22 23"),
        _in("eDisposition.HospitalTeamActivationGroup", _all("eDisposition", "24 25")),
        _of("eDisposition.32", "4232005"),
    )


_PROCEDURES = _in("eProcedures", _in("eProcedures.ProcedureGroup", _all("eProcedures", _NUMBERS["eProcedures"])))
_OUTCOME = _in(
    "eOutcome",
    _all("eOutcome", "01 02"),
    _in("eOutcome.EmergencyDepartmentProceduresGroup", _all("eOutcome", "09 19")),
    _all("eOutcome", "10 11"),
    _in("eOutcome.HospitalProceduresGroup", _all("eOutcome", "12 20")),
    _all("eOutcome", "13 16 18"),
)
