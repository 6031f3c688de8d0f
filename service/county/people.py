"""Who lives in the synthetic county. Deterministic from a seed; nobody here is real.

`people(seed, count)` streams; person `n` is the same whatever `count` is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from policies.vocabulary import Agency
from service.gateway.ports import Sighting


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person: the truth, and how each agency that knows them spells it.

    `seen` holds a sighting per agency that knows the person (DSS, ALLIANCE, LINCOLN, EMS). What happened to the
    person at an agency is invented by that agency's writer from `life(agency)`, so writers stay independent.
    """

    seed: int
    number: int
    seen: Mapping[Agency, Sighting]
    homeless: bool
    familiar: bool
    mental_illness: bool
    substance_use: bool

    def life(self, agency: Agency) -> Random:
        """The random stream from which one agency's writer invents this person's records."""
        return Random(f"{self.seed}/{self.number}/{agency}")  # noqa: S311  # invention, not secrecy


def people(seed: int, count: int) -> Iterator[Person]:
    """Stream `count` invented people."""
    raise NotImplementedError
