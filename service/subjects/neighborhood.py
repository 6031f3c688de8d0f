"""What one batch of sightings changes in the index. Pure but for the references it is given to hand out.

The neighborhood is the part of the index a batch could touch: the persons who share a blocking key with it. It
learns from every line, so that two lines of one batch find each other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from service.gateway.ports import Sighting
from service.subjects.keys import keys
from service.subjects.model import Traits, of_sighting
from service.subjects.placement import Cause, Linked, Question, place, still_the_same, together

Name = tuple[str, str]
"""(custodian, local identifier)."""


@dataclass(slots=True, repr=False)
class Changes:
    """What is to be written: everything in it is new or different."""

    persons: list[str] = field(default_factory=list)
    links: list[tuple[str, Sighting]] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    questions: list[tuple[Name, Question]] = field(default_factory=list)


class Neighborhood:
    """The candidates of one batch, by blocking key, and the changes made so far."""

    def __init__(
        self, links: Iterable[tuple[str, Sighting]], blocks: Mapping[int, Iterable[str]], new_ref: Callable[[], str]
    ) -> None:
        self.changes = Changes()
        self._new_ref = new_ref
        self._blocks = defaultdict[int, set[str]](set, {key: set(refs) for key, refs in blocks.items()})
        self._seen: dict[Name, tuple[str, Sighting]] = {}
        self._links = defaultdict[str, dict[Name, Linked]](dict)
        for owner, seen in links:
            self._keep(owner, seen, of_sighting(seen))

    def absorb(self, seen: Sighting) -> None:
        """Take in one line of a feed. A line already known changes nothing."""
        known = self._seen.get(named(seen))
        if known is None:
            self._settle(seen, of_sighting(seen))
        elif known[1] != seen:
            self._change(known[0], known[1], seen)

    def _settle(self, seen: Sighting, traits: Traits) -> None:
        """Link a line to the one person it can be, or to a new one."""
        refs = {ref for key in keys(traits) for ref in self._blocks.get(key, ())}
        placement = place(seen.custodian, traits, {ref: list(self._links[ref].values()) for ref in refs})
        ref = placement.ref
        if ref is None:
            ref = self._new_ref()
            self.changes.persons.append(ref)
        self.changes.questions.extend((named(seen), question) for question in placement.questions)
        self._write(ref, seen, traits)

    def _change(self, ref: str, old: Sighting, seen: Sighting) -> None:
        """A changed line stays with its person, unless the custodian gave the identifier to somebody else."""
        traits = of_sighting(seen)
        del self._links[ref][named(seen)]
        evidence = together(traits, self._links[ref].values())
        same = still_the_same(traits, of_sighting(old))
        if not same or (evidence is not None and evidence.contradicted):
            bits = evidence.bits if evidence else 0.0
            self.changes.questions.append((named(seen), Question(ref, Cause.CHANGED, bits)))
        if same:
            self._write(ref, seen, traits)
        else:
            self._settle(seen, traits)

    def _write(self, ref: str, seen: Sighting, traits: Traits) -> None:
        for key in keys(traits):
            if ref not in self._blocks[key]:
                self._blocks[key].add(ref)
                self.changes.keys.append((key, ref))
        self._keep(ref, seen, traits)
        self.changes.links.append((ref, seen))

    def _keep(self, ref: str, seen: Sighting, traits: Traits) -> None:
        self._seen[named(seen)] = ref, seen
        self._links[ref][named(seen)] = Linked(seen.custodian, seen.local_id, traits)


def named(seen: Sighting) -> Name:
    """The identifier a line is about."""
    return str(seen.custodian), seen.local_id
