"""A directory of NEMSIS documents as a source: which file speaks of whom, and nothing else, is kept in memory."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from service.connectors.base import Reply, Unanswered
from service.connectors.nemsis import READ, Report, newest_first, patients, reports
from service.gateway.ports import Fault

LARGEST = 16 << 20
"""Bytes of one document. A larger one is refused whole, as lxml would refuse a huge tree."""


class Folder:
    """The `*.xml` documents of a directory, found by EMS patient identifier. Blocking: run it in a thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamps: dict[Path, int] = {}
        self._holding: dict[str, set[Path]] = {}

    def about(self, patient: str, elements: frozenset[str] = READ) -> tuple[tuple[Report, ...], datetime | None]:
        """These elements of the patient's reports, newest first, and when their newest document was written.

        Raises OSError for a directory that is not there, `Unanswered` for a document too large.
        """
        self._look_again()
        replies = [_read(path) for path in self._holding.get(patient, ())]
        held = [report for reply in replies for report in reports(reply.content, elements) if report.patient == patient]
        return newest_first(held), max((reply.modified for reply in replies if reply.modified), default=None)

    def every(self) -> Iterator[tuple[Report, ...]]:
        """Every document's reports, one document in memory at a time."""
        return (reports(_read(path).content) for path in sorted(self._directory.rglob("*.xml")))

    def _look_again(self) -> None:
        """Index again if a document came, went or changed since the last look."""
        if not self._directory.is_dir():
            raise FileNotFoundError(self._directory.name)
        stamps = {path: path.stat().st_mtime_ns for path in self._directory.rglob("*.xml")}
        if stamps == self._stamps:
            return
        holding = defaultdict(set)
        for path in stamps:
            for patient in patients(_read(path).content):
                holding[patient].add(path)
        self._stamps, self._holding = stamps, dict(holding)


def _read(path: Path) -> Reply:
    status = path.stat()
    if status.st_size > LARGEST:
        raise Unanswered(Fault.TOO_LARGE)
    return Reply(path.read_bytes(), datetime.fromtimestamp(status.st_mtime, UTC))
