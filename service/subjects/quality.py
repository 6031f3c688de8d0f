"""How right the index's links are, measured against a truth that only a generator can know.

A pair is two identifiers of one person. Precision: of the pairs the index made, how many are true. Recall: of the true
pairs, how many it made. Counted from group sizes, so a million people need no list of pairs.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from service.db.session import snapshot
from service.subjects.neighborhood import Name
from service.subjects.tables import link


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairs made, pairs true, and pairs that are both."""

    made: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Share of the pairs made that are true; 1 when none was made."""
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were made; 1 when there is none."""
        return self.right / self.true if self.true else 1.0


def quality(truth: Mapping[Name, int], refs: Mapping[Name, str]) -> Quality:
    """Compare the index's grouping with the true one: both map (custodian, local id) to a person.

    An identifier the index lacks counts against recall; one the truth lacks is left out.
    """
    known = {name: ref for name, ref in refs.items() if name in truth}
    return Quality(
        made=_pairs(known.values()),
        true=_pairs(truth.values()),
        right=_pairs((truth[name], ref) for name, ref in known.items()),
    )


async def measure(engine: AsyncEngine, truth: Mapping[Name, int]) -> Quality:
    """The quality of the links in a database."""
    refs: dict[Name, str] = {}
    async with snapshot(engine) as connection:
        async for row in await connection.stream(select(link.c.custodian, link.c.local_id, link.c.ref)):
            refs[row.custodian, row.local_id] = row.ref
    return quality(truth, refs)


def _pairs(groups: Iterable[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())
