"""`porchlight policy`: run cases, explain a decision, write the bundle an OPA server takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from policies import bundle, cases, tables
from policies.cases import Case
from policies.engines import PolicyEngine
from policies.engines.embedded import EmbeddedEngine
from policies.engines.server import ServerEngine
from policies.explain import Cited, Explained, explain

policy = typer.Typer(no_args_is_help=True, help=__doc__)

PATIENCE = 5.0
"""Seconds a decision may take here: a command is not a query."""

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Decision cases, a JSON list.")]
OpaUrl = Annotated[str, typer.Option(help="With --engine opa: an OPA server that serves this bundle.")]


@policy.command("cases")
def run_cases(file: File, engine: str = "embedded", opa_url: OpaUrl = "http://127.0.0.1:8181") -> None:
    """Run decision cases on an engine (embedded or opa), name those that fail, end with `N passed, N failed`."""
    raise typer.Exit(1 if asyncio.run(_failures(file, engine, opa_url)) else 0)


@policy.command("explain")
def explain_case(
    file: File, case_id: Annotated[str, typer.Option("--case", help="Which case; the first if left out.")] = ""
) -> None:
    """Explain one case field by field: by which rule it leaves or stays, and where the rule comes from."""
    found = [case for case in cases.read(file) if case_id in ("", case.id)]
    if not found:
        typer.echo(f"There is no case {case_id} in {file}.", err=True)
        raise typer.Exit(2)
    asyncio.run(_explained(found[0]))


@policy.command("bundle")
def write_bundle(file: Path) -> None:
    """Write the bundle an OPA server loads (`opa run --server -b FILE`)."""
    made = bundle.load()
    file.write_bytes(made.archive())
    typer.echo(f"Wrote {file}, revision {made.revision}.")


async def _failures(file: Path, engine: str, opa_url: str) -> int:
    read, failed = cases.read(file), 0
    async with _engine(engine, opa_url) as rules:
        for case in read:
            if not await _passes(case, rules):
                failed += 1
                typer.echo(f"FAILED {case.id}: wanted {case.outcome} {case.token or ''}. {case.why}")
    typer.echo(f"{len(read) - failed} passed, {failed} failed")
    return failed


async def _passes(case: Case, rules: PolicyEngine) -> bool:
    """A case that changes the policy data is decided in-process, by a bundle of its own."""
    if not case.tables:
        return case.passes(await rules.decide(case.request))
    changed = bundle.made(bundle.sources(), tables.patched(tables.read(), case.tables))
    own = EmbeddedEngine(changed, deadline=PATIENCE)
    try:
        return case.passes(await own.decide(case.request))
    finally:
        await own.close()


@asynccontextmanager
async def _engine(name: str, opa_url: str) -> AsyncIterator[PolicyEngine]:
    if name not in {"embedded", "opa"}:
        raise typer.BadParameter("the engine is embedded or opa")
    rules = bundle.load()
    local = name == "embedded"
    engine = EmbeddedEngine(rules, deadline=PATIENCE) if local else ServerEngine(opa_url, rules.revision, PATIENCE)
    await engine.open()
    try:
        yield engine
    finally:
        await engine.close()


async def _explained(case: Case) -> None:
    async with _engine("embedded", "") as rules:
        lines = explain(case.request, await rules.decide(case.request))
    console = Console(highlight=False)
    console.print(f"[bold]{case.id}[/bold] {case.request.asker.role}, {case.request.purpose}. {case.why}")
    for (custodian, category, stays, cites), group in groupby(sorted(lines, key=_alike), key=_alike):
        word = "[red]stays[/red]" if stays else "[green]leaves[/green]"
        console.print(f"\n{custodian}/{category} {word}: {', '.join(line.field for line in group)}")
        for rule, cited in cites:
            console.print(f"   {rule}: {cited.says} [dim]{cited.citation}[/dim]")


def _alike(line: Explained) -> tuple[str, str, bool, tuple[tuple[str, Cited], ...]]:
    return line.custodian, line.category, not line.permitted, tuple(zip(line.rules, line.citations, strict=True))
