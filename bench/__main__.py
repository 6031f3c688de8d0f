"""`make bench`: both sides in one run, alternating, on the same cores. Prints rows, then lines `ratio NAME VALUE`.

`--quick` shortens every row (for a look, not for quoting).
"""

import csv
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import typer
import uvloop

from bench import cores
from bench.inserts import insert_rate
from bench.load import Timings, closed, open_loop, request
from bench.stages import stages
from bench.world import World, prepare, question
from policies.vocabulary import Agency
from service.db.engine import engine as database
from service.sandbox.processes import Child
from service.sandbox.setup import Plan, free_port
from service.subjects.quality import measure

CLIENTS = 32
ROUNDS = 3


def bench(directory: Path = Path(".bench"), people: int = 4000, seconds: float = 5.0, quick: bool = False) -> None:
    """Measure and print."""
    plan = Plan(directory.resolve(), people, 7, datetime.now(UTC).date())
    length = 1.5 if quick else seconds
    with ExitStack() as stack:
        uvloop.run(_measure(plan, stack, length))


async def _measure(plan: Plan, stack: ExitStack, seconds: float) -> None:
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; "
        f"rows of {seconds:g} s, {ROUNDS} rounds in turn, medians"
    )
    world = await prepare(plan, stack, workers=1)
    print(f"{plan.people:,} people; {len(world.people)} adults known to all four custodians are asked about in turn")
    bare = _bare(plan, stack)
    question_bytes = [request("/bare", _body(world))]
    rates: dict[str, list[float]] = {"bare": [], "query": [], "insert": []}
    for number in range(1, ROUNDS + 1):
        row = await _row(
            f"bare FastAPI route, {CLIENTS} clients", lambda: closed(bare, question_bytes, CLIENTS, seconds)
        )
        rates["bare"].append(row.rate)
        row = await _row(f"audited four-custodian query, {CLIENTS} clients", lambda: _query(world, CLIENTS, seconds))
        rates["query"].append(row.rate)
        insert = await insert_rate(world.configured.database_url, 1, max(2, int(seconds)))
        rates["insert"].append(insert)
        print(f"  {insert:8.0f}/s  one durable PostgreSQL insert, 1 client (round {number})")
    peak = median(rates["query"])
    alone = await _row("audited four-custodian query, 1 client", lambda: _query(world, 1, seconds))
    paced = await _row("the same at 70 % of peak, open loop", lambda: _paced(world, 0.7 * peak, seconds))
    spent = await stages(world, 200)
    _print_stages(spent)
    slowest = max(spent[f"{custodian} alone"] for custodian in world.configured.sources)
    await _print_quality(plan, world)
    print(f"ratio query_vs_bare_route {peak / median(rates['bare']):.3f}")
    print(f"ratio query_vs_durable_insert {peak / median(rates['insert']):.3f}")
    print(f"ratio p99_vs_p50_at_70 {paced.percentile(0.99) / paced.percentile(0.5):.2f}")
    print(f"added_ms_1_client {alone.percentile(0.5) - slowest:.2f}")


async def _row(name: str, work: Callable[[], Awaitable[Timings]]) -> Timings:
    before = cores.moment()
    timings = await work()
    others = cores.foreign(before, cores.moment())
    generator = 1e6 * timings.generator_cpu / len(timings.each)
    void = "  VOID: others used the cores" if others > cores.MOST_FOREIGN else ""
    p50, p99 = timings.percentile(0.5), timings.percentile(0.99)
    print(
        f"  {timings.rate:8.0f}/s  p50 {p50:7.2f}  p99 {p99:7.2f} ms  {name}"
        f"  [generator {generator:.0f} us, others {others:.2f} cores]{void}"
    )
    return timings


def _bare(plan: Plan, stack: ExitStack) -> int:
    port = free_port()
    arguments = ["-m", "uvicorn", "bench.bare:app", "--port", str(port), "--log-level", "warning", "--no-access-log"]
    process = Child("bare", arguments, plan.directory / "bare.log", {})
    stack.callback(process.stop)
    process.answers(f"http://127.0.0.1:{port}/openapi.json")
    return port


def _body(world: World) -> bytes:
    return json.dumps(question(world.people[0][1])).encode()


async def _query(world: World, clients: int, seconds: float) -> Timings:
    return await closed(world.port, world.requests, clients, seconds)


async def _paced(world: World, rate: float, seconds: float) -> Timings:
    return await open_loop(world.port, world.requests, rate, seconds)


def _print_stages(spent: dict[str, float]) -> None:
    print("Where one query's time goes (1 client, in this process, median ms; the log is written twice):")
    for name, milliseconds in spent.items():
        print(f"  {milliseconds:7.2f}  {name}")


async def _print_quality(plan: Plan, world: World) -> None:
    truth: dict[tuple[str, str], int] = {}
    with (plan.county / "truth.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            truth[Agency(row["custodian"]), row["local_id"]] = int(row["number"])
    engine = database(world.configured.database_url)
    found = await measure(engine, truth)
    await engine.dispose()
    print(f"ratio index_precision {found.precision:.5f}")
    print(f"ratio index_recall {found.recall:.5f}")


if __name__ == "__main__":
    typer.run(bench)
