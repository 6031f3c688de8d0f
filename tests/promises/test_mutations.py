"""Remove or turn any line that guards a promise, and a test named for that promise fails.

By default a fixed sample: a red test must not wait for its date. Every mutant there is: `make test-slow`.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.promises.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
SAMPLE = 5

LOG, DENY, ODD, LEAST, REVOKED, ALIKE, SIGNED = (
    f"tests/promises/test_{name}.py"
    for name in (
        "1_no_log_no_data",
        "2_default_deny",
        "2_odd_decisions",
        "3_minimum_necessary",
        "4_revocation_at_once",
        "5_refusals_look_alike",
        "8_what_was_signed",
    )
)
RELEASE = "tests/service/gateway/test_release.py"
FACTS = tuple(
    f"tests/consent/test_{name}"
    for name in (
        "reach.py",
        "part2.py",
        "lifecycle.py::test_where_a_court_named_a_guardian_only_that_guardian_signs",
        "lifecycle.py::test_a_notice_dated_ahead_was_not_given_yet",
        "asker_and_signer.py",
        "refusals.py",
        "facts.py",
    )
)

GUARDED: dict[str, tuple[str, ...]] = {
    "service.gateway.answer": (LOG, REVOKED, DENY, ODD, LEAST, ALIKE),
    "service.gateway.decide": (DENY, LEAST, ALIKE, REVOKED, LOG, SIGNED, ODD),
    "service.gateway.release": (RELEASE, LEAST, ALIKE, SIGNED, LOG),
    "service.gateway.events": (LOG, SIGNED),
    "consent.facts": FACTS,
    "consent.store": (REVOKED,),
}
"""The modules that keep the promises, and the tests that would notice: most telling first."""

PARTS = {"consent.store": frozenset({"epochs_hold"})}
"""Only these functions of a module; the rest of the store is proven on a real database in tests/consent."""

EQUIVALENT = {
    "consent.facts _facts_of: `part2.complete(consent)` for `named and part2.complete(consent)`": (
        "where it does not name the asker nothing is made of it; `named` spares the work"
    ),
    "service.gateway.answer _settled: without `continue`": "it is the loop's last statement",
    "service.gateway.decide told: all of `for v in self.decision.verdicts if v.reason is not None`": (
        "None is not among the reasons about the asker; the filter is for the type checker"
    ),
}
"""Mutants that change nothing anybody could see, each with the reason."""


def every() -> list[Mutant]:
    return [m for module in GUARDED for m in mutants(module, source(module), PARTS.get(module))]


def source(module: str) -> str:
    return (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")


def noticed(tried: Iterable[Mutant]) -> Iterator[tuple[Mutant, str | None]]:
    """Each mutant and the test that failed, or None."""
    command = [sys.executable, "-m", "tests.promises.mutation_runner"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:  # noqa: S603  # our own module
        assert runner.stdin is not None
        assert runner.stdout is not None
        for mutant in tried:
            job = {"module": mutant.module, "source": mutant.source, "tests": GUARDED[mutant.module]}
            print(json.dumps(job), file=runner.stdin, flush=True)
            said = runner.stdout.readline()
            assert said, f"the runner was ended from outside: {runner.wait()}"
            yield mutant, json.loads(said)
        runner.stdin.close()


def survivors(tried: Sequence[Mutant]) -> list[str]:
    """The mutants nobody noticed, and those that no test was the judge of."""
    return [f"{mutant.module} {mutant.name}" for mutant, by in noticed(tried) if by is None or by.startswith("nobody")]


def wrongly_noticed(modules: Sequence[str]) -> list[str | None]:
    """The tests that fail on a module as it is: what they noticed of a mutant would mean nothing."""
    return [by for _, by in noticed([Mutant(module, "untouched", source(module)) for module in modules]) if by]


def test_a_guard_taken_out_is_noticed_by_the_promise_it_kept() -> None:
    """Some that must never slip: the entry before asking, the guard, the trim, and what may be told."""
    telling = {
        "_attempt: without `await gateway.ledger.append(": LOG,
        "_disclose: without the last argument of `gateway.ledger.append(": REVOKED,
        "_attempt: without `if subject is None or not decided.permitted": LOG,
    }
    every_one = list(mutants("service.gateway.answer", source("service.gateway.answer")))
    chosen = [next(m for m in every_one if m.name.startswith(start)) for start in telling]
    for (_, by), promise in zip(noticed(chosen), telling.values(), strict=True):
        assert by is not None
        assert by.startswith(promise)


def test_each_of_a_sample_of_mutants_is_noticed() -> None:
    fixed = random.Random(42)  # noqa: S311  # the same sample every day: a red test must not wait for its date
    worth_trying = [m for m in every() if f"{m.module} {m.name}" not in EQUIVALENT]
    chosen = fixed.sample(worth_trying, SAMPLE)
    assert wrongly_noticed(sorted({mutant.module for mutant in chosen})) == []
    assert survivors(chosen) == []


@pytest.mark.slow
def test_every_mutant_is_noticed_but_those_that_change_nothing(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("markexpr"):
        pytest.skip("the long form, some minutes: `make test-slow`")
    assert wrongly_noticed(list(GUARDED)) == []
    assert sorted(survivors(every())) == sorted(EQUIVALENT)
