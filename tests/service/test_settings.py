"""Settings: what production refuses, and that no secret is quoted when one is wrong."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Mode, Settings

SECRET = "hunter2"  # noqa: S105  # stands for one, to be looked for
NEEDED = {
    "database_url": f"postgresql://gateway:{SECRET}@db.example/porchlight",
    "keys": "/keys",
    "partners": "/p.json",
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `.env` file of the developer's is read."""
    monkeypatch.chdir(tmp_path)


def settings(**changes: object) -> Settings:
    return Settings(**(NEEDED | changes))  # type: ignore[arg-type]  # read from text, as from the environment


def test_production_is_the_default_and_starts_with_an_anchor() -> None:
    made = settings(anchor="/mnt/other/checkpoint")
    assert (made.mode, made.fixed_clock, made.opa_url) == (Mode.PRODUCTION, None, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "set PORCHLIGHT_ANCHOR"),
        ({"anchor": "/a", "fixed_clock": "2026-01-01T00:00:00Z"}, "a fixed clock is for development"),
    ],
)
def test_production_refuses_what_only_development_may(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        settings(**changes)
    assert not {SECRET, "input_value"} & set(re.findall(r"\w+", str(refused.value)))
    settings(**changes, mode="development")


@pytest.mark.parametrize(
    "changes",
    [
        {"source_seconds": 0},
        {"source_seconds": 31},
        {"refusal_floor_ms": -1},
        {"policy_threads": 0},
        {"fixed_clock": "2026-01-01T00:00:00"},
        {"sources": {"NOBODY": "http://x.example"}},
        {"mode": "testing"},
        {"database_url": None},
    ],
    ids="-".join,
)
def test_a_setting_out_of_bounds_is_refused_without_quoting_it(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**({"mode": "development"} | changes))
    assert not {SECRET, "input_value"} & set(re.findall(r"\w+", str(refused.value)))


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"MODE": "development", "DATABASE_URL": "postgresql:///x", "KEYS": "/k", "PARTNERS": "/p"}
    for name, value in (said | {"SOURCES": '{"EMS": "http://ems.example"}'}).items():
        monkeypatch.setenv(f"PORCHLIGHT_{name}", value)
    assert Settings().sources == {"EMS": "http://ems.example"}  # type: ignore[call-arg]  # the rest is in the environment


def test_no_secret_is_shown() -> None:
    assert SECRET not in repr(settings(anchor="/a"))
