"""Tiles: stored as the tree fills them, and enough to make any node, root or proof again."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.batch import Pending, write
from audit.checkpoint import Receipt
from audit.entry import Entry, Kind
from audit.head import checked, connect
from audit.ledger import Ledger, no_guard
from audit.merkle import Node, consistency, inclusion, leaf_hash, subtree
from audit.nodes import Nodes
from audit.verify.proofs import consistent, included
from service.db.embedded import Embedded
from tests.audit.conftest import make_log
from tests.audit.entries import AT, entry, exported, rows
from tests.audit.oracle import SIGNER, Naive, write_directory
from tests.conftest import administer

LARGE = 65_536 + 600


def pendings(names: Sequence[str]) -> list[Pending]:
    """Entries as small as can be, so that many are soon written."""
    made = [Entry(name, Kind.LOG_READ, "", AT) for name in names]
    entries = [(one, one.encoded()) for one in made]
    return [Pending(one, encoded, leaf_hash(encoded), None) for one, encoded in entries]


async def grow(url: str, batches: Sequence[int]) -> list[Receipt]:
    """Commit batches of these sizes, in the writing role; the receipts of all."""
    receipts: list[Receipt] = []
    async with await connect(url) as connection:
        await checked(connection, SIGNER, None)
        for size in batches:
            names = [f"n-{len(receipts) + i}" for i in range(size)]
            given_out, _ = await write(connection, SIGNER, no_guard, pendings(names))
            receipts += [r for r in given_out if isinstance(r, Receipt)]
        await checked(connection, SIGNER, receipts[-1].checkpoint)
    return receipts


@dataclass
class Large:
    """A log three levels of tiles high, written in batches far above the ledger's own."""

    url: str
    receipts: list[Receipt]
    tree: Naive


@pytest.fixture(scope="module")
def large(cluster: Embedded, template: str) -> Iterator[Large]:
    administer(cluster, f"CREATE DATABASE large_log TEMPLATE {template}")
    url = make_log(cluster.url("large_log"))
    receipts = asyncio.run(grow(url, [1, 255, 256, 300, *[4096] * 15, LARGE - 62_252]))
    leaves = [bytes(leaf) for (leaf,) in rows(url, "SELECT leaf FROM log_entry ORDER BY index")]
    yield Large(url, receipts, Naive(leaves))
    administer(cluster, "DROP DATABASE large_log WITH (FORCE)")  # before anything has to write it all to the disk


def tiles(tree: Naive) -> dict[tuple[int, int], bytes]:
    """Every full tile of a tree, from the definition of C2SP tlog-tiles."""
    found = {}
    for level in range(3):
        span = 256**level
        for number in range(len(tree.leaves) // (span * 256)):
            first = [(number * 256 + i) * span for i in range(256)]
            found[level, number] = b"".join(tree.root(i, i + span) for i in first)
    return found


def stored(url: str) -> dict[tuple[int, int], bytes]:
    return {(level, index): bytes(hashes) for level, index, hashes in rows(url, "SELECT * FROM log_tile")}


def test_a_large_log_stores_exactly_the_full_tiles_of_its_tree(large: Large) -> None:
    assert stored(large.url) == tiles(large.tree)
    assert {level for level, _ in stored(large.url)} == {0, 1}


def test_receipts_of_a_large_log_hold(large: Large) -> None:
    assert [one.index for one in large.receipts] == list(range(LARGE))
    for one in large.receipts[:: LARGE // 400]:
        root = large.tree.root(0, one.tree_size)
        included(large.tree.leaves[one.index], one.index, one.tree_size, one.path, root)
        assert one.checkpoint == SIGNER.checkpoint(one.tree_size, root)


@pytest.mark.parametrize("batches", [[255, 1], [256], [257], [1, 256, 255], [512], [100, 100, 100, 300]])
async def test_tiles_do_not_depend_on_how_the_batches_fell(log_url: str, batches: list[int]) -> None:
    await grow(log_url, batches)
    leaves = [bytes(leaf) for (leaf,) in rows(log_url, "SELECT leaf FROM log_entry ORDER BY index")]
    assert stored(log_url) == tiles(Naive(leaves))
    assert len(stored(log_url)) == sum(batches) // 256


async def test_a_log_goes_on_over_the_edge_of_a_tile(log_url: str, tmp_path: Path) -> None:
    known = (await grow(log_url, [250]))[-1].checkpoint
    ledger = Ledger(log_url, SIGNER, known=known)
    await ledger.open()
    for i in range(12):
        await ledger.append(entry(f"m-{i}"))
    await ledger.close()
    assert await exported(log_url, tmp_path) == 262


async def spans(url: str, wanted: list[tuple[int, int]]) -> Nodes:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await Nodes.covering(connection, wanted)


EDGES = sorted({1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, LARGE - 1, LARGE})


def test_the_root_at_any_size_is_made_from_tiles(large: Large) -> None:
    chance = random.Random(7)  # noqa: S311  # a test's own
    sizes = [*EDGES, *(chance.randrange(1, LARGE) for _ in range(40))]
    nodes = asyncio.run(spans(large.url, [(0, size) for size in sizes]))
    assert [subtree(0, size, nodes) for size in sizes] == [large.tree.root(0, size) for size in sizes]


def wanted_by(index: int, old: int, new: int) -> list[tuple[int, int]]:
    noted: list[tuple[int, int]] = []

    def note(low: int, high: int) -> bytes:
        noted.append((low, high))
        return b""

    inclusion(index, new, note)
    consistency(old, new, note)
    return noted


@given(st.integers(1, LARGE), st.data())
@settings(deadline=None, max_examples=40)
def test_any_proof_between_any_sizes_is_made_from_tiles(large: Large, new: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, new - 1)), data.draw(st.integers(0, new))
    nodes = asyncio.run(spans(large.url, wanted_by(index, old, new)))

    def span(low: int, high: int) -> bytes:
        return subtree(low, high, nodes)

    included(large.tree.leaves[index], index, new, inclusion(index, new, span), large.tree.root(0, new))
    consistent(old, new, large.tree.root(0, old), large.tree.root(0, new), consistency(old, new, span))


async def test_a_node_that_was_not_asked_for_is_not_made_up(log_url: str) -> None:
    await grow(log_url, [5])
    nodes = await spans(log_url, [(0, 4)])
    node: Node = (0, 4)
    with pytest.raises(KeyError):
        nodes(node)


def test_a_large_log_is_exported_whole(large: Large, tmp_path: Path) -> None:
    assert asyncio.run(exported(large.url, tmp_path)) == LARGE
    expected, made = tmp_path / "expected", {p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()}
    bodies = [bytes(body) for (body,) in rows(large.url, "SELECT entry FROM log_entry ORDER BY index")]
    write_directory(expected, bodies)
    named = {p.relative_to(expected) for p in expected.rglob("*") if p.is_file()}
    assert {path for path in made if path.parts[0] != "columns"} == named
    assert all((tmp_path / path).read_bytes() == (expected / path).read_bytes() for path in named)
