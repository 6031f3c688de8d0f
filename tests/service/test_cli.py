"""The `porchlight` command: each command does what it says, says it, and fails with a code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from policies import bundle
from service import keys
from service.cli import app, contract
from service.db.migrate import current

CASES = Path(__file__).parents[2] / "policies" / "cases"


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=environment)


@pytest.mark.parametrize("command", [[], ["policy"], ["log"], ["serve"], ["migrate"], ["openapi"], ["create-keys"]])
def test_help_says_what_each_command_is(command: list[str]) -> None:
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    assert "Usage" in shown.output


def test_help_names_every_command() -> None:
    shown = run("--help").output
    assert all(name in shown for name in ("serve", "migrate", "create-keys", "openapi", "policy", "log"))


def test_create_keys_makes_keys_that_development_reads(tmp_path: Path) -> None:
    made = run("create-keys", str(tmp_path / "keys"))
    assert (made.exit_code, "PORCHLIGHT_KEYS" in made.output) == (0, True)
    assert keys.read(tmp_path / "keys", production=False)


def test_openapi_writes_the_contract(tmp_path: Path) -> None:
    assert run("openapi", "--file", str(tmp_path / "openapi.json")).exit_code == 0
    assert (tmp_path / "openapi.json").read_text("utf-8") == contract()


def test_policy_bundle_writes_what_an_opa_server_loads(tmp_path: Path) -> None:
    made = run("policy", "bundle", str(tmp_path / "bundle.tar.gz"))
    assert (made.exit_code, bundle.load().revision in made.output) == (0, True)
    assert (tmp_path / "bundle.tar.gz").read_bytes() == bundle.load().archive()


def test_policy_cases_passes_the_cases_that_stand() -> None:
    passed = run("policy", "cases", str(CASES / "emergency.json"))
    assert passed.exit_code == 0
    assert "0 failed" in passed.output


def test_policy_cases_fails_a_case_that_does_not_hold(tmp_path: Path) -> None:
    listed = json.loads((CASES / "emergency.json").read_text("utf-8"))
    permitted = next(case for case in listed if case["expect"][0] == "permit")
    (tmp_path / "wrong.json").write_text(json.dumps([{**permitted, "expect": ["deny", "NO_CARE_RELATIONSHIP"]}]))
    failed = run("policy", "cases", str(tmp_path / "wrong.json"))
    assert failed.exit_code == 1
    assert "FAILED" in failed.output


def test_migrate_brings_a_database_to_this_versions_tables(database_url: str) -> None:
    migrated = run("migrate", PORCHLIGHT_DATABASE_URL=database_url)
    assert (migrated.exit_code, bool(current(database_url))) == (0, True)
