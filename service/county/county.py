"""The synthetic county on disk: each agency's native files, the truth, and the gateway's roster and caseloads.

People are streamed once through all writers, so a million of them take time and no memory. `truth.csv` is for
judging the person index and stands apart: nothing that serves ever reads it.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Protocol

from service.county import alliance, dss, ems, lincoln
from service.county.county_gateway import Caseloads, Cast, Truth, write_roster
from service.county.people import Person, people


class Writer(Protocol):
    """Writes one agency's native files, one person at a time."""

    def add(self, person: Person) -> None:
        """Write what the agency holds about a person, if anything."""

    def close(self) -> None:
        """Finish the files."""


def write(
    directory: Path,
    seed: int,
    count: int,
    today: date,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a county of `count` people under `directory`; `progress` hears how many are done, now and then."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "gateway").mkdir(exist_ok=True)
    write_roster(directory)
    writers = _writers(directory, today)
    for done, person in enumerate(people(seed, count), start=1):
        for writer in writers:
            writer.add(person)
        if progress and (done % 100 == 0 or done == count):
            progress(done)
    for writer in writers:
        writer.close()


def _writers(directory: Path, today: date) -> list[Writer]:
    agencies: list[Writer] = [module.Writer(directory, today) for module in (dss, alliance, lincoln, ems)]
    return [*agencies, Truth(directory), Caseloads(directory, today), Cast(directory)]
