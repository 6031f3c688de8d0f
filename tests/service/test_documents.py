"""What the pages say is what the code has: every setting, every problem, every module of the service."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from service.problems import Problem
from service.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "service" / "README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, cells without their backquotes."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[1:]]


def test_every_setting_stands_in_the_page_with_its_default() -> None:
    said = {name: default for name, default, *_ in table("Settings")}
    assert list(said) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        assert said[name] == _spelt(default), name


def test_every_problem_stands_in_the_page_with_its_status() -> None:
    said = {(slug, status) for slug, status, *_ in table("Problems")}
    own = {(Problem.slug, str(Problem.status))}
    assert said == own | {(problem.slug, str(problem.status)) for problem in _problems()}


def test_every_problem_has_words_of_its_own() -> None:
    problems = _problems()
    for member in ("slug", "title", "detail"):
        assert len({getattr(problem, member) for problem in problems}) == len(problems), member


def test_every_room_of_the_service_stands_in_the_page() -> None:
    section = PAGE.split("## The rooms\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`([\w.]+)/?`", section))
    there = {p.name for p in (ROOT / "service").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert there - named - {"__init__.py"} == set()


def _problems() -> list[type[Problem]]:
    return list(Problem.__subclasses__())


def _spelt(default: object) -> str:
    if default is PydanticUndefined:
        return "(needed)"
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
