"""The log as a directory: whole, of one moment, and honest about what was done to the database."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from audit.export import ExportFailed, export
from audit.ledger import Ledger
from audit.tables import READER
from audit.verify.faults import Fault, Refused
from audit.verify.note import VerifierKey
from tests.audit.entries import entry, exported, rows
from tests.audit.oracle import SIGNER

KEY = VerifierKey.parse(SIGNER.vkey)


async def filled(url: str, count: int) -> None:
    ledger = Ledger(url, SIGNER)
    await ledger.open()
    await asyncio.gather(*(ledger.append(entry(f"n-{i}")) for i in range(count)))
    await ledger.close()


async def fault(url: str, directory: Path) -> tuple[Fault, str]:
    """What an outsider finds in the export of this log."""
    with pytest.raises(Refused) as refused:
        await exported(url, directory)
    return refused.value.fault, str(refused.value)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 513])
async def test_a_log_of_any_size_is_exported_and_verifies(log_url: str, tmp_path: Path, size: int) -> None:
    await filled(log_url, size)
    assert await exported(log_url, tmp_path) == size


async def test_the_reader_may_export_and_hears_how_far_it_is(log_url: str, tmp_path: Path) -> None:
    await filled(log_url, 300)
    heard: list[int] = []
    options = f"-c role={READER}"
    async with await psycopg.AsyncConnection.connect(log_url, autocommit=True, options=options) as connection:
        assert await export(connection, tmp_path, SIGNER.vkey, heard.append) == 300
    assert heard == [256, 44]


async def test_an_export_is_of_one_moment_while_the_log_goes_on(ledger: Ledger, log_url: str, tmp_path: Path) -> None:
    await asyncio.gather(*(ledger.append(entry(f"n-{i}")) for i in range(300)))
    during = [asyncio.create_task(ledger.append(entry(f"m-{i}"))) for i in range(600)]
    size = await exported(log_url, tmp_path)
    await asyncio.gather(*during)
    assert 300 <= size <= 900
    assert await exported(log_url, tmp_path / "later") == 900


async def test_a_database_without_a_log_cannot_be_exported(log_url: str, tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="holds no log"):
        await exported(log_url, tmp_path)


def tamper(url: str, table: str, statement: str) -> None:
    """What only the owner can do."""
    rows(url, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    rows(url, "ALTER TABLE log_entry DROP CONSTRAINT leaf_is_the_entrys_hash")
    rows(url, statement)


COLUMNS = ("id", "kind", "outcome", "request", "subject", "agency", "actor", "purpose")
EDITS = [f"{name} = ''" for name in COLUMNS] + ["at = at + interval '1 microsecond'", "subject = 'e1:11'"]


@pytest.fixture
async def tampered(tampered_url: str) -> str:
    await filled(tampered_url, 300)
    return tampered_url


async def test_an_edited_search_column_is_found(tampered: str, tmp_path: Path) -> None:
    rows(tampered, "ALTER TABLE log_entry_0 DISABLE TRIGGER ALL")
    rows(tampered, "CREATE TABLE aside AS SELECT * FROM log_entry")
    for index, edit in enumerate(EDITS, 100):
        rows(tampered, f"UPDATE log_entry_0 SET {edit} WHERE index = {index}")  # noqa: S608  # of this file
        found = await fault(tampered, tmp_path / str(index))
        assert found == (Fault.COLUMNS, f"the search columns of entry {index} are not its own")
        rows(tampered, "DELETE FROM log_entry_0 WHERE index = %s", index)
        rows(tampered, "INSERT INTO log_entry SELECT * FROM aside WHERE index = %s", index)
    assert await exported(tampered, tmp_path / "mended") == 300


async def test_an_edited_entry_is_found(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_entry_0", "UPDATE log_entry_0 SET entry = entry || ' ' WHERE index = 7")
    assert await fault(tampered, tmp_path) == (Fault.ENTRY, "entry 7 is not the one that was logged")


async def test_an_entry_edited_with_its_leaf_is_found_by_the_tile(tampered: str, tmp_path: Path) -> None:
    edit = "SET entry = entry || ' ', leaf = sha256('\\x00'::bytea || entry || ' '::bytea)"
    tamper(tampered, "log_entry_0", f"UPDATE log_entry_0 {edit} WHERE index = 7")  # of this file
    assert await fault(tampered, tmp_path) == (Fault.ENTRY, "entry 7 is not the one that was logged")


async def test_an_entry_edited_with_its_leaf_at_the_edge_is_found_by_the_root(tampered: str, tmp_path: Path) -> None:
    edit = "SET actor = 'b', entry = x, leaf = sha256('\\x00'::bytea || x) FROM (SELECT convert_to(replace("
    edit += "convert_from(entry, 'UTF8'), '\"actor-1\"', '\"b\"'), 'UTF8') x FROM log_entry WHERE index = 299) y"
    tamper(tampered, "log_entry_0", f"UPDATE log_entry_0 {edit} WHERE index = 299")  # of this file
    assert (await fault(tampered, tmp_path))[0] is Fault.ROOT


async def test_two_swapped_entries_are_found(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_entry_0", "CREATE TABLE aside AS SELECT * FROM log_entry WHERE index IN (7, 8)")
    rows(tampered, "DELETE FROM log_entry_0 WHERE index IN (7, 8)")
    rows(tampered, "UPDATE aside SET index = 15 - index")
    rows(tampered, "INSERT INTO log_entry SELECT * FROM aside")
    assert await fault(tampered, tmp_path) == (Fault.ENTRY, "entry 7 is not the one that was logged")


async def test_a_deleted_entry_is_named(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_entry_0", "DELETE FROM log_entry_0 WHERE index = 260")
    with pytest.raises(ExportFailed, match="entry 260 is missing"):
        await exported(tampered, tmp_path)
    assert not (tmp_path / "checkpoint").exists()


async def test_a_deleted_tail_is_named(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_entry_0", "DELETE FROM log_entry_0 WHERE index >= 290")
    with pytest.raises(ExportFailed, match="entry 290 is missing"):
        await exported(tampered, tmp_path)


async def test_an_edited_tile_is_found(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_tile", "UPDATE log_tile SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40))")
    assert await fault(tampered, tmp_path) == (Fault.ENTRY, "entry 1 is not the one that was logged")


async def test_a_deleted_tile_is_found(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_tile", "DELETE FROM log_tile")
    assert await fault(tampered, tmp_path) == (Fault.MISSING, "tile 0 of level 0 is missing")


async def test_an_edited_checkpoint_is_found(tampered: str, tmp_path: Path) -> None:
    tamper(tampered, "log_head", "UPDATE log_head SET checkpoint = replace(checkpoint, '300', '299')")
    assert (await fault(tampered, tmp_path))[0] is Fault.SIGNATURE
