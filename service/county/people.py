"""Who lives in the synthetic county. Deterministic from a seed; nobody here is real.

`people(seed, count)` streams; person `n` is the same whatever `count` is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from policies.vocabulary import Agency
from service.county.county_sightings import sighting
from service.county.county_truth import Neighbor, neighbors
from service.county.names import likely, luck
from service.gateway.ports import Sighting

AGENCIES = (Agency.DSS, Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS)


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
        return luck(self.seed, self.number, agency)


def people(seed: int, count: int) -> Iterator[Person]:
    """Stream `count` invented people. Most are known to one or two agencies, familiar neighbors to all four."""
    for neighbor in neighbors(seed, count):
        yield Person(
            seed=seed,
            number=neighbor.number,
            seen={agency: sighting(neighbor, agency, seed) for agency in _known_to(neighbor, seed)},
            homeless=neighbor.homeless,
            familiar=neighbor.familiar,
            mental_illness=neighbor.mental_illness,
            substance_use=neighbor.substance_use,
        )


def _known_to(neighbor: Neighbor, seed: int) -> tuple[Agency, ...]:
    """The agencies that know a neighbor: at least one, likelier where their need lies."""
    if neighbor.familiar:
        return AGENCIES
    chance = luck(seed, neighbor.number, "agencies")
    needs_care = neighbor.mental_illness or neighbor.substance_use
    shares = {
        Agency.DSS: 0.6 if neighbor.medicaid or neighbor.homeless else 0.25,
        Agency.ALLIANCE: 0.5 if needs_care and neighbor.medicaid else 0.15 if needs_care else 0.01,
        Agency.LINCOLN: 0.35,
        Agency.EMS: 0.4 if needs_care or neighbor.homeless else 0.2,
    }
    known = tuple(agency for agency in AGENCIES if likely(shares[agency], chance))
    return known or (chance.choice((Agency.DSS, Agency.LINCOLN)),)
