"""Lincoln's connector against a clinic whose resources are written by hand."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from policies.vocabulary import Category
from service.connectors.agencies.lincoln import MRN, connect
from service.connectors.base import Unanswered
from service.connectors.fhir_searches import DISABILITY
from service.connectors.http import Http
from service.county.lincoln_resources import Coded, appointment, condition, encounter, medication, observation
from service.gateway.ports import Fault, Outcome
from tests.service.connectors import hostile
from tests.service.connectors.clinic import PATIENT, Clinic, Json
from tests.service.connectors.stages import clock

VISIT = Coded("Office visit", ())


@pytest.fixture
async def clinic(http: Http) -> Clinic:
    return Clinic(http)


@pytest.fixture(autouse=True)
async def _serving(clinic: Clinic) -> Any:
    app = web.Application()
    app.router.add_post("/fhir", clinic.serve)
    async with TestServer(app) as server:
        clinic.url = str(server.make_url("/fhir"))
        yield


def secret_problems() -> list[Mapping[str, object]]:
    plain = Coded("Essential hypertension", ("icd/I10",))
    labelled = [condition(plain, (label,)) for label in ("R", "PSY", "SUD", "HIV", "SDV", "42CFRPart2", "new-label")]
    codes = ("icd/F11.20", "icd/F32.9", "icd/B20", "icd/B18.2", "icd/T74.11", "sct/75544000", "sct/86406008")
    coded = [condition(Coded("Something quite ordinary", (code,)), ()) for code in codes]
    worded = [condition(Coded(text, ()), ()) for text in ("Heroin abuse", "Bipolar", "HIV positive", "Syphilis")]
    return [*labelled, *coded, *worded]


async def test_what_carries_or_tells_a_secret_is_in_no_general_list(clinic: Clinic) -> None:
    clinic.holds(*secret_problems(), condition(Coded("Asthma", ("icd/J45.909",)), ()))
    assert await clinic.told(Category.CLINICAL_SUMMARY) == {
        "active_problem_list": ("Asthma",),
        "disability_verification_available": False,
    }


async def test_a_medicine_that_tells_a_secret_is_withheld_by_label_code_or_name(clinic: Clinic) -> None:
    day = "2026-11-01"
    clinic.holds(
        medication(Coded("metformin 500 mg", ("rxnorm/6809",)), day, ("N",)),
        medication(Coded("tablet", ("rxnorm/1819",)), day, ()),
        medication(Coded("tablet", ("atc/N07BC51",)), day, ()),
        medication(Coded("Suboxone film", ()), day, ()),
        medication(Coded("vitamin", ()), day, ("ETH",)),
    )
    assert (await clinic.told(Category.CLINICAL_SUMMARY))["active_medications"] == ("metformin 500 mg",)


async def test_visits_and_appointments_that_tell_a_secret_are_as_if_they_were_not(clinic: Clinic) -> None:
    clinic.holds(
        encounter("2026-11-20", Coded("Addiction medicine", ()), None, ()),
        encounter("2026-11-19", VISIT, None, ("R", "PSY")),
        encounter("2026-10-01", VISIT, None, ()),
        appointment("2026-11-24T09:00:00-05:00", Coded("Methadone clinic", ()), ()),
        appointment("2026-12-24T09:00:00-05:00", VISIT, ()),
    )
    answer = await clinic.answer()
    assert answer.values[Category.CONTACT]["last_seen_date"] == "2026-10-01"
    assert answer.values[Category.CLINICAL_SUMMARY]["next_visit_date"] == "2026-12-24"
    assert answer.values[Category.CARE_TEAM]["next_appointment"] == "2026-12-24T09:00:00-05:00"


async def test_the_next_visit_lies_ahead_of_the_clock_and_the_last_behind_it(clinic: Clinic) -> None:
    past, soon = (clock() + timedelta(minutes=m) for m in (-1, 1))
    clinic.holds(*(appointment(at.isoformat(), VISIT, ()) for at in (past, soon)))
    clinic.holds(encounter("2027-01-01", VISIT, None, ()))
    answer = await clinic.answer()
    assert answer.values[Category.CARE_TEAM] == {"next_appointment": soon.isoformat()}
    assert "last_seen_date" not in answer.values[Category.CONTACT]


async def test_infections_are_told_as_communicable_and_nowhere_else(clinic: Clinic) -> None:
    positive, negative = ({"valueCodeableConcept": {"coding": [{"code": code}]}} for code in ("10828004", "260385009"))
    clinic.holds(
        observation(Coded("HIV", ("loinc/56888-1",)), "2026-01-01", negative, ("R", "HIV")),
        observation(Coded("HCV RNA", ("loinc/11259-9",)), "2026-01-01", negative),
        observation(Coded("HCV RNA", ("loinc/11259-9",)), "2025-01-01", positive),
        condition(Coded("Latent TB", ("icd/Z22.7",)), ()),
        medication(Coded("isoniazid", ("atc/J04AC01",)), "2026-01-01", ()),
    )
    answer = await clinic.answer()
    assert answer.values[Category.COMMUNICABLE] == {
        "hiv_status": "negative",
        "hepatitis_status": ("hepatitis C negative",),
        "tb_status": "latent",
        "treatment_status": ("TB on treatment",),
    }
    assert answer.values[Category.CLINICAL_SUMMARY] == {"disability_verification_available": False}


async def test_a_diagnosis_outweighs_a_test_and_no_test_is_not_negative(clinic: Clinic) -> None:
    negative = {"valueCodeableConcept": {"coding": [{"code": "260385009"}]}}
    clinic.holds(observation(Coded("HIV", ("loinc/56888-1",)), "2026-01-01", negative))
    clinic.holds(condition(Coded("HIV disease", ("icd/B20",)), ("HIV",)))
    assert await clinic.told(Category.COMMUNICABLE) == {"hiv_status": "positive"}


async def test_race_and_ethnicity_never_leave(clinic: Clinic) -> None:
    assert "told to nobody" not in str((await clinic.answer()).values)


@pytest.mark.parametrize("label", ["R", "V", "SDV"])
async def test_of_a_restricted_record_neither_phone_nor_area_is_told(clinic: Clinic, label: str) -> None:
    assert await clinic.told(Category.CONTACT) == {"phone": "919-555-0100", "usual_area": "27701"}
    clinic.patients = [PATIENT | {"meta": {"security": [{"code": label}]}}]
    assert await clinic.told(Category.CONTACT) == {}


@pytest.mark.parametrize(
    ("category", "name", "types"),
    [
        (Category.IDENTITY_CORE, "legal_name", ["Patient"]),
        (Category.CLINICAL_SUMMARY, "pcp_name", ["Patient"]),
        (Category.CLINICAL_SUMMARY, "allergies", ["Patient", "AllergyIntolerance"]),
        (Category.CARE_TEAM, "next_appointment", ["Patient", "Appointment"]),
        (Category.COMMUNICABLE, "hiv_status", ["Patient", "Condition", "Observation"]),
    ],
)
async def test_one_request_holds_only_the_searches_that_a_field_needs(
    clinic: Clinic, category: Category, name: str, types: list[str]
) -> None:
    await clinic.answer({category: frozenset({name})})
    (urls,) = clinic.asked
    assert [url.partition("?")[0] for url in urls] == types


async def test_of_the_patient_only_needed_elements_are_asked(clinic: Clinic) -> None:
    await clinic.answer(
        {Category.CONTACT: frozenset({"phone"}), Category.HOUSING_STATUS: frozenset({"homeless_status"})}
    )
    (urls,) = clinic.asked
    assert urls[0].endswith("&_elements=identifier,telecom")
    assert all("_elements=" in url for url in urls)


async def test_a_document_says_that_disability_is_verified(clinic: Clinic) -> None:
    code = {"coding": [{"system": DISABILITY.partition("|")[0], "code": "disability-verification"}]}
    clinic.holds({"resourceType": "DocumentReference", "type": code})
    assert await clinic.told(Category.CLINICAL_SUMMARY) == {"disability_verification_available": True}


WRONG = [
    PATIENT | {"identifier": [{"system": MRN, "value": "M-8"}]},
    PATIENT | {"identifier": [{"system": "http://elsewhere.example", "value": "M-7"}]},
    PATIENT | {"id": ""},
]


@pytest.mark.parametrize("patient", WRONG)
async def test_a_patient_without_the_number_asked_is_another_person(clinic: Clinic, patient: Json) -> None:
    clinic.patients = [patient]
    assert (await clinic.answer()).fault is Fault.WRONG_PERSON


@pytest.mark.parametrize("whose", ["Patient/p8", "Patient/p77", "http://x/fhir/Patient/p8", "Group/p7", ""])
async def test_one_resource_of_another_person_refuses_the_whole_answer(clinic: Clinic, whose: str) -> None:
    clinic.holds(condition(Coded("Asthma", ()), ()), whose="Patient/p7")
    clinic.holds(condition(Coded("Gout", ()), ()), whose=whose)
    answer = await clinic.answer()
    assert (answer.fault, dict(answer.values)) == (Fault.WRONG_PERSON, {})


async def test_a_patient_lincoln_does_not_know_is_not_found(clinic: Clinic) -> None:
    clinic.patients = []
    assert (await clinic.answer()).outcome is Outcome.NOT_FOUND


async def test_two_patients_under_one_number_are_nobody(clinic: Clinic) -> None:
    clinic.patients = [PATIENT, PATIENT | {"id": "p8"}]
    assert (await clinic.answer()).fault is Fault.WRONG_PERSON


@pytest.mark.parametrize("odd", ["", "M-7,M-8", "M-7|M-8", "M-7&_include=*", "../Patient", "M" * 65])
async def test_what_cannot_be_a_record_number_is_not_even_asked(clinic: Clinic, odd: str) -> None:
    assert (await clinic.answer(local_id=odd)).outcome is Outcome.NOT_FOUND
    assert clinic.asked == []


@pytest.mark.parametrize("doubt", ["refuted", "entered-in-error"])
async def test_a_problem_that_was_refuted_is_no_problem(clinic: Clinic, doubt: str) -> None:
    clinic.holds({**condition(Coded("Asthma", ()), ()), "verificationStatus": {"coding": [{"code": doubt}]}})
    assert "active_problem_list" not in await clinic.told(Category.CLINICAL_SUMMARY)


async def test_a_feed_that_leads_to_another_server_is_not_followed(http: Http) -> None:
    away = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "http://elsewhere.example/fhir/Patient"}]}
    body = hostile.says(b"200 OK", b"application/fhir+json", orjson.dumps(away))
    async with hostile.serving(body, "http://x/fhir") as url:
        with pytest.raises(Unanswered, match=Fault.GARBAGE):
            [_ async for _ in connect(url, http, clock).feed()]
