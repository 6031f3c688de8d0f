"""Runs tests against mutants: a warm process forks once per mutant, loads the mutant in the module's place, tests it.

    python -m tests.promises.mutation_runner < jobs > outcomes      (one JSON object a line, both ways)

A job is {module, source, tests}; an outcome names the first test that failed, or is null where all passed. One that
begins with `nobody` says that no test was the judge: that is a fault of ours. Forking spares each mutant the second or
two that importing everything else takes.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SECONDS = 60
"""The longest a mutant may take. One that hangs was noticed by no test."""

ARGUMENTS = (
    *("-x", "-q", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # of plugins that are warm
    *("-p", "tests.promises.mutation_profile", "--hypothesis-profile=mutants"),
)

WARM = (
    "hypothesis.strategies",
    "orjson",
    "psycopg",
    "regopy",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.postgresql",
    "policies.engines.embedded",
    "policies.engines.memo",
    "audit.ledger",
    "consent.record",
    "consent.tables",
)
"""What every child needs and no mutant changes."""


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module in a text instead of in its file."""

    def __init__(self, module: str, source: str) -> None:
        self._module, self._source = module, source

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, "mutant", "exec"), module.__dict__)  # noqa: S102  # the whole point


class FirstFailure:
    """Remembers the test that noticed."""

    def __init__(self) -> None:
        self.name: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.name is None:
            self.name = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.name is None:
            self.name = f"{report.nodeid} (does not load)"


def tested(module: str, source: str, tests: Sequence[str]) -> str | None:
    """In a child: the first test that fails with this source in the module's place."""
    if module in sys.modules:
        raise RuntimeError(f"{module} is loaded already")
    sys.meta_path.insert(0, Mutated(module, source))
    noticed = FirstFailure()
    code = pytest.main([*ARGUMENTS, *tests], plugins=[noticed])
    if code == pytest.ExitCode.OK:
        return None
    return noticed.name or f"nobody: pytest ended with {code!r}"


def outcome(job: dict[str, Any]) -> str | None:
    """Test one mutant in a child of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        said = json.dumps(tested(job["module"], job["source"], job["tests"])).encode()
        os.write(writing, said)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "nobody: it did not end"
    if not said:
        return "nobody: the child ended without a word"
    name: str | None = json.loads(said)
    return name


def main() -> None:
    """One outcome a line for one job a line."""
    for name in WARM:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)  # noqa: T201  # the answer


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
