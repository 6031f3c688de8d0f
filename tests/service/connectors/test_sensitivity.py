"""The table of secrets: what it must know, what it must leave alone, and how much of an outside list it recalls."""

import json
import re

import pytest

from service.connectors.sensitivity import SECRETS, sensitive_code, sensitive_icd10, sensitive_label, sensitive_words
from tests.service.connectors.outside import outside

SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.mark.parametrize("number", range(10, 20))
def test_every_substance_use_code_is_secret(number: int) -> None:
    assert sensitive_icd10(f"F{number}.20")


@pytest.mark.parametrize(
    "code", ["F20.9", "F32.9", "F41.1", "F84.0", "F99", "R45.851", "T14.91XA", "T42.4X2A", "X78.1"]
)
def test_mental_illness_and_self_harm_are_secret(code: str) -> None:
    assert sensitive_icd10(code)


@pytest.mark.parametrize(
    "code", ["B20", "Z21", "R75", "O98.711", "B18.2", "B19.20", "A15.0", "Z22.7", "A51.0", "A56.00"]
)
def test_hiv_hepatitis_tuberculosis_and_sexually_transmitted_infection_are_secret(code: str) -> None:
    assert sensitive_icd10(code)


@pytest.mark.parametrize("code", ["T74.11XA", "T76.21XA", "Y07.01", "O04.5", "Z33.2", "K70.30", "O99.320"])
def test_violence_abortion_and_what_alcohol_does_are_secret(code: str) -> None:
    assert sensitive_icd10(code)


@pytest.mark.parametrize(
    "code", ["I10", "E11.9", "J45.909", "M54.50", "E78.5", "Z59.00", "S80.00", "K52.9", "T42.4X1A"]
)
def test_ordinary_illness_is_not_withheld(code: str) -> None:
    assert not sensitive_icd10(code)


@pytest.mark.parametrize(
    "words", ["Lisinopril 10 mg", "Essential hypertension", "Penicillin", "Low back pain", "Asthma"]
)
def test_ordinary_words_are_not_withheld(words: str) -> None:
    assert not sensitive_words(words)


TELLING = (
    "Opioid dependence|buprenorphine 8 mg|Zubsolv 5.7 MG|Recovering ALCOHOLIC|Major depression|PTSD, chronic|"
    "HIV disease|Hepatitis C|Sertraline 50 MG Oral Tablet|Victim of domestic violence|lithium|Biktarvy|"
    "narcan kit|Methadone clinic"
)


@pytest.mark.parametrize("words", TELLING.split("|"))
def test_telling_words_are_withheld_whatever_the_code(words: str) -> None:
    assert sensitive_words(words)


@pytest.mark.parametrize("label", ["R", "V", "PSY", "SUD", "ETH", "HIV", "SDV", "42CFRPart2", "MH", "", "unheard-of"])
def test_every_label_but_the_known_harmless_ones_withholds(label: str) -> None:
    assert sensitive_label(label)


@pytest.mark.parametrize("label", ["N", "L", "M", "U", "HTEST"])
def test_a_normal_label_withholds_nothing(label: str) -> None:
    assert not sensitive_label(label)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:oid:2.16.840.1.113883.6.90", "F11.20"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "304.00"),
        ("http://www.whocc.no/atc", "N07BC51"),
        (RXNORM, "1819"),
        (SNOMED, "75544000"),
    ],
)
def test_the_same_secret_is_known_in_every_code_system(system: str, code: str) -> None:
    assert sensitive_code(system, code)
    assert not sensitive_code("http://elsewhere.example", code)


def test_every_row_names_its_law() -> None:
    assert all(re.search(r"CFR|G\.S\.|USC", row.law) for row in SECRETS)


def test_how_much_of_an_outside_list_the_table_recalls() -> None:
    """Measured, not copied: SNOMED CT codes that an outside rule set calls substance use or mental health.

    A code alone is half of it: nothing is told but a resource's words, and words are judged too.
    """
    rules = json.loads(outside("sensitivity-rules.json").read_text("utf-8"))["rules"]
    asked = {"synthea-sud", "shares-rule-sud", "shares-rule-mh"}
    listed = {
        entry["code"]
        for rule in rules
        if rule["id"] in asked
        for group in rule["codeSets"]
        for entry in group["codes"]
        if entry["system"] == SNOMED
    }
    recalled = {code for code in listed if sensitive_code(SNOMED, code)}
    print(f"recall of {len(listed)} outside SNOMED CT codes by code alone: {len(recalled) / len(listed):.2f}")  # noqa: T201  # a measurement
    assert len(recalled) / len(listed) > 0.15, "the table got worse; the list also holds codes for fever and smoking"
