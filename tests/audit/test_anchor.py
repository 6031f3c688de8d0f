"""The anchor: one file, durable, never backwards."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from audit.anchor import Anchor, AnchorRefused
from tests.audit.oracle import OTHER_LOG, SIGNER, Naive, leaf

TREE = Naive([leaf(str(i).encode()) for i in range(10)])


def checkpoint(size: int) -> str:
    return SIGNER.checkpoint(size, TREE.root(0, size))


@pytest.fixture
def anchor(tmp_path: Path) -> Anchor:
    return Anchor(tmp_path / "anchor")


def test_a_new_anchor_holds_nothing(anchor: Anchor) -> None:
    assert anchor.read() is None


def test_it_holds_the_newest_checkpoint(anchor: Anchor) -> None:
    assert [anchor.advance(checkpoint(size)) for size in (0, 3, 7)] == [True, True, True]
    assert anchor.read() == Anchor(anchor.path).read() == checkpoint(7)


def test_it_never_goes_backwards(anchor: Anchor) -> None:
    anchor.advance(checkpoint(7))
    assert [anchor.advance(checkpoint(size)) for size in (6, 0, 7)] == [False, False, False]
    assert anchor.read() == checkpoint(7)


def test_another_tree_of_the_same_size_is_a_fork_and_refused(anchor: Anchor) -> None:
    anchor.advance(checkpoint(7))
    with pytest.raises(AnchorRefused, match="fork"):
        anchor.advance(SIGNER.checkpoint(7, TREE.root(0, 6)))
    assert anchor.read() == checkpoint(7)


def test_another_logs_checkpoint_is_refused(anchor: Anchor) -> None:
    anchor.advance(checkpoint(7))
    with pytest.raises(AnchorRefused, match="another log"):
        anchor.advance(OTHER_LOG.checkpoint(8, TREE.root(0, 8)))


@pytest.mark.parametrize("content", [b"", b"x", b"log\nmany\nroot\n", b"\xff\xfe", b"log\n"])
def test_a_file_that_holds_no_checkpoint_is_refused_and_kept(anchor: Anchor, content: bytes) -> None:
    anchor.path.write_bytes(content)
    with pytest.raises(AnchorRefused):
        anchor.read()
    with pytest.raises(AnchorRefused):
        anchor.advance(checkpoint(7))
    assert anchor.path.read_bytes() == content


def test_the_disk_has_it_before_the_name_points_to_it(anchor: Anchor, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: order.append("flush " + str(Path(f"/proc/self/fd/{fd}").readlink())))
    monkeypatch.setattr(Path, "replace", lambda old, new: order.append(f"rename {old} {new}"))
    anchor.advance(checkpoint(1))
    beside = f"{anchor.path}.new"
    assert order == [f"flush {beside}", f"rename {beside} {anchor.path}", f"flush {anchor.path.parent}"]


def test_two_processes_do_not_replace_it_at_once(anchor: Anchor) -> None:
    other = os.open(f"{anchor.path}.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_EX)
    writer = Thread(target=anchor.advance, args=[checkpoint(3)])
    writer.start()
    writer.join(0.1)
    assert anchor.read() is None
    os.close(other)
    writer.join()
    assert anchor.read() == checkpoint(3)


class Newest:
    """A log whose newest checkpoint is set by the test, and that tells when it was looked at."""

    def __init__(self, *sizes: int | None) -> None:
        self.sizes: Iterator[int | None] = iter(sizes)
        self.size: int | None = None
        self.dry = asyncio.Event()

    def __call__(self) -> str | None:
        self.size = next(self.sizes, self.size)
        if self.size == 9:
            self.dry.set()
        return None if self.size is None else checkpoint(self.size)


async def test_the_loop_keeps_up_with_the_log(anchor: Anchor) -> None:
    newest = Newest(None, 3, 3, 5, 9)
    task = asyncio.create_task(anchor.keep(newest, 0))
    await newest.dry.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert anchor.read() == checkpoint(9)


class Told(Anchor):
    """An anchor that tells when it was written; its disk may be full for the first attempts."""

    def __init__(self, path: Path, full: int = 0) -> None:
        super().__init__(path)
        self.full, self.attempts = full, 0
        self.written = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def advance(self, checkpoint: str) -> bool:
        self.attempts += 1
        if self.attempts <= self.full:
            raise OSError(28, "No space left on device")
        done = super().advance(checkpoint)
        self._loop.call_soon_threadsafe(self.written.set)
        return done


async def stopped_once_written(anchor: Told, newest: Callable[[], str | None], seconds: float) -> None:
    task = asyncio.create_task(anchor.keep(newest, seconds))
    async with asyncio.timeout(10):
        await anchor.written.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_loop_writes_once_more_when_it_is_stopped(tmp_path: Path) -> None:
    anchor = Told(tmp_path / "anchor")
    await stopped_once_written(anchor, Newest(3, 7), 3600)
    assert (anchor.read(), anchor.attempts) == (checkpoint(7), 2)


async def test_a_disk_that_fails_is_tried_again(tmp_path: Path) -> None:
    anchor = Told(tmp_path / "anchor", full=2)
    await stopped_once_written(anchor, lambda: checkpoint(3), 0)
    assert (anchor.read(), anchor.attempts >= 3) == (checkpoint(3), True)


async def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    anchor = Told(tmp_path / "anchor", full=9)
    task = asyncio.create_task(anchor.keep(Newest(3), 3600))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (anchor.read(), isinstance(anchor.failure, OSError)) == (None, True)


async def test_the_loop_ends_loudly_on_a_fork(anchor: Anchor) -> None:
    anchor.advance(checkpoint(7))
    with pytest.raises(AnchorRefused, match="fork"):
        await anchor.keep(lambda: SIGNER.checkpoint(7, bytes(32)), 0)
