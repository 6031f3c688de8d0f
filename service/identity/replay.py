"""Every assertion works once, whichever process it reaches (RFC 7523 section 3, item 7).

The database decides: the first to insert (issuer, jti) has used it.
"""

from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.db.session import transaction
from service.identity.tables import assertion_seen

KEEP: Final = timedelta(days=1)
"""How long a used assertion is remembered past its end, so that a clock set back reopens nothing."""

_CLEAN_EVERY: Final = timedelta(minutes=1)


class UsedAssertions(Protocol):
    """Remembers which assertions were used."""

    async def first_use(self, issuer: str, jti: str, expires_at: datetime, at: datetime) -> bool:
        """Whether this is the first use; durable when it returns. Raises StoreUnavailable."""


class StoredAssertions:
    """UsedAssertions in PostgreSQL, shared by every process. Cleans up after itself once a minute."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._cleaned: datetime | None = None

    async def first_use(self, issuer: str, jti: str, expires_at: datetime, at: datetime) -> bool:
        """Whether this is the first use; durable when it returns. Raises StoreUnavailable."""
        row = {"issuer": issuer, "jti": jti, "expires_at": expires_at}
        used = insert(assertion_seen).values(row).on_conflict_do_nothing().returning(assertion_seen.c.jti)
        async with transaction(self._engine) as connection:
            first = (await connection.execute(used)).first() is not None
            if self._cleaned is None or at - self._cleaned >= _CLEAN_EVERY:
                await forget(connection, at)
                self._cleaned = at
        return first


async def forget(connection: AsyncConnection, at: datetime) -> int:
    """Delete assertions whose end is more than a day past; how many."""
    done = await connection.execute(delete(assertion_seen).where(assertion_seen.c.expires_at < at - KEEP))
    return done.rowcount
