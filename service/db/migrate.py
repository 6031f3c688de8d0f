"""Bring a database to the newest schema. Versions are additive and hand-named; nothing here goes backwards.

Works from an installed package: no `alembic.ini`, no working directory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from service.db.engine import CONNECT_SECONDS, psycopg_url

OLDEST: Final = 150_000
"""PostgreSQL 15.0, as `server_version_num` counts."""

ONE_AT_A_TIME: Final = 0x706F726368
"""The advisory lock two migrations at once would meet at: "porch" in ASCII."""

# A waiting ALTER blocks every reader queued behind it: give up instead, and let the operator try again.
_DEADLINES: Final = "-c lock_timeout=4s -c statement_timeout=5s -c timezone=UTC"


class UnfitDatabase(RuntimeError):
    """The database cannot keep the gateway's promises. The message says why."""


def migrate(url: str) -> None:
    """Run every version the database lacks. Raises UnfitDatabase; safe to call from several processes."""
    with _engine(url) as engine, _alone(engine), engine.connect() as connection:
        _check(engine)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


def current(url: str) -> frozenset[str]:
    """The newest version(s) the database has; empty for a new one."""
    with _engine(url) as engine, engine.connect() as connection:
        return frozenset(MigrationContext.configure(connection).get_current_heads())


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    arguments = {"connect_timeout": CONNECT_SECONDS, "options": _DEADLINES}
    engine = create_engine(psycopg_url(url), poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold the migrations' lock, on a connection of its own because every version is its own transaction."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        yield


def _check(engine: Engine) -> None:
    """Refuse a database that is too old, or that acknowledges what it may lose."""
    with engine.connect() as connection:
        version = int(str(connection.scalar(text("SHOW server_version_num"))))
        fsync = connection.scalar(text("SHOW fsync"))
    if version < OLDEST:
        raise UnfitDatabase(f"PostgreSQL 15 or later is needed; this is {version // 10_000}.")
    if fsync != "on":
        raise UnfitDatabase("This PostgreSQL runs with fsync=off: an acknowledged log entry could be lost. Turn it on.")
