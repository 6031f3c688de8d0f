"""Can the gateway answer a query now? Each part is asked, not remembered."""

import asyncio
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.ledger import Ledger
from policies.engines import PolicyEngine
from service.db.session import snapshot
from service.problems import StoreUnavailable

SECONDS = 1.0


class Readiness:
    """`await ready()`: each part's name and whether it is there."""

    def __init__(
        self, engine: AsyncEngine, ledger: Ledger, rules: PolicyEngine, anchored: Callable[[], bool] = lambda: True
    ) -> None:
        """`anchored` says whether the log's newest checkpoint reaches the disk it is kept on."""
        self._engine, self._ledger, self._rules, self._anchored = engine, ledger, rules, anchored

    async def __call__(self) -> dict[str, bool]:
        """Ask all parts at once, within a second."""
        store, log, policy = await asyncio.gather(self._store(), self._ledger.alive(), self._rules.ready())
        return {"store": store, "log": log, "policy": policy, "anchor": self._anchored()}

    async def _store(self) -> bool:
        try:
            async with asyncio.timeout(SECONDS), snapshot(self._engine) as connection:
                await connection.execute(text("SELECT 1"))
        except (TimeoutError, StoreUnavailable):
            return False
        return True
