"""The rules by OPA's own tools: strict, formatted, tested, and every line of them covered by a test."""

import json
import subprocess
from pathlib import Path

import pytest

from policies.bundle import REGO

pytestmark = pytest.mark.opa


def said_by(opa: Path, *arguments: str) -> str:
    done = subprocess.run([str(opa), *arguments, str(REGO)], capture_output=True, text=True, check=False)  # noqa: S603  # our own binary
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rules_pass_the_strict_check(opa: Path) -> None:
    said_by(opa, "check", "--strict")


def test_the_rules_are_formatted(opa: Path) -> None:
    assert said_by(opa, "fmt", "--list") == ""


def test_the_tests_of_the_rules_pass(opa: Path) -> None:
    results = json.loads(said_by(opa, "test", "--format", "json"))
    assert len(results) >= 70


def test_every_line_of_the_rules_is_covered(opa: Path) -> None:
    report = json.loads(said_by(opa, "test", "--coverage"))
    uncovered = {name: part["not_covered"] for name, part in report["files"].items() if part.get("not_covered")}
    assert uncovered == {}
    assert report["coverage"] == 100
    assert {Path(name).name for name in report["files"]} >= {path.name for path in REGO.rglob("*.rego")}
