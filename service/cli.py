"""`porchlight`: run the gateway and keep its house. Every command says what it did and what to do next."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from audit.checkpoint import Signer
from service import keys
from service.cli_policy import policy
from service.db.migrate import migrate as run_migrations
from service.log_export import export_log
from service.settings import Settings

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_show_locals=False)
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


if __name__ == "__main__":
    app()
