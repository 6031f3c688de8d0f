"""The async engine: one pool of psycopg connections to a PostgreSQL 15 or later, ours or anybody's, by URL.

Every connection carries its own deadlines, so that a hung database becomes an error and never a hung query.
"""

from typing import Final

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS: Final = 5
STATEMENT_MS: Final = 5_000
LOCK_MS: Final = 4_000
IDLE_MS: Final = 30_000
"""How long a transaction may stand idle before the server ends it, with whatever it locks."""


def psycopg_url(url: str) -> URL:
    """`url` with the psycopg driver, however its writer spelled PostgreSQL. Raises ValueError for another database."""
    given = make_url(url)
    if given.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("The database URL must begin with postgresql://")
    return given.set(drivername="postgresql+psycopg")


def engine(url: str, *, size: int = 10, overflow: int = 10, application: str = "porchlight") -> AsyncEngine:
    """A lazy pool of `size` connections and `overflow` more under load. Dispose of it when done."""
    made = create_async_engine(
        psycopg_url(url),
        pool_size=size,
        max_overflow=overflow,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,
        connect_args=_deadlines(application),
    )
    event.listen(made.sync_engine, "handle_error", _keep_quiet)
    return made


def _keep_quiet(context: ExceptionContext) -> None:
    """An error must not print the person it was about: PostgreSQL's DETAIL quotes the row, class 22 the value."""
    original = context.original_exception
    if isinstance(original, psycopg.Error) and original.sqlstate:
        quotes = original.sqlstate.startswith("22")
        plain = "a value of the wrong form" if quotes else str(original.diag.message_primary)
        original.args = (f"{plain} ({original.sqlstate})",)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = original.args


def _deadlines(application: str) -> dict[str, str | int]:
    settings = {
        "statement_timeout": STATEMENT_MS,
        "lock_timeout": LOCK_MS,
        "idle_in_transaction_session_timeout": IDLE_MS,
        "timezone": "UTC",
    }
    return {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": 2 * STATEMENT_MS,  # a half-open connection ends too
        "application_name": application,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
