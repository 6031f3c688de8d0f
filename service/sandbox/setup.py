"""Set the sandbox up: write the county, start PostgreSQL and the four agencies, index people, start the gateway.

Idempotent: what stands is kept, so the second start is quick. Everything lives under one directory.
"""

import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from policies.vocabulary import Agency
from service import keys
from service.connectors.http import Http
from service.connectors.registry import connectors
from service.county import county
from service.db.embedded import Embedded
from service.db.engine import engine as database
from service.db.migrate import migrate
from service.sandbox.partners import register
from service.sandbox.processes import Child
from service.sandbox.staffing import staff
from service.settings import Mode, Settings
from service.subjects.intake import take_in

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What sandbox: where, how many people, from which seed, as of which day, with whose PostgreSQL and OPA."""

    directory: Path
    people: int
    seed: int
    today: date
    database_url: str | None = None
    opa_url: str | None = None

    @property
    def county(self) -> Path:
        """Where this very county is written; another size, seed or day is another county."""
        return self.directory / f"county-{self.people}-{self.seed}-{self.today:%Y%m%d}"

    @property
    def partners(self) -> Path:
        """Where the partners' keys and registry are."""
        return self.directory / "partners"


def write_county(plan: Plan, progress: Progress) -> None:
    """Write the county, unless it stands."""
    done = plan.county / "complete.json"
    if not done.exists():
        county.write(plan.county, plan.seed, plan.people, plan.today, progress)
        done.write_text(json.dumps({"people": plan.people, "seed": plan.seed}) + "\n")


def start_database(plan: Plan, stack: ExitStack) -> str:
    """The gateway's PostgreSQL, migrated: the one given by URL, or the embedded one."""
    url = plan.database_url or stack.enter_context(Embedded(plan.directory / "postgresql")).url()
    migrate(url)
    return url


def settings(plan: Plan, database_url: str, sources: dict[Agency, str], port: int) -> Settings:
    """The gateway's settings in the sandbox; its keys and partners are made on the way."""
    keys.create(plan.directory / "keys")
    (plan.directory / "anchor").mkdir(exist_ok=True, mode=0o700)
    return Settings(
        mode=Mode.DEVELOPMENT,
        database_url=database_url,
        opa_url=plan.opa_url,
        keys=plan.directory / "keys",
        partners=register(plan.partners, plan.today),
        sources=sources,
        origin="sandbox.porchlight.example/log",
        issuer=f"http://127.0.0.1:{port}",
        anchor=plan.directory / "anchor" / "checkpoint",
    )


async def index_people(configured: Settings, progress: Progress) -> int:
    """Feed the four agencies' people to the index; how many lines were read."""
    engine, read = database(configured.database_url), 0
    try:
        async with Http() as http:
            for connector in connectors(configured.sources, http, lambda: datetime.now(UTC)):
                await connector.open()
                try:
                    read += (await take_in(engine, connector.feed(), progress=progress)).lines
                finally:
                    await connector.close()
    finally:
        await engine.dispose()
    return read


async def staff_agencies(plan: Plan, configured: Settings) -> tuple[int, int]:
    """Load rosters and caseloads."""
    engine = database(configured.database_url)
    try:
        return await staff(engine, plan.county)
    finally:
        await engine.dispose()


def start_gateway(configured: Settings, plan: Plan, stack: ExitStack, workers: int = 1) -> str:
    """The gateway as a process of its own, ready; its URL."""
    port = configured.issuer.rsplit(":", 1)[1]
    arguments = ["-m", "service.cli", "serve", "--port", port, "--workers", str(workers)]
    process = Child("gateway", arguments, plan.directory / "gateway.log", environment(configured))
    stack.callback(process.stop)
    process.answers(f"{configured.issuer}/readyz")
    return configured.issuer


def environment(configured: Settings) -> dict[str, str]:
    """Settings as the environment that says them."""
    document = configured.model_dump(mode="json", exclude_none=True)
    return {
        f"PORCHLIGHT_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in document.items()
    }


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
