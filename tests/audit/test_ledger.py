"""Appending: durable, dense, proven, refused one by one."""

import asyncio
import base64
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from audit import ledger as module
from audit.canonical import EntryInvalid
from audit.checkpoint import Receipt
from audit.entry import MAX_COLUMN, Entry, Kind
from audit.ledger import Ledger
from audit.merkle import Frontier, leaf_hash
from audit.refusals import Duplicate, GuardRefused, LedgerDown
from audit.verify.note import VerifierKey
from audit.verify.receipt import receipt
from tests.audit.entries import AT, entry, exported, ids, rows
from tests.audit.oracle import SIGNER

KEY = VerifierKey.parse(SIGNER.vkey)


async def append(ledger: Ledger, *names: str) -> list[Receipt | BaseException]:
    """All at once: what each of them got."""
    return await asyncio.gather(*(ledger.append(entry(name), name) for name in names), return_exceptions=True)


def proven(given_out: Sequence[object]) -> list[int]:
    """The indexes of these receipts, each checked as an outsider would."""
    return [receipt(one.tlog_proof(), KEY)[0] for one in given_out if isinstance(one, Receipt)]


async def test_an_entry_is_stored_and_its_receipt_proves_it(ledger: Ledger, log_url: str) -> None:
    given_out = await ledger.append(entry("a"))
    [(leaf, stored)] = rows(log_url, "SELECT leaf, entry FROM log_entry")
    assert leaf_hash(stored) == leaf == given_out.leaf
    assert receipt(given_out.tlog_proof(), KEY, leaf)[0] == given_out.index == 0
    assert ledger.checkpoint == given_out.checkpoint


async def test_many_at_once_stand_densely_and_the_log_verifies(ledger: Ledger, log_url: str, tmp_path: Path) -> None:
    names = [f"n-{i}" for i in range(600)]
    given_out = await append(ledger, *names)
    assert proven(given_out) == list(range(600))
    assert ids(log_url) == names
    assert await exported(log_url, tmp_path) == 600


async def test_two_writers_on_one_database_do_not_fork_it(ledger: Ledger, log_url: str, tmp_path: Path) -> None:
    second = Ledger(log_url, SIGNER)
    await second.open()
    for turn in range(6):
        given_out = await asyncio.gather(
            *(
                writer.append(entry(f"{name}-{turn}-{i}"))
                for name, writer in (("a", ledger), ("b", second))
                for i in range(40)
            )
        )
        assert sorted(proven(given_out)) == list(range(turn * 80, turn * 80 + 80))
    await second.close()
    assert await exported(log_url, tmp_path) == len(ids(log_url)) == 480


async def test_every_checkpoint_ever_signed_is_of_the_same_log(ledger: Ledger, log_url: str) -> None:
    given_out = [one for i in range(5) for one in await append(ledger, *(f"{i}-{j}" for j in range(i + 1)))]
    leaves = [bytes(leaf) for (leaf,) in rows(log_url, "SELECT leaf FROM log_entry ORDER BY index")]
    for one in given_out:
        assert isinstance(one, Receipt)
        root = Frontier().grown(leaves[: one.tree_size]).frontier.root()
        assert one.checkpoint == SIGNER.checkpoint(one.tree_size, root)


async def test_an_id_stands_once(ledger: Ledger, log_url: str) -> None:
    first = await append(ledger, "a", "b", "a")
    again = await append(ledger, "b", "c")
    assert [type(one) for one in first + again] == [Receipt, Receipt, Duplicate, Duplicate, Receipt]
    assert ids(log_url) == ["a", "b", "c"]


async def test_an_entry_the_guard_refuses_is_not_stored_while_its_batch_is(log_url: str) -> None:
    async def guard(connection: AsyncConnection, tokens: Sequence[object]) -> set[int]:
        assert await (await connection.execute("SELECT size FROM log_head")).fetchone() == (0,)
        return {i for i, token in enumerate(tokens) if token in {"a", "c"}}

    guarded = Ledger(log_url, SIGNER, guard)
    await guarded.open()
    given_out = await append(guarded, "a", "b", "c", "d")
    await guarded.close()
    assert [type(one) for one in given_out] == [GuardRefused, Receipt, GuardRefused, Receipt]
    assert (proven(given_out), ids(log_url)) == ([0, 1], ["b", "d"])


async def test_a_refused_entry_may_be_appended_once_the_guard_allows(log_url: str) -> None:
    answers = iter([{0}, set[int]()])

    async def guard(_: AsyncConnection, __: Sequence[object]) -> set[int]:
        return next(answers)

    guarded = Ledger(log_url, SIGNER, guard)
    await guarded.open()
    given_out = [*await append(guarded, "a"), *await append(guarded, "a")]
    await guarded.close()
    assert [type(one) for one in given_out] == [GuardRefused, Receipt]


async def test_a_batch_refused_whole_holds_nobody_up(ledger: Ledger, log_url: str) -> None:
    async def guard(_: AsyncConnection, tokens: Sequence[object]) -> set[int]:
        return set(range(len(tokens)))

    guarded = Ledger(log_url, SIGNER, guard)
    await guarded.open()
    refused, [stored] = await append(guarded, "a", "b"), await append(ledger, "c")
    await guarded.close()
    assert [type(one) for one in (*refused, stored)] == [GuardRefused, GuardRefused, Receipt]


async def test_an_entry_too_large_is_refused_and_disturbs_nobody(ledger: Ledger, log_url: str) -> None:
    large = Entry("large", Kind.DECIDED, "permit", AT, detail={"x": "x" * 65_535})
    given_out = await asyncio.gather(
        ledger.append(entry("a")), ledger.append(large), ledger.append(entry("b")), return_exceptions=True
    )
    assert [type(one) for one in given_out] == [Receipt, EntryInvalid, Receipt]
    assert ids(log_url) == ["a", "b"]


async def test_the_widest_columns_allowed_are_stored(ledger: Ledger, log_url: str) -> None:
    wide = [
        base64.b64encode(os.urandom(MAX_COLUMN * 3 // 4)).decode() for _ in range(7)
    ]  # nothing that PostgreSQL could compress
    widest = dict(zip(("id", "outcome", "request", "subject", "agency", "actor", "purpose"), wide, strict=True))
    await ledger.append(replace(entry("a"), **widest))  # type: ignore[arg-type]  # all of them are text
    assert ids(log_url) == [wide[0]]


class Gate:
    """A guard that holds the batch inside its transaction until it is opened."""

    def __init__(self) -> None:
        self.entered, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: AsyncConnection, __: Sequence[object]) -> set[int]:
        self.entered.set()
        await self.open.wait()
        return set()


async def held(url: str, name: str) -> tuple[Ledger, Gate, asyncio.Task[Receipt]]:
    """A ledger whose first batch is inside its transaction and waits there."""
    gate = Gate()
    ledger = Ledger(url, SIGNER, gate)
    await ledger.open()
    task = asyncio.create_task(ledger.append(entry(name)))
    await gate.entered.wait()
    return ledger, gate, task


async def test_a_caller_who_goes_away_does_not_lose_the_entry(log_url: str) -> None:
    ledger, gate, task = await held(log_url, "a")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open.set()
    assert proven(await append(ledger, "b")) == [1]
    await ledger.close()
    assert ids(log_url) == ["a", "b"]


async def test_a_full_queue_refuses_at_once(log_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE", 3)
    ledger, gate, task = await held(log_url, "a")
    waiting = [asyncio.create_task(ledger.append(entry(name))) for name in "bcd"]
    await asyncio.sleep(0)
    with pytest.raises(LedgerDown, match="full"):
        await ledger.append(entry("e"))
    gate.open.set()
    assert proven(await asyncio.gather(task, *waiting)) == [0, 1, 2, 3]
    await ledger.close()


async def test_closing_commits_what_waits_and_takes_no_more(log_url: str) -> None:
    ledger, gate, task = await held(log_url, "a")
    waiting = asyncio.create_task(ledger.append(entry("b")))
    await asyncio.sleep(0)
    closing = asyncio.create_task(ledger.close())
    await asyncio.sleep(0)
    with pytest.raises(LedgerDown, match="not open"):
        await ledger.append(entry("c"))
    gate.open.set()
    await closing
    assert proven([await task, await waiting]) == [0, 1]


async def test_a_ledger_that_was_never_opened_refuses(log_url: str) -> None:
    with pytest.raises(LedgerDown, match="not open"):
        await Ledger(log_url, SIGNER).append(entry("a"))
