"""`porchlight policy`: cases that pass and fail, explanations, the bundle."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policies import bundle
from service.cli import app

CASES = Path(__file__).parents[2] / "policies" / "cases"


@pytest.mark.parametrize("file", sorted(CASES.glob("*.json")), ids=lambda file: file.stem)
def test_every_file_of_cases_passes(file: Path) -> None:
    ran = CliRunner().invoke(app, ["policy", "cases", str(file)])
    assert ran.exit_code == 0, ran.output
    assert ran.output.splitlines()[-1].endswith(" passed, 0 failed")


def test_a_case_that_fails_is_named_and_the_command_fails(tmp_path: Path) -> None:
    first = json.loads(next(iter(sorted(CASES.glob("*.json")))).read_text())[0]
    wrong = {**first, "id": "WRONG", "expect": ["permit" if first["expect"][0] == "deny" else "deny", None]}
    (tmp_path / "wrong.json").write_text(json.dumps([first, wrong]))
    ran = CliRunner().invoke(app, ["policy", "cases", str(tmp_path / "wrong.json")])
    assert ran.exit_code == 1
    assert "FAILED WRONG" in ran.output
    assert ran.output.splitlines()[-1] == "1 passed, 1 failed"


def test_an_explanation_names_the_rule_and_its_citation() -> None:
    file = next(f for f in sorted(CASES.glob("*.json")))
    ran = CliRunner().invoke(app, ["policy", "explain", str(file)])
    assert ran.exit_code == 0, ran.output
    assert "stays" in ran.output or "leaves" in ran.output
    assert CliRunner().invoke(app, ["policy", "explain", str(file), "--case", "NONE"]).exit_code == 2


def test_an_engine_that_is_neither_is_refused() -> None:
    file = next(f for f in sorted(CASES.glob("*.json")))
    assert CliRunner().invoke(app, ["policy", "cases", str(file), "--engine", "guess"]).exit_code == 2


def test_the_bundle_names_its_revision(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["policy", "bundle", str(tmp_path / "bundle.tar.gz")])
    assert bundle.load().revision in ran.output
    assert (tmp_path / "bundle.tar.gz").read_bytes() == bundle.load().archive()
