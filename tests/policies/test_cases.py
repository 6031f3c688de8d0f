"""Every written case holds on every engine: what the privacy officer reads is what the rules do."""

import json
import subprocess
from pathlib import Path

import pytest

from policies import bundle, cases, tables
from policies.bundle import ENTRYPOINT
from policies.cases import Case
from policies.decision import Decision, parse
from policies.engines import PolicyEngine
from policies.engines.embedded import EmbeddedEngine
from policies.vocabulary import Obligation, Purpose, Reason, Role
from tests.policies.conftest import PATIENT

OWN = Path(bundle.REGO).parent / "cases"
FILES = sorted(OWN.glob("*.json"))
VARIED = sorted((OWN / "variations").glob("*.json"))
RULE_BOOK = Path(__file__).parents[2].parent / "shared" / "rules" / "cases.json"

UNREACHED = {Reason.INPUT_MALFORMED}
"""A malformed input gets no decision at all, so no case can want this reason."""


def every_case() -> list[Case]:
    return [case for path in [*FILES, *VARIED] for case in cases.read(path)]


async def failing(read: list[Case], engine: PolicyEngine) -> list[str]:
    return [case.id for case in read if not case.passes(await engine.decide(case.request))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_every_case_of_the_repository_holds_on_both_engines(path: Path, engine: PolicyEngine) -> None:
    assert await failing(cases.read(path), engine) == []


async def test_every_case_of_the_rule_book_holds_on_both_engines(engine: PolicyEngine) -> None:
    if not RULE_BOOK.exists():
        pytest.skip("the rule book's cases do not stand beside this repository")
    read = cases.read(RULE_BOOK)
    assert len(read) == 40
    assert await failing(read, engine) == []


@pytest.mark.parametrize("path", VARIED, ids=lambda path: path.stem)
async def test_every_case_under_other_tables_holds_embedded(path: Path) -> None:
    for case in cases.read(path):
        engine = EmbeddedEngine(varied(case), deadline=PATIENT)
        assert await failing([case], engine) == []
        await engine.close()


@pytest.mark.opa
@pytest.mark.parametrize("path", VARIED, ids=lambda path: path.stem)
def test_every_case_under_other_tables_holds_in_opa(path: Path, opa: Path, tmp_path: Path) -> None:
    assert [case.id for case in cases.read(path) if not case.passes(asked_of(opa, case, tmp_path))] == []


def varied(case: Case) -> bundle.Bundle:
    return bundle.made(bundle.sources(), tables.patched(tables.read(), case.tables))


def asked_of(opa: Path, case: Case, directory: Path) -> Decision:
    rules = varied(case)
    archive, question = directory / "bundle.tar.gz", directory / "input.json"
    archive.write_bytes(rules.archive())
    question.write_bytes(case.request.canonical())
    command = [str(opa), "eval", "--format", "raw", "--bundle", str(archive), "--input", str(question)]
    said = subprocess.run([*command, "data." + ENTRYPOINT.replace("/", ".")], capture_output=True, check=True)  # noqa: S603  # our own binary
    return parse(json.loads(said.stdout), case.request, rules.revision)


def test_there_are_enough_cases_each_with_its_own_id_and_its_rule() -> None:
    read = every_case()
    assert len(read) >= 350
    assert len({case.id for case in read}) == len(read)
    assert all(case.why and case.log for case in read)


def test_the_cases_want_every_reason_obligation_role_and_purpose() -> None:
    read = every_case()
    logged = [entry for case in read for entry in case.log.values()]
    assert {entry.get("reason") for entry in logged} - {None} == set(Reason) - UNREACHED
    assert {code for entry in logged for code in entry.get("obligations", ())} == set(Obligation)
    assert {case.request.asker.role for case in read} == set(Role)
    assert {case.request.purpose for case in read} == set(Purpose)


def test_the_cases_want_every_basis_that_a_law_gives() -> None:
    laws = "\n".join(path.read_text() for path in (bundle.REGO / "laws").glob("*.rego") if "_test" not in path.name)
    given = {word for word in laws.split('"') if word.startswith(("H-", "M-", "E-", "C-", "P2-", "J-"))}
    wanted = {basis for case in every_case() for entry in case.log.values() for basis in entry.get("basis", ())}
    assert wanted == given | {"CONSENT"}


async def test_a_case_whose_log_would_differ_fails(rules: bundle.Bundle) -> None:
    engine, case = EmbeddedEngine(rules, deadline=PATIENT), next(c for c in every_case() if c.id == "G7-01")
    decision = await engine.decide(case.request)
    wrong = {"clinical.summary": {**case.log["clinical.summary"], "obligations": ["AUDIT"]}}
    assert case.passes(decision)
    assert not Case(case.id, case.request, case.outcome, case.token, case.why, wrong, {}).passes(decision)
    await engine.close()
