"""May this database carry the log? Asked at start and at every reconnect."""

import re
import time

import pytest

from audit.checkpoint import Signer
from audit.head import HeadRefused
from audit.ledger import Ledger
from audit.refusals import LedgerDown
from service.db import embedded
from service.db.embedded import Embedded
from tests.audit.conftest import make_log
from tests.audit.entries import entry, ids, rows
from tests.audit.oracle import OTHER_KEY, OTHER_LOG, SIGNER, Naive
from tests.conftest import administer

WITNESSED = "— witness.example AAAAAAAAAAAA\n"


async def filled(url: str, *names: str, known: str | None = None) -> str:
    """Append these and give the checkpoint; what was known when the ledger was opened may be given."""
    ledger = Ledger(url, SIGNER, known=known)
    await ledger.open()
    for name in names:
        await ledger.append(entry(name))
    await ledger.close()
    return str(ledger.checkpoint)


async def refusal(url: str, known: str | None = None, signer: Signer = SIGNER) -> str:
    """Why a ledger may not be opened on this database."""
    with pytest.raises(HeadRefused) as refused:
        await Ledger(url, signer, known=known).open()
    return str(refused.value)


def leaves(url: str) -> list[bytes]:
    return [bytes(leaf) for (leaf,) in rows(url, "SELECT leaf FROM log_entry ORDER BY index")]


def tamper(url: str, table: str, statement: str) -> None:
    """What only an owner can do: change a table of the log."""
    rows(url, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    rows(url, statement)


async def test_a_log_goes_on_where_it_was(log_url: str) -> None:
    first = await filled(log_url, "a", "b")
    second = await filled(log_url, "c", known=first)
    await filled(log_url, "d", known=first)  # an anchor may lag
    await filled(log_url, "e", known=second + WITNESSED)  # and may be cosigned
    assert ids(log_url) == list("abcde")


async def test_a_database_older_than_the_known_checkpoint_is_refused(log_url: str) -> None:
    await filled(log_url, "a", "b")
    ahead = SIGNER.checkpoint(3, Naive([*leaves(log_url), bytes(32)]).root(0, 3))
    assert "older" in await refusal(log_url, ahead)


async def test_an_empty_database_under_a_known_checkpoint_is_refused(log_url: str) -> None:
    assert "older" in await refusal(log_url, SIGNER.checkpoint(1, bytes(32)))


@pytest.mark.parametrize("size", [1, 2])
async def test_a_database_that_contradicts_the_known_checkpoint_is_refused(log_url: str, size: int) -> None:
    await filled(log_url, "a", "b")
    assert "fork" in await refusal(log_url, SIGNER.checkpoint(size, bytes(32)))


@pytest.mark.parametrize("signer", [OTHER_KEY, OTHER_LOG])
async def test_a_known_checkpoint_of_another_log_is_refused(log_url: str, signer: Signer) -> None:
    await filled(log_url, "a")
    assert "not signed by this log" in await refusal(log_url, signer.checkpoint(1, leaves(log_url)[0]))


@pytest.mark.parametrize("known", ["", "x", "a\nb\nc\n", "log.example/test\n1\n?\n\n", "log.example/test\n-1\n\n\n"])
async def test_a_known_checkpoint_that_cannot_be_read_is_refused(log_url: str, known: str) -> None:
    assert re.search("cannot be read|not signed", await refusal(log_url, known))


async def test_the_log_of_another_origin_is_refused(log_url: str) -> None:
    await filled(log_url, "a")
    assert "another origin" in await refusal(log_url, signer=OTHER_LOG)


async def test_a_log_signed_with_another_key_is_refused(log_url: str) -> None:
    await filled(log_url, "a")
    assert "another key" in await refusal(log_url, signer=OTHER_KEY)


async def test_an_edited_frontier_is_refused(tampered_url: str) -> None:
    await filled(tampered_url, "a", "b")
    tamper(tampered_url, "log_head", "UPDATE log_head SET frontier = sha256('x')")
    assert "edited" in await refusal(tampered_url)


async def test_a_frontier_edited_by_somebody_with_our_key_is_refused(tampered_url: str) -> None:
    await filled(tampered_url, "a", "b")
    forged = (
        "UPDATE log_head SET frontier = '\\x" + "00" * 32 + "', checkpoint = '" + SIGNER.checkpoint(2, bytes(32)) + "'"
    )
    tamper(tampered_url, "log_head", forged)
    assert "fork" in await refusal(tampered_url)


@pytest.mark.parametrize("change", ["size = 3", "frontier = ''", "frontier = 'x'"])
async def test_a_head_that_contradicts_itself_is_refused(tampered_url: str, change: str) -> None:
    await filled(tampered_url, "a", "b")
    tamper(tampered_url, "log_head", f"UPDATE log_head SET {change}")  # noqa: S608  # of this file
    assert "contradicts itself" in await refusal(tampered_url)


async def test_a_tail_that_was_deleted_and_a_head_rewound_are_refused_by_the_anchor(tampered_url: str) -> None:
    rewound = await filled(tampered_url, "a")
    edge = leaves(tampered_url)[0].hex()
    known = await filled(tampered_url, "b")
    tamper(tampered_url, "log_head", f"UPDATE log_head SET size=1, frontier='\\x{edge}', checkpoint='{rewound}'")  # noqa: S608  # of this file
    tamper(tampered_url, "log_entry_0", "DELETE FROM log_entry_0 WHERE index = 1")
    assert "older" in await refusal(tampered_url, known)


async def test_entries_that_were_deleted_are_refused(tampered_url: str) -> None:
    await filled(tampered_url, "a", "b", "c")
    tamper(tampered_url, "log_entry_0", "DELETE FROM log_entry_0 WHERE index = 1")
    assert "missing" in await refusal(tampered_url)


async def test_a_backup_restored_under_a_running_ledger_is_never_written_to(
    tampered_url: str, cluster: Embedded
) -> None:
    name = tampered_url.partition("@/")[2].partition("?")[0]
    await filled(tampered_url, "a")
    administer(cluster, f"CREATE DATABASE {name}_backup TEMPLATE {name}")
    ledger = Ledger(tampered_url, SIGNER)
    await ledger.open()
    await ledger.append(entry("b"))
    administer(cluster, f"DROP DATABASE {name} WITH (FORCE)")
    administer(cluster, f"ALTER DATABASE {name}_backup RENAME TO {name}")
    for attempt in "cd":
        with pytest.raises(LedgerDown):
            await ledger.append(entry(attempt))
    assert not await ledger.alive()
    await ledger.close()
    assert ids(tampered_url) == ["a"]


async def test_a_database_that_may_lose_what_it_acknowledged_is_refused(
    private: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in ("fsync", "full_page_writes"):
        with monkeypatch.context() as unsafe:
            unsafe.setitem(embedded.SETTINGS, setting, "off")
            url = make_log(private.start())
            assert "could be lost" in await refusal(url)
            assert ids(url) == []
            private.stop()
    await filled(private.start(), "a")


async def test_a_ledger_that_may_not_be_opened_leaves_no_connection(log_url: str) -> None:
    await filled(log_url, "a")
    await refusal(log_url, signer=OTHER_LOG)
    deadline = time.monotonic() + 5
    while count := rows(log_url, "SELECT count(*) FROM pg_stat_activity WHERE application_name='porchlight-log'")[0][0]:
        assert time.monotonic() < deadline, count


async def test_a_row_forged_at_the_end_stops_the_log(ledger: Ledger, log_url: str) -> None:
    await ledger.append(entry("a"))
    copied = "id || '-forged', at, kind, outcome, request, subject, agency, actor, purpose"
    rows(log_url, f"INSERT INTO log_entry SELECT 1, leaf, entry, {copied} FROM log_entry")  # noqa: S608  # of this file
    with pytest.raises(LedgerDown):
        await ledger.append(entry("b"))
