"""Each condition of the rules matters: drop it or turn it round, and a case or a test beside the rules says so."""

from pathlib import Path
from random import Random

import pytest

from policies import bundle
from tests.policies.mutants import Mutant, Trial, mutants

SAMPLE = 8


def every_mutant() -> list[Mutant]:
    return list(mutants(bundle.sources()))


def survivors(tried: list[Mutant], opa: Path | None) -> list[str]:
    trial = Trial(bundle.sources(), opa)
    return [str(mutant) for mutant in tried if trial.killer(mutant) is None]


def test_there_is_a_mutant_of_every_file_that_has_a_condition() -> None:
    without = {name for name, text in bundle.sources().items() if " if " not in text}
    assert {mutant.file for mutant in every_mutant()} == set(bundle.sources()) - without - unconditional()


def unconditional() -> set[str]:
    """Modules whose only body binds names: what a custodian withholds."""
    return {name for name in bundle.sources() if name.startswith("custodians/")}


def test_a_mutant_changes_one_condition_and_nothing_else() -> None:
    rules = bundle.sources()
    for mutant in every_mutant():
        before, after = rules[mutant.file].splitlines(), mutant.text.splitlines()
        changed = [number for number, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b]
        assert changed == [mutant.line]


@pytest.mark.slow
def test_unchanged_rules_survive() -> None:
    rules = bundle.sources()
    same = Mutant("decision.rego", 1, "", "", rules["decision.rego"])
    assert Trial(rules).killer(same) is None


@pytest.mark.opa
def test_no_mutant_of_a_sample_survives(opa: Path) -> None:
    sample = Random(11).sample(every_mutant(), SAMPLE)  # noqa: S311  # a test's own draw
    assert survivors(sample, opa) == []


@pytest.mark.slow
@pytest.mark.opa
def test_no_mutant_survives(opa: Path) -> None:
    assert survivors(every_mutant(), opa) == []
