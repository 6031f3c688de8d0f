"""`make demo`: a whole county on this machine, its story, then serving until Ctrl-C. `--once` tells it and exits."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.sandbox.processes import DidNotStart, agency_systems
from service.sandbox.setup import (
    Plan,
    free_port,
    index_people,
    settings,
    staff_agencies,
    start_database,
    start_gateway,
    write_county,
)
from service.sandbox.story import NotAsPromised, Story

console = Console(highlight=False, soft_wrap=True)


def demo(  # noqa: PLR0917  # typer reads the options from here
    directory: Path = Path(".demo"),
    people: int = 2000,
    seed: int = 7,
    once: Annotated[
        bool, typer.Option("--once", help="Tell the story and exit; fail if a step is not as promised.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where the gateway listens; 0 takes any free port.")] = 0,
    database_url: Annotated[str | None, typer.Option(envvar="PORCHLIGHT_DATABASE_URL")] = None,
    opa_url: Annotated[str | None, typer.Option(envvar="PORCHLIGHT_OPA_URL")] = None,
) -> None:
    """Set up the sandbox, tell the story, go on serving."""
    today = datetime.now(UTC).date()
    plan = Plan(directory.resolve(), people, seed, today, database_url, opa_url)
    plan.directory.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a supervisor's stop is a Ctrl-C
    try:
        with ExitStack() as stack:
            _run(plan, stack, port=port or free_port(), once=once)
    except KeyboardInterrupt:
        console.print("\nStopped. Nothing is left running; `make demo` starts again where this left off.")
    except (NotAsPromised, DidNotStart) as broken:
        console.print(f"[red]Not as promised:[/red] {broken}")
        sys.exit(1)


def _run(plan: Plan, stack: ExitStack, *, port: int, once: bool) -> None:
    console.print(
        "Porchlight: agencies that serve the same neighbor ask each other, and get what law and person allow."
    )
    console.print("Everybody in this county is invented. The law in the rules awaits counsel's review.\n")
    _with_bar(f"Writing a county of {plan.people:,} people", plan.people, lambda tick: write_county(plan, tick))
    with _busy("Starting PostgreSQL"):
        database_url = start_database(plan, stack)
    with _busy("Starting four agencies: DSS, Alliance Health, Lincoln Community Health Center, County EMS"):
        sources = agency_systems(plan.county, plan.directory, stack)
    configured = settings(plan, database_url, sources, port)
    _with_bar("Finding out who is who", None, lambda tick: asyncio.run(index_people(configured, tick)))
    with _busy("Reading rosters and caseloads"):
        asyncio.run(staff_agencies(plan, configured))
    with _busy("Starting the gateway"):
        base = start_gateway(configured, plan, stack)
    console.print()
    asyncio.run(Story(plan, base, database_url, console.print).tell())
    if once:
        console.print("[green]Every step went as promised.[/green]")
        return
    _serve(base, plan)


def _serve(base: str, plan: Plan) -> None:
    console.print(f"The gateway goes on serving at [bold]{base}[/bold] until Ctrl-C:")
    console.print(f"   contract   {base}/openapi.json\n   health     {base}/readyz\n   metrics    {base}/metrics")
    console.print(f"   partners' keys, logs and the county's files are under {os.path.relpath(plan.directory)}")
    while True:
        signal.pause()


@contextmanager
def _busy(title: str) -> Iterator[None]:
    """A line that stays, and a spinner while the work takes."""
    console.print(title)
    with console.status(title):
        yield


def _with_bar(title: str, total: int | None, work: Callable[[Callable[[int], None]], object]) -> None:
    """Run `work` under a bar; its ticks say how many are done (with a total) or how many more (without)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    if not console.is_terminal:
        console.print(title)
        work(lambda _: None)
        return
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total)
        if total is None:
            work(lambda more: bar.advance(task, more))
        else:
            work(lambda done: bar.update(task, completed=done))
            bar.update(task, completed=total)


if __name__ == "__main__":
    typer.run(demo)
