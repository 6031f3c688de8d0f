"""The house rules hold, and each of them can tell good from bad."""

import ast
from pathlib import Path

import pytest

from tests import house_rules
from tests.house_rules import Rule, complaints

ROOT = Path(__file__).parents[1]

SAMPLES: dict[Rule, tuple[str, str]] = {
    house_rules.commits_in_two_places: ("session.rollback()", "session.commit()"),
    house_rules.disclosures_in_release_only: ("release(answers)", "Disclosure(answers)"),
    house_rules.static_log_events: ("log.info('query_refused', id=1)", "log.info(f'refused {name}')"),
    house_rules.aware_times: ("datetime.now(UTC)", "datetime.now()"),
    house_rules.short_functions: ("def f():\n  pass", "def f():\n" + "  pass\n" * 40),
    house_rules.short_files: ("a = 1", "a = 1\n" * 251),
    house_rules.telling_names: ("def answer(): pass", "def do_it(): pass"),
    house_rules.documented: ('"""What it is."""', "a = 1"),
}


def test_the_house_keeps_its_rules() -> None:
    assert complaints(ROOT) == []


def test_every_rule_has_its_samples() -> None:
    assert set(SAMPLES) == set(house_rules.RULES)


@pytest.mark.parametrize("rule", SAMPLES, ids=lambda rule: rule.__name__)
def test_a_rule_tells_good_from_bad(rule: Rule) -> None:
    good, bad = SAMPLES[rule]
    assert not list(rule("service/sample.py", ast.parse(good)))
    assert list(rule("service/sample.py", ast.parse(bad)))
