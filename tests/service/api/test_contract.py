"""The contract: current, whole, and without anybody's data."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.api.contract import ABOUT, PROBLEM, operations
from service.cli import contract
from service.identity.partners import Scope
from service.problems import Problem

FILE = Path(__file__).parents[3] / "openapi" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations(DOCUMENT)}
OPEN = {"token", "published_keys", "alive", "ready", "metrics", "the_catalog", "list_forms", "read_form"}
"""Operations without a token."""


def test_the_committed_contract_is_the_one_the_code_serves() -> None:
    assert FILE.read_text("utf-8") == contract(), "run: porchlight openapi"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_is_and_shows_an_example(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    assert all(content["examples"] for content in good["content"].values())
    body = operation.get("requestBody", {}).get("content", {})
    assert all(content["examples"] for content in body.values())


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_a_documented_problem_with_a_sample_of_its_status(name: str) -> None:
    for status, answer in OPERATIONS[name]["responses"].items():
        content = answer["content"].get(PROBLEM)
        if content is None:
            continue
        assert content["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}
        assert content["examples"]
        assert {example["value"]["status"] for example in content["examples"].values()} == {int(status)}


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - OPEN))
def test_whatever_needs_a_token_says_which_scope_and_what_may_refuse(name: str) -> None:
    ((scheme, scopes),) = OPERATIONS[name]["security"][0].items()
    assert scheme == "bearer"
    assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert set(scopes) <= set(Scope)
    assert {"401", "403", "500", "503"} <= OPERATIONS[name]["responses"].keys()
    takes_a_body = "requestBody" in OPERATIONS[name]
    assert not takes_a_body or {"400", "413", "415"} <= OPERATIONS[name]["responses"].keys()


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_asks_for_no_token(name: str) -> None:
    assert "security" not in OPERATIONS[name]


def test_frameworks_own_validation_error_is_nowhere() -> None:
    assert not [name for name, operation in OPERATIONS.items() if "422" in operation["responses"]]
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)


def test_no_reference_leads_nowhere() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named <= DOCUMENT["components"]["schemas"].keys()


def test_the_words_say_that_there_is_no_405() -> None:
    assert "there is no 405" in ABOUT
    assert DOCUMENT["info"]["description"] == ABOUT


def test_every_status_of_a_problem_is_one_that_http_calls_an_error() -> None:
    assert all(problem.status in range(400, 600) for problem in Problem.__subclasses__())


PERSONAL = {
    "a telephone number": r"\b\d{3}[-. ]\d{3}[-. ]\d{4}\b",
    "a social security number": r"\b\d{3}-\d{2}-\d{4}\b",
    "an agency's identifier": r"\b(\d{9}[A-Z]|A\d{8}|LCHC-\d+|EP\d{8})\b",
    "a street": r"\b\d+ [A-Z][a-z]+ (St|Ave|Rd|Ln|Dr|Ct|Blvd)\b",
    "an e-mail address": r"\b[\w.]+@[\w.]+\.\w+\b",
}


@pytest.mark.parametrize("kind", PERSONAL)
def test_no_example_looks_like_somebody(kind: str) -> None:
    assert re.findall(PERSONAL[kind], FILE.read_text("utf-8")) == []


def test_the_people_of_the_examples_are_called_example() -> None:
    text = FILE.read_text("utf-8")
    assert set(re.findall(r'"given": "([^"]*)"', text)) | set(re.findall(r'"value": "(EX[^"]*)-\d"', text)) == {
        "Example",
        "EXAMPLE-EMS",
    }
    assert set(re.findall(r'"birth_date": "([^"]*)"', text)) == {"2000-01-01"}
