"""The county's rosters and caseloads into the gateway: people named by a custodian's id become our own references."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from consent import store
from policies.vocabulary import Agency
from service.db.session import transaction
from service.identity.staff import Assignment
from service.identity.staffing import load_roster, put_caseload

LINKS = text("SELECT custodian, local_id, ref FROM link")


async def staff(engine: AsyncEngine, county: Path) -> tuple[int, int]:
    """Load the county's roster and caseload files; how many posts and assignments. Unplaced people are left out."""
    async with transaction(engine) as connection:
        posts = await load_roster(connection, county / "gateway" / "roster.json")
        refs = {(row[0], row[1]): str(row[2]) for row in await connection.execute(LINKS)}
        assigned = await put_caseload(connection, _assignments(county / "gateway" / "caseload.csv", refs))
        await _epochs(connection, sorted(set(refs.values())))
    return posts, assigned


async def _epochs(connection: AsyncConnection, people: list[str]) -> None:
    for start in range(0, len(people), 1000):
        await store.known(connection, people[start : start + 1000])


def _assignments(path: Path, refs: dict[tuple[str, str], str]) -> Iterator[Assignment]:
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ref = refs.get((row["custodian"], row["local_id"]))
            if ref is not None:
                yield Assignment(Agency(row["agency"]), row["actor"], ref, date.fromisoformat(row["since"]))
