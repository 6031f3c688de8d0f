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
        self._late: set[asyncio.Task[bool]] = set()

    async def __call__(self) -> dict[str, bool]:
        """Ask all parts at once, within a second."""
        parts = {"store": self._store(), "log": self._ledger.alive(), "policy": self._rules.ready()}
        asked = {name: asyncio.create_task(part) for name, part in parts.items()}
        await asyncio.wait(asked.values(), timeout=SECONDS)
        there = {name: self._settled(task) for name, task in asked.items()}
        return {**there, "anchor": self._anchored()}

    def _settled(self, task: "asyncio.Task[bool]") -> bool:
        """The task's answer; no, when there is none yet. A late one is not waited for: it may never end."""
        if task.done():
            return task.result()
        task.cancel()
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return False

    async def _store(self) -> bool:
        try:
            async with snapshot(self._engine) as connection:
                await connection.execute(text("SELECT 1"))
        except StoreUnavailable:
            return False
        return True
