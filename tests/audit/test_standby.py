"""A commit that its synchronous standby never saw is acknowledged by PostgreSQL, and must not be by us."""

import asyncio

import pytest
from psycopg import AsyncConnection

from audit.ledger import Ledger
from audit.refusals import LedgerDown
from service.db.embedded import Embedded
from tests.audit.conftest import make_log
from tests.audit.entries import entry, ids, rows
from tests.audit.oracle import SIGNER


async def give_up_waiting(url: str) -> None:
    """Do what an operator does when a standby is gone: cancel the commit that waits for it."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    async with asyncio.timeout(10), await AsyncConnection.connect(url, autocommit=True) as operator:
        while not (found := await (await operator.execute(waiting)).fetchone()):  # noqa: ASYNC110  # nothing tells when a backend waits
            await asyncio.sleep(0.01)
        await operator.execute("SELECT pg_cancel_backend(%s)", found)


async def test_a_commit_that_gave_up_on_its_synchronous_standby_counts_as_failure(
    private: Embedded,
) -> None:
    url = make_log(private.start())
    ledger = Ledger(url, SIGNER)
    await ledger.open()
    rows(url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    rows(url, "SELECT pg_reload_conf()")
    waiting = asyncio.create_task(ledger.append(entry("a")))
    await give_up_waiting(url)
    with pytest.raises(LedgerDown, match="Warned"):
        await waiting
    await ledger.close()
    assert ids(url) == ["a"]  # on this disk alone: exactly what must not be acknowledged
