"""Promise 6: nobody rewrites the log unseen, and whoever holds a receipt proves their entry, offline."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import Receipt, Signer
from audit.export import export
from audit.head import HeadRefused
from audit.ledger import Ledger
from audit.verify.__main__ import main as verify
from audit.verify.faults import Fault
from tests.service.gateway.world import World, a_query

SIGNER = Signer("promises.example/log", Ed25519PrivateKey.generate())
UNGUARDED = "".join(f"ALTER TABLE {table} DISABLE TRIGGER ALL;" for table in ("log_entry", "log_entry_0", "log_head"))
"""What the tables' owner can do and the gateway's roles cannot: only what is held outside can tell then."""

QUERIES = 3


@dataclass(frozen=True, slots=True)
class Held:
    """A log with a few disclosures in it, and what people outside hold of it."""

    url: str
    outside: Path
    receipts: list[Receipt]

    def receipt(self, place: int) -> Path:
        """The receipt of a disclosure, as the asker or the neighbor keeps it."""
        path = self.outside / f"receipt-{place}"
        path.write_text(self.receipts[place].tlog_proof(), encoding="utf-8")
        return path

    async def stored(self, index: int) -> bytes:
        """The bytes of an entry."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            cursor = await connection.execute("SELECT entry FROM log_entry WHERE index = %s", [index])
            (row,) = await cursor.fetchall()
        return bytes(row[0])

    async def rewritten(self, statement: str, *values: object) -> None:
        """As the owner, with every guard of the database off."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            await connection.execute(UNGUARDED.encode())
            await connection.execute(statement.encode(), values)

    async def exported(self) -> Path:
        """The log as an auditor gets it."""
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            await export(connection, self.outside / "log", SIGNER.vkey)
        return self.outside / "log"


@pytest.fixture
async def held(database_url: str, tmp_path: Path) -> AsyncIterator[Held]:
    ledger = Ledger(database_url, SIGNER)
    await ledger.open()
    world = World()
    world.ledger = cast("Any", ledger)
    receipts = [(await world.ask(a_query(id=f"q-{n}"))).receipt for n in range(QUERIES)]
    yield Held(database_url, tmp_path, [receipt for receipt in receipts if receipt])
    await ledger.close()


async def test_every_receipt_proves_its_entry_offline(held: Held) -> None:
    for place in range(QUERIES):
        entry = held.outside / "entry"
        entry.write_bytes(await held.stored(held.receipts[place].index))
        arguments = ["receipt", str(held.receipt(place)), "--vkey", SIGNER.vkey]
        assert verify(arguments) == verify([*arguments, "--entry", str(entry)]) == 0
    assert [receipt.index for receipt in held.receipts] == [1, 3, 5]


async def test_a_receipt_proves_no_other_entry_and_no_other_log(held: Held) -> None:
    entry = held.outside / "entry"
    entry.write_bytes(await held.stored(held.receipts[1].index))
    receipt = str(held.receipt(0))
    another = Signer(SIGNER.origin, Ed25519PrivateKey.generate())
    assert verify(["receipt", receipt, "--vkey", SIGNER.vkey, "--entry", str(entry)]) == Fault.ENTRY
    assert verify(["receipt", receipt, "--vkey", another.vkey]) == Fault.SIGNATURE


async def test_the_log_as_it_stands_verifies(held: Held) -> None:
    assert verify(["log", str(await held.exported()), "--vkey", SIGNER.vkey]) == 0


@pytest.mark.parametrize("statement", ["UPDATE log_entry SET entry = entry", "DELETE FROM log_entry"])
async def test_the_database_refuses_to_change_an_entry(held: Held, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(held.url) as connection:
        with pytest.raises(psycopg.Error, match="the log only grows"):
            await connection.execute(statement.encode())


async def test_an_entry_changed_by_the_owner_no_longer_verifies(held: Held) -> None:
    forged = (await held.stored(1)).replace(b"heart-1", b"heart-9")
    leaf = hashlib.sha256(b"\0" + forged).digest()
    await held.rewritten("UPDATE log_entry SET entry = %s, leaf = %s, actor = 'heart-9' WHERE index = 1", forged, leaf)
    assert verify(["log", str(await held.exported()), "--vkey", SIGNER.vkey]) == Fault.ROOT
    entry = held.outside / "entry"
    entry.write_bytes(forged)
    assert verify(["receipt", str(held.receipt(0)), "--vkey", SIGNER.vkey, "--entry", str(entry)]) == Fault.ENTRY
    assert verify(["receipt", str(held.receipt(0)), "--vkey", SIGNER.vkey]) == 0  # what was given out still holds


async def test_an_access_hidden_from_the_search_no_longer_verifies(held: Held) -> None:
    await held.rewritten("UPDATE log_entry SET subject = '' WHERE index = 1")
    assert verify(["log", str(await held.exported()), "--vkey", SIGNER.vkey]) == Fault.COLUMNS


async def test_a_log_that_lost_its_end_is_not_written_on(held: Held) -> None:
    known = held.receipts[-1].checkpoint
    await held.rewritten("DELETE FROM log_entry WHERE index > 1")
    await held.rewritten("DELETE FROM log_head")
    with pytest.raises(HeadRefused):
        await Ledger(held.url, SIGNER, known=known).open()
