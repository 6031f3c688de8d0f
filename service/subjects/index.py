"""Who a query is about: the one person its identifier or demographics name, or nobody.

Unknown and ambiguous are the same answer. Every answer is read from the database after it was asked for.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from policies.vocabulary import Agency
from service.db.coalesce import Coalescer
from service.db.reads import Question, Reads
from service.gateway.ports import Sighting
from service.gateway.query import ByDemographics, ByIdentifier, Query, Subject
from service.subjects import store
from service.subjects.keys import keys
from service.subjects.model import facts, of_claim, of_sighting
from service.subjects.neighborhood import Name
from service.subjects.search import find

PERSONS_NAMED, BLOCKS, LINKS = map(store.written, (store.PERSONS_NAMED, store.BLOCKS, store.LINKS))

LONGEST_IDENTIFIER = 128
FEWEST_FACTS = 2


class Index:
    """The person index in PostgreSQL: the `Subjects` port."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._named: Coalescer[Name, Subject] = Coalescer(self._read_named)

    async def resolve(self, query: Query) -> Subject | None:
        """The one person the query names. Raises StoreUnavailable."""
        claim = query.subject
        return await (self._by_identifier(claim) if isinstance(claim, ByIdentifier) else self._by_demographics(claim))

    async def _by_identifier(self, claim: ByIdentifier) -> Subject | None:
        # One text PostgreSQL cannot hold would fail the read it shares with others.
        if not store.fits(claim.value) or len(claim.value) > LONGEST_IDENTIFIER:
            return None
        return await self._named.get((str(claim.custodian), claim.value))

    async def _by_demographics(self, claim: ByDemographics) -> Subject | None:
        traits = of_claim(claim)
        if facts(traits) < FEWEST_FACTS:
            return None
        (blocks,) = await self._reads.ask(Question(BLOCKS, {"keys": list(keys(traits))}))
        (rows,) = await self._reads.ask(Question(LINKS, {"refs": list({ref for _, ref in blocks})}))
        persons: dict[str, list[Sighting]] = defaultdict(list)
        for ref, seen in map(store.sighting, rows):
            persons[ref].append(seen)
        found = find(traits, {ref: [of_sighting(seen) for seen in all_seen] for ref, all_seen in persons.items()})
        if found is None:
            return None
        return _subject(found, {seen.custodian: (seen.local_id, seen.birth_date) for seen in persons[found]})

    async def _read_named(self, names: Sequence[Name]) -> Mapping[Name, Subject]:
        links: dict[Name, dict[Agency, tuple[str, date | None]]] = defaultdict(dict)
        refs: dict[Name, str] = {}
        (found,) = await self._reads.ask(Question(PERSONS_NAMED, store.names_asked(names)))
        for custodian, local_id, ref, there, there_id, born in found:
            refs[custodian, local_id] = ref
            links[custodian, local_id][Agency(there)] = there_id, born
        return {name: _subject(refs[name], links[name]) for name in refs}


def _subject(ref: str, links: Mapping[Agency, tuple[str, date | None]]) -> Subject:
    return Subject(
        ref,
        {agency: local_id for agency, (local_id, _) in sorted(links.items())},
        _birth_date([born for _, born in links.values() if born is not None]),
    )


def _birth_date(dates: Sequence[date]) -> date | None:
    """The date most custodians hold; of equals the latest, so that who may be a minor is treated as one."""
    return max(Counter(dates).items(), key=lambda counted: (counted[1], counted[0]))[0] if dates else None
