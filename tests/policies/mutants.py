"""The rules with one condition dropped or turned round, and whether any written case notices."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from regopy import RegoError

from policies import cases, tables
from policies.bundle import REGO, made
from policies.cases import Case
from policies.decision import PolicyError, parse
from policies.engines.embedded import EmbeddedEngine
from tests.policies.questions import PERMITTED, document
from tests.policies.test_cases import FILES, VARIED

CONDITIONS = (
    re.compile(r"(?<=\bif )(?P<condition>[^{\n][^\n]*?)$", re.MULTILINE),
    re.compile(r"^\t+(?P<condition>(?!\t|some |every |\"|\}|\]|#)(?![^\n]*(?::=|[{\[(,|]$))[^\n]+)$", re.MULTILINE),
    re.compile(r"(?<=; )(?P<condition>(?:[^;\n\[\]{}]|\[[^\]\n]*\])*?)(?=[;\]}])"),
)
"""A condition after `if`, on a line of its own in a body, or inside a comprehension. Bindings are left alone."""

TURNED = [
    (re.compile(r" == true$"), " == false"),
    (re.compile(r" == false$"), " == true"),
    (re.compile(r" == "), " != "),
    (re.compile(r" != "), " == "),
    (re.compile(r" > 0$"), " == 0"),
    (re.compile(r" <= "), " > "),
    (re.compile(r"^not (?=\w)"), ""),
    (re.compile(r"^(?P<bare>[\w.]+(?:\([^\n]*\))?)$"), r"\g<bare> == false"),
]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One file of the rules with one condition changed."""

    file: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before!r} -> {self.after!r}"


def mutants(rules: Mapping[str, str]) -> Iterator[Mutant]:
    """Every condition of every rule, dropped and turned round."""
    for name, text in sorted(rules.items()):
        code = re.sub(r"#[^\n]*", lambda comment: "#" * len(comment[0]), text)
        spans = {found.span("condition") for pattern in CONDITIONS for found in pattern.finditer(code)}
        for start, end in sorted(spans):
            before = text[start:end]
            for after in dict.fromkeys(["true", *_turned(before)]):
                yield Mutant(name, text.count("\n", 0, start) + 1, before, after, text[:start] + after + text[end:])


def _turned(condition: str) -> Iterator[str]:
    for pattern, instead in TURNED:
        if pattern.search(condition):
            yield pattern.sub(instead, condition, count=1)
            return


class Trial:
    """The written cases and the malformed questions, to try a mutant on."""

    def __init__(self, rules: Mapping[str, str], opa: Path | None = None) -> None:
        self._rules, self._opa = rules, opa
        self._plain = [case for path in FILES for case in cases.read(path)]
        Random(5).shuffle(self._plain)  # noqa: S311  # of mixed cases the first that notices comes sooner
        self._varied = [case for path in VARIED for case in cases.read(path)]
        self._malformed = list(malformed())

    def killer(self, mutant: Mutant) -> str | None:
        """What notices the mutant: a case, a malformed question, or that it does not compile. None: it survives."""
        changed = {**self._rules, mutant.file: mutant.text}
        try:
            engine = _engine(changed)
        except (RegoError, ValueError):
            return "does not compile"
        return self._case(engine) or self._shape(engine) or self._variation(changed) or self._own_tests(mutant)

    def _case(self, engine: EmbeddedEngine) -> str | None:
        failing = (case.id for case in self._plain if not _passes(case, engine))
        return next(failing, None)

    def _shape(self, engine: EmbeddedEngine) -> str | None:
        failing = (place for place, question in enumerate(self._malformed) if _answered(engine, question))
        return next((f"malformed question {place}" for place in failing), None)

    def _variation(self, changed: Mapping[str, str]) -> str | None:
        engines = ((case, _engine(changed, case)) for case in self._varied)
        return next((case.id for case, engine in engines if not _passes(case, engine)), None)

    def _own_tests(self, mutant: Mutant) -> str | None:
        """The tests beside the rules, which reach what the order of the procedure hides from every whole question."""
        if self._opa is None:
            return None
        with TemporaryDirectory() as directory:
            shutil.copytree(REGO, directory, dirs_exist_ok=True)
            (Path(directory) / mutant.file).write_text(mutant.text)
            done = subprocess.run([str(self._opa), "test", directory], capture_output=True, check=False)  # noqa: S603  # our own binary
        return "its own test" if done.returncode else None


def _engine(rules: Mapping[str, str], case: Case | None = None) -> EmbeddedEngine:
    engine = EmbeddedEngine(made(rules, tables.patched(tables.read(), case.tables if case else {})))
    engine._compiled()  # noqa: SLF001  # here and now, not under the first question
    return engine


def _passes(case: Case, engine: EmbeddedEngine) -> bool:
    try:
        said = engine._evaluate(case.request.canonical().decode())  # noqa: SLF001  # without a loop for each of thousands
        return case.passes(parse(said, case.request, engine.revision))
    except (PolicyError, RegoError, ValueError):
        return False


def _answered(engine: EmbeddedEngine, question: Any) -> bool:
    try:
        said: Any = engine._evaluate(orjson.dumps(question).decode())  # noqa: SLF001  # see above
    except (RegoError, ValueError):
        return False
    return bool(said["items"] != [] or said.keys() != {"revision", "items"})


def malformed() -> Iterator[Any]:
    """The question with each part in turn made null or turned inside out, and the question past its bounds."""
    whole = document(PERMITTED)
    for path in _paths(whole):
        for wrong in (lambda _: None, _inside_out):
            question, inner = deepcopy(whole), None
            inner = question
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = wrong(inner[path[-1]])
            yield question
    yield {**whole, "items": whole["items"] * 201}
    yield {**whole, "consents": whole["consents"] * 65}
    yield {**whole, "custodians": {}}


def _inside_out(part: Any) -> Any:
    """A list as an object of its members, an object as the list of its values, anything else in a list."""
    if isinstance(part, list):
        return {str(place): member for place, member in enumerate(part)}
    return list(part.values()) if isinstance(part, dict) else [part]


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path and path[-2:-1] not in {("sources",), ("categories",)}:
        yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from _paths(value, (*path, key))
