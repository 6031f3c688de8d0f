"""The checkpoint kept outside the database: it follows the log, and a database behind it is not served."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from audit.anchor import AnchorRefused
from audit.entry import Entry, Kind
from audit.head import HeadRefused
from policies.vocabulary import Agency, Role
from service import main
from service.db.embedded import Embedded
from service.settings import Settings
from tests.conftest import administer
from tests.integration.county_house import Gate, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


def anchored(gate: Gate) -> int:
    anchor = gate.county.settings.anchor
    assert anchor
    return int(anchor.read_text().split("\n")[1])


async def refuse(gate: Gate) -> None:
    nobody = {"identifier": {"custodian": Agency.EMS, "value": "EP0"}}
    asked = {"subject": nobody, "purpose": "COC", "categories": ["ems.summary"]}
    assert (await (await gate.caller(Role.HEART_NAVIGATOR)).post("/v1/queries", asked)).status_code == 403


async def test_the_anchor_holds_the_whole_log_once_the_gateway_has_stopped(gate: Gate) -> None:
    async with running(gate.county) as other:
        await refuse(other)
    assert anchored(gate) == await gate.size()


async def test_what_was_under_way_when_the_gateway_stopped_is_in_the_anchor_too(gate: Gate) -> None:
    entry = Entry(f"r-{uuid4().hex}/looked", Kind.LOG_READ, "permit", gate.house.clock())
    async with running(gate.county) as other:
        under_way = asyncio.create_task(other.house.ledger.append(entry))
        await asyncio.sleep(0)  # it waits for its batch
    assert anchored(gate) == (await under_way).tree_size


async def test_the_anchor_follows_while_the_gateway_serves(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "ANCHOR_SECONDS", 0.01)
    async with running(gate.county) as other:
        await refuse(other)
        size = await gate.size()
        async with asyncio.timeout(10):
            while anchored(gate) < size:
                await refuse(other)


async def test_a_restored_backup_is_not_served(gate: Gate, cluster: Embedded, template: str) -> None:
    """A database of the same log, but older: here one that lost all of it."""
    await refuse(gate)
    administer(cluster, f"CREATE DATABASE restored TEMPLATE {template}")
    with pytest.raises(HeadRefused, match="restored backup"):
        async with running(gate.county, but(gate, database_url=cluster.url("restored"))):
            pytest.fail("it started")
    with psycopg.connect(cluster.url("restored")) as connection:
        assert connection.execute("SELECT count(*) FROM log_entry").fetchone() == (0,)


async def test_an_anchor_of_another_log_is_not_overwritten(gate: Gate) -> None:
    with pytest.raises((AnchorRefused, HeadRefused)):
        async with running(gate.county, but(gate, origin="another.example/log")):
            pytest.fail("it started")


async def test_an_anchor_that_cannot_be_written_is_not_served(gate: Gate) -> None:
    with pytest.raises(OSError, match="No such file"):
        async with running(gate.county, but(gate, anchor=gate.county.plan.directory / "nowhere" / "checkpoint")):
            pytest.fail("it started")


def but(gate: Gate, **changes: object) -> Settings:
    return gate.county.settings.model_copy(update=changes)
