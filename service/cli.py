"""`porchlight`: run the gateway and keep its house. Every command says what it did and what to do next."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from audit.checkpoint import Signer
from policies import bundle, cases
from policies.engines import PolicyEngine
from policies.engines.embedded import EmbeddedEngine
from policies.engines.server import ServerEngine
from service import keys
from service.db.migrate import migrate as run_migrations
from service.log_export import export_log
from service.settings import Settings

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_show_locals=False)
policy = typer.Typer(no_args_is_help=True, help="The rules: cases, and the bundle an OPA server takes.")
log = typer.Typer(no_args_is_help=True, help="The access log: export it for an outsider to check.")
app.add_typer(policy, name="policy")
app.add_typer(log, name="log")

Url = Annotated[str, typer.Option(envvar="PORCHLIGHT_DATABASE_URL", help="The gateway's PostgreSQL (15 or later).")]


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Serve the gateway with the settings in the environment."""
    uvicorn.run(
        "service.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@app.command()
def migrate(database_url: Url) -> None:
    """Bring the database to this version's tables."""
    run_migrations(database_url)
    typer.echo("The database is at this version's tables.")


@app.command("create-keys")
def create_keys(directory: Path) -> None:
    """Make DEVELOPMENT keys. Production brings its own and refuses these."""
    keys.create(directory)
    typer.echo(f"Development keys stand in {directory}. Set PORCHLIGHT_KEYS to it.")


@app.command()
def openapi(file: Path = Path("openapi/openapi.json")) -> None:
    """Write the contract."""
    file.write_text(contract())
    typer.echo(f"Wrote {file}.")


def contract() -> str:
    """The OpenAPI document this code serves, as it is committed."""
    from service.api.contract import with_examples  # noqa: PLC0415  # only this command needs the application
    from service.main import create_app  # noqa: PLC0415  # see above

    settings = Settings.model_construct(keys=Path(), partners=Path(), database_url="")
    document = with_examples(create_app(settings).openapi(), EXAMPLES)
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


EXAMPLES = Path(__file__).parents[1] / "openapi" / "examples"
"""Stands in the repository beside the contract; an installed gateway serves the contract without them."""


@log.command("export")
def export(
    directory: Path,
    database_url: Url,
    keys_directory: Annotated[Path, typer.Option(envvar="PORCHLIGHT_KEYS")],
    origin: Annotated[str, typer.Option(envvar="PORCHLIGHT_ORIGIN")] = "porchlight.example/log",
) -> None:
    """Write the whole log as a C2SP directory. Check it with: python -m audit.verify log DIRECTORY."""
    signer = Signer(origin, keys.read(keys_directory, production=False).log)
    size = asyncio.run(export_log(database_url, directory, signer.vkey))
    typer.echo(f"Wrote {size} entries to {directory}. Check them: python -m audit.verify log {directory}")


@policy.command("cases")
def run_cases(file: Path, engine: str = "embedded", opa_url: str = "http://127.0.0.1:8181") -> None:
    """Run decision cases on an engine (embedded, or opa with --opa-url) and say which fail."""
    failed = asyncio.run(_failures(file, engine, opa_url))
    raise typer.Exit(1 if failed else 0)


@policy.command("bundle")
def write_bundle(file: Path) -> None:
    """Write the bundle an OPA server loads (`opa run --server -b FILE`)."""
    made = bundle.load()
    file.write_bytes(made.archive())
    typer.echo(f"Wrote {file}, revision {made.revision}.")


async def _failures(file: Path, engine: str, opa_url: str) -> int:
    read, failed = cases.read(file), 0
    async with _opened(engine, opa_url) as rules:
        for case in read:
            if not case.passes(await rules.decide(case.request)):
                failed += 1
                typer.echo(f"FAILED {case.id}: wanted {case.outcome} {case.token or ''}. {case.why}")
    typer.echo(f"{len(read) - failed} passed, {failed} failed")
    return failed


class _opened:  # noqa: N801  # reads as the verb it is
    def __init__(self, engine: str, opa_url: str) -> None:
        rules = bundle.load()
        if engine == "embedded":
            self._engine: EmbeddedEngine | ServerEngine = EmbeddedEngine(rules, deadline=5.0)
        else:
            self._engine = ServerEngine(opa_url, rules.revision)

    async def __aenter__(self) -> PolicyEngine:
        if isinstance(self._engine, ServerEngine):
            await self._engine.open()
        return self._engine

    async def __aexit__(self, *_: object) -> None:
        await self._engine.close()


if __name__ == "__main__":
    app()
