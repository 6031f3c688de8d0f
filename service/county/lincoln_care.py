"""What Lincoln's clinicians wrote about an invented patient. Some secrets are labelled, some are not, as in life."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from policies.vocabulary import Agency, Role
from service.county import lincoln_resources as r
from service.county.county_staff import assigned
from service.county.lincoln_resources import Coded, Resource
from service.county.names import likely
from service.county.people import Person
from service.gateway.ports import Sighting

SUD = ("R", "42CFRPart2", "SUD", "ETH")
PSY = ("R", "PSY")
HIV = ("R", "HIV")

_PLAIN = (
    (
        Coded("Essential hypertension", ("icd/I10", "sct/59621000")),
        Coded("lisinopril 10 mg", ("rxnorm/29046", "atc/C09AA03")),
    ),
    (
        Coded("Type 2 diabetes", ("icd/E11.9", "sct/44054006")),
        Coded("metformin 500 mg", ("rxnorm/6809", "atc/A10BA02")),
    ),
    (Coded("Asthma", ("icd/J45.909", "sct/195967001")), Coded("albuterol inhaler", ("rxnorm/435", "atc/R03AC02"))),
    (Coded("High cholesterol", ("icd/E78.5",)), Coded("atorvastatin 20 mg", ("rxnorm/83367", "atc/C10AA05"))),
    (Coded("Low back pain", ("icd/M54.50",)), Coded("ibuprofen 400 mg", ("rxnorm/5640", "atc/M01AE01"))),
)
_MENTAL = (
    (
        Coded("Major depression", ("icd/F32.9", "sct/370143000")),
        Coded("sertraline 50 mg", ("rxnorm/36437", "atc/N06AB06")),
    ),
    (
        Coded("Schizophrenia", ("icd/F20.9", "sct/58214004")),
        Coded("quetiapine 200 mg", ("rxnorm/51272", "atc/N05AH04")),
    ),
)
_USE = (
    (
        Coded("Opioid dependence", ("icd/F11.20", "sct/75544000")),
        Coded("buprenorphine and naloxone 8 mg", ("rxnorm/1819", "atc/N07BC51")),
    ),
    (
        Coded("Alcohol dependence", ("icd/F10.20", "sct/66590003")),
        Coded("naltrexone 50 mg", ("rxnorm/7243", "atc/N07BB04")),
    ),
)
_HIV = Coded("HIV disease", ("icd/B20", "sct/86406008")), Coded("Biktarvy", ("atc/J05AR20",))
_HEPATITIS = (
    Coded("Chronic hepatitis C", ("icd/B18.2", "sct/128302006")),
    Coded("sofosbuvir and velpatasvir", ("atc/J05AP55",)),
)
_HOMELESS = Coded("Sheltered or unsheltered homelessness", ("icd/Z59.00",))

_ALLERGIES = (
    Coded("Penicillin", ("rxnorm/70618",)),
    Coded("Sulfonamide antibiotics", ("sct/387406002",)),
    Coded("Latex", ("sct/111088007",)),
    Coded("Peanut", ("sct/762952008",)),
)
_VISIT = Coded("Office visit", ("sct/185349003",))
_COUNSELING = Coded("Behavioral health visit", ("sct/185347001",))
_RECOVERY = Coded("Addiction medicine visit", ("sct/185347001",))
_HOUSING, _PHQ9 = Coded("Housing status", ("loinc/71802-3",)), Coded("PHQ-9", ("loinc/44249-1",))
_TESTS = (
    Coded("HIV 1+2 Ab and p24 Ag", ("loinc/56888-1",)),
    Coded("Hepatitis C RNA", ("loinc/11259-9",)),
    Coded("TB interferon gamma release", ("loinc/71773-6",)),
)
_POSITIVE, _NEGATIVE = Coded("Positive", ("sct/10828004",)), Coded("Negative", ("sct/260385009",))
_RACES = (("2106-3", "2186-5"), ("2054-5", "2186-5"), ("2054-5", "2186-5"), ("2106-3", "2135-2"), ("2028-9", "2186-5"))


def chart(person: Person, seen: Sighting, today: date) -> Iterator[Resource]:
    """The patient and everything about them, each with its id and its patient; the Patient first."""
    chance = person.life(Agency.LINCOLN)
    key = f"p-{seen.local_id}"
    clinician = assigned(person.seed, person.number, Role.LINCOLN_CLINICIAN)
    yield r.patient(seen, key, ("R",) if likely(0.02, chance) else ("N",), clinician.name, chance.choice(_RACES))
    records = [
        *_problems(person, today, chance),
        *_visits(person, today, chance),
        *_answers(person, today, chance),
        *_papers(person, seen, chance),
        r.care_team(clinician.name, clinician.actor, clinician.phone),
    ]
    for number, record in enumerate(records):
        yield {**record, "id": f"{key}.{number}", **_owner(str(record["resourceType"]), f"Patient/{key}")}


def _owner(kind: str, reference: str) -> Resource:
    who = {"reference": reference}
    if kind == "Appointment":
        return {"participant": [{"actor": who, "status": "accepted"}]}
    return {{"AllergyIntolerance": "patient", "Coverage": "beneficiary"}.get(kind, "subject"): who}


def _ago(today: date, chance: Random, days: int = 700) -> str:
    return (today - timedelta(days=chance.randint(1, days))).isoformat()


def _problems(person: Person, today: date, chance: Random) -> Iterator[Resource]:
    """Problems and their medications; a secret is labelled three times in four."""
    secrets: list[tuple[tuple[Coded, Coded], tuple[str, ...]]] = [
        (kind, PSY) for kind in _MENTAL if person.mental_illness and likely(0.7, chance)
    ]
    secrets += [(kind, SUD) for kind in _USE if person.substance_use and likely(0.7, chance)]
    secrets += [(_HIV, HIV)] if likely(0.06 if person.substance_use else 0.01, chance) else []
    secrets += [(_HEPATITIS, ("R",))] if person.substance_use and likely(0.25, chance) else []
    plain: list[tuple[tuple[Coded, Coded], tuple[str, ...]]] = [
        (kind, ()) for kind in chance.sample(_PLAIN, chance.randint(0, 3))
    ]
    for (problem, drug), labels in [*plain, *secrets]:
        shown = labels if likely(0.75, chance) else ()
        yield r.condition(problem, shown)
        if likely(0.8, chance):
            yield r.medication(drug, _ago(today, chance), shown)
    if person.homeless:
        yield r.condition(_HOMELESS, ())


def _visits(person: Person, today: date, chance: Random) -> Iterator[Resource]:
    kinds: list[tuple[Coded, tuple[str, ...]]] = [(_VISIT, ())] * 3
    kinds += [(_COUNSELING, PSY)] * 2 if person.mental_illness else []
    kinds += [(_RECOVERY, SUD)] * 2 if person.substance_use else []
    for _ in range(chance.randint(1, 9 if person.familiar else 4)):
        kind, labels = chance.choice(kinds)
        yield r.encounter(_ago(today, chance), kind, None, labels)
    for _ in range(chance.randint(0, 2)):
        kind, labels = chance.choice(kinds)
        start = today + timedelta(days=chance.randint(1, 60))
        yield r.appointment(f"{start.isoformat()}T{chance.randint(8, 16):02d}:30:00-05:00", kind, labels)


def _answers(person: Person, today: date, chance: Random) -> Iterator[Resource]:
    answer = "LA30190-5" if person.homeless else "LA30189-7"
    value = {"valueCodeableConcept": r.concept(Coded("Housing status answer", (f"loinc/{answer}",)))}
    yield r.observation(_HOUSING, _ago(today, chance, 300), value)
    if person.mental_illness:
        yield r.observation(_PHQ9, _ago(today, chance), {"valueInteger": chance.randint(5, 24)}, PSY)
    for test in _TESTS:
        if likely(0.25, chance):
            result = _POSITIVE if likely(0.05, chance) else _NEGATIVE
            yield r.observation(test, _ago(today, chance), {"valueCodeableConcept": r.concept(result)}, HIV)


def _papers(person: Person, seen: Sighting, chance: Random) -> Iterator[Resource]:
    for allergen in chance.sample(_ALLERGIES, chance.choice((0, 0, 1, 1, 2))):
        yield r.allergy(allergen)
    if seen.medicaid_id:
        yield r.coverage(seen.medicaid_id)
    if person.familiar or likely(0.1, chance):
        yield r.disability()
