"""HIV, hepatitis and tuberculosis in a patient's FHIR resources (G.S. 130A-143). Pure.

Searched for by exact code, so that nothing else comes along; told in the category `communicable` and nowhere else.
"""

from collections.abc import Iterator

from service.connectors.fhir import Resource, each, first
from service.connectors.fhir_chart import Chart

_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_SNOMED = "http://snomed.info/sct"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_ATC = "http://www.whocc.no/atc"

_TESTS = {
    "http://loinc.org|56888-1": "HIV",
    "http://loinc.org|5196-1": "hepatitis B",
    "http://loinc.org|16128-1": "hepatitis C",
    "http://loinc.org|11259-9": "hepatitis C",
    "http://loinc.org|71773-6": "TB",
}
"""HIV antigen and antibody, hepatitis B surface antigen, hepatitis C antibody and RNA, TB interferon release."""

_DIAGNOSES = {
    **dict.fromkeys((f"{_ICD10}|B20", f"{_ICD10}|Z21", f"{_SNOMED}|86406008", f"{_SNOMED}|91947003"), "HIV positive"),
    **dict.fromkeys((f"{_ICD10}|B18.1", f"{_ICD10}|B16.9", f"{_ICD10}|B19.10"), "hepatitis B positive"),
    **dict.fromkeys((f"{_ICD10}|B18.2", f"{_ICD10}|B19.20", f"{_SNOMED}|128302006"), "hepatitis C positive"),
    **dict.fromkeys((f"{_ICD10}|A15.0", f"{_ICD10}|A15.9", f"{_SNOMED}|154283005"), "TB active"),
    f"{_ICD10}|Z22.7": "TB latent",
}

_TREATMENTS = {
    **dict.fromkeys(
        (f"{_ATC}|J05AR20", f"{_ATC}|J05AR25", f"{_RXNORM}|1433868", f"{_RXNORM}|276237"), "HIV on treatment"
    ),
    f"{_ATC}|J05AF10": "hepatitis B on treatment",
    **dict.fromkeys((f"{_ATC}|J05AP55", f"{_ATC}|J05AP57", f"{_RXNORM}|1484911"), "hepatitis C on treatment"),
    **dict.fromkeys((f"{_ATC}|J04AC01", f"{_RXNORM}|6038", f"{_RXNORM}|9384"), "TB on treatment"),
}

TESTS, DIAGNOSES, TREATMENTS = ",".join(_TESTS), ",".join(_DIAGNOSES), ",".join(_TREATMENTS)
"""The codes to search for, as FHIR token lists."""

_RESULTS = {
    **dict.fromkeys(("10828004", "260373001", "LA6576-8", "LA11882-0", "POS", "DET", "RR"), "positive"),
    **dict.fromkeys(("260385009", "260415000", "LA6577-6", "LA11883-8", "NEG", "ND", "NR"), "negative"),
}
"""SNOMED CT, LOINC answers and v3-ObservationInterpretation. Indeterminate results are not told as either."""


def hiv_status(chart: Chart) -> str:
    """`positive` or `negative`; nothing where nobody tested."""
    return dict(_statuses(chart)).get("HIV", "")


def tb_status(chart: Chart) -> str:
    """`active`, `latent`, or the last test's `positive` or `negative`."""
    return dict(_statuses(chart)).get("TB", "")


def hepatitis_status(chart: Chart) -> tuple[str, ...]:
    """`hepatitis B negative`, `hepatitis C positive`: one each."""
    said = dict(_statuses(chart))
    return tuple(f"{infection} {said[infection]}" for infection in ("hepatitis B", "hepatitis C") if infection in said)


def treatment_status(chart: Chart) -> tuple[str, ...]:
    """`HIV on treatment`: what an active prescription says."""
    said = {
        _TREATMENTS[token]
        for held in chart.all["treatments"]
        for token in _tokens(held, "medicationCodeableConcept")
        if token in _TREATMENTS
    }
    return tuple(sorted(said))


def _statuses(chart: Chart) -> Iterator[tuple[str, str]]:
    """(infection, status), what counts most last: old results, new results, diagnoses."""
    for result in sorted(chart.all["tests"], key=lambda seen: first(seen, "effectiveDateTime")):
        infection = next((_TESTS[token] for token in _tokens(result, "code") if token in _TESTS), None)
        if infection and (said := _result(result)):
            yield infection, said
    for diagnosis in chart.all["diagnoses"]:
        told = next((_DIAGNOSES[token] for token in _tokens(diagnosis, "code") if token in _DIAGNOSES), None)
        if told:
            infection, _, said = told.rpartition(" ")
            yield infection, said


def _result(observation: Resource) -> str:
    codings = [*each(observation, "valueCodeableConcept", "coding"), *each(observation, "interpretation", "coding")]
    return next((_RESULTS[code] for coding in codings if (code := first(coding, "code")) in _RESULTS), "")


def _tokens(resource: Resource, concept: str) -> list[str]:
    return [f"{first(coding, 'system')}|{first(coding, 'code')}" for coding in each(resource, concept, "coding")]
