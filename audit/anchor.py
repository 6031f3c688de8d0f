"""The newest checkpoint, in a file outside the database: what tells a restored backup from the log.

Read it at start and give it to `Ledger(known=...)`. It proves only as much as the disk it stands on is out of
reach of whoever can rewrite the database; a witness at another agency proves more.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class AnchorRefused(Exception):
    """The file holds something else than an earlier checkpoint of this log. An operator must look."""


class Anchor:
    """One file, shared by the gateway's processes on a machine. It never goes backwards."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: OSError | None = None
        """Why the last attempt of `keep` did not reach the disk, if it did not."""

    def read(self) -> str | None:
        """The checkpoint held, or None before the first. Raises AnchorRefused for a file that holds none, OSError."""
        try:
            held = self.path.read_bytes().decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise AnchorRefused("the anchor file holds no checkpoint") from error
        _stated(held)
        return held

    def advance(self, checkpoint: str) -> bool:
        """Hold this checkpoint, durably, if it is newer than the one held; says whether it was.

        Raises AnchorRefused when it is of another log, or of another tree of the same size; OSError.
        """
        with self._alone():
            held = self.read()
            if held is not None and not _newer(checkpoint, held):
                return False
            self._replace(checkpoint)
        return True

    async def keep(self, newest: Callable[[], str | None], seconds: float) -> None:
        """Advance to `newest()` every so many seconds, and once more when cancelled. Raises AnchorRefused.

        A disk that fails is tried again; `failure` says so meanwhile.
        """
        last: str | None = None
        try:
            while True:
                checkpoint = newest()
                if checkpoint is not None and (checkpoint != last or self.failure):
                    await asyncio.to_thread(self._try, checkpoint)
                    last = checkpoint
                await asyncio.sleep(seconds)
        finally:
            checkpoint = newest()
            if checkpoint is not None and (checkpoint != last or self.failure):
                self._try(checkpoint)

    def _try(self, checkpoint: str) -> None:
        try:
            self.advance(checkpoint)
            self.failure = None
        except OSError as error:
            self.failure = error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two processes that compare and replace at once could go backwards."""
        lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _replace(self, checkpoint: str) -> None:
        """Write beside, flush, rename, flush the directory: after a crash the file is the old one or the new one."""
        beside = Path(f"{self.path}.new")
        with beside.open("wb") as file:
            file.write(checkpoint.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _newer(checkpoint: str, held: str) -> bool:
    (origin, size, root), (held_origin, held_size, held_root) = _stated(checkpoint), _stated(held)
    if origin != held_origin:
        raise AnchorRefused("the anchor file belongs to another log")
    if size == held_size and root != held_root:
        raise AnchorRefused("the anchor file holds another tree of the same size: a fork")
    return size > held_size


def _stated(checkpoint: str) -> tuple[str, int, str]:
    try:
        origin, size, root, *_ = checkpoint.split("\n")
        return origin, int(size), root
    except ValueError as error:
        raise AnchorRefused("the anchor file holds no checkpoint") from error
