"""A gateway of small fakes around the real rules, and the questions put to it. Every fake notes what happened when."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest

from audit.checkpoint import Receipt
from audit.entry import Entry, Kind, Pseudonyms
from audit.refusals import Duplicate, GuardRefused
from consent.model import Consent, Directive, EpochToken, Held, Status
from policies import bundle
from policies.engines import PolicyEngine
from policies.engines.embedded import EmbeddedEngine
from policies.engines.memo import Memo
from policies.vocabulary import Agency, Category, Purpose, Role
from service.gateway.answer import Gateway, answer
from service.gateway.events import Scribe
from service.gateway.ports import Answer, Fields, Outcome, Standing, Value
from service.gateway.query import Asker, ByIdentifier, Item, Query, Subject
from service.gateway.release import Disclosure
from service.problems import Problem

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
REF = "s-1"
PERSON = Subject(REF, dict.fromkeys(Agency, "local-1"), date(1984, 5, 17))
NOBODY = Held("", 0)

EMS = Item(Agency.EMS, Category.EMS_SUMMARY, frozenset({"encounter_count_365d", "last_encounter_date"}))
LINCOLN = Item(Agency.LINCOLN, Category.CLINICAL_SUMMARY, frozenset({"pcp_name", "next_visit_date"}))


class FakeSubjects:
    """Knows people by the identifier a query gives."""

    def __init__(self, events: list[str], *people: tuple[str, Subject]) -> None:
        self.events, self.people, self.fails = events, dict(people), list[BaseException]()

    async def resolve(self, query: Query) -> Subject | None:
        self.events.append("resolve")
        for failure in self.fails:
            raise failure
        return self.people.get(query.subject.value) if isinstance(query.subject, ByIdentifier) else None


class FakeFacts:
    """Holds what is on file; any change moves the person's epoch, as in the store."""

    def __init__(self, events: list[str], *held: Held) -> None:
        self.events, self.held, self.fails = events, {h.subject: h for h in held}, list[BaseException]()
        self.standing = Standing(role_confirmed=True, relationship=True)

    async def read(self, query: Query, subject: Subject | None) -> tuple[Held, Standing]:
        self.events.append("read")
        for failure in self.fails:
            raise failure
        if subject is None:
            return NOBODY, replace(self.standing, relationship=False)
        return self.held.get(subject.ref, NOBODY), self.standing

    def put(self, *entries: Consent | Directive, subject: str = REF) -> None:
        """From now on exactly these are on file."""
        consents = tuple(e for e in entries if isinstance(e, Consent))
        directives = tuple(e for e in entries if isinstance(e, Directive))
        epoch = self.held[subject].epoch if subject in self.held else 0
        self.held[subject] = Held(subject, epoch + 1, consents, directives)


class FakeSources:
    """Custodians who answer honestly what they are asked, or say what they are told to say."""

    def __init__(self, events: list[str]) -> None:
        self.events, self.asked, self.fails = events, list[Mapping[Agency, Fields]](), list[BaseException]()
        self.offers: Mapping[Agency, Fields] = {item.custodian: {item.category: item.fields} for item in (EMS, LINCOLN)}
        self.says: Sequence[Answer] | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    async def fetch(self, subject: Subject, wanted: Mapping[Agency, Fields]) -> Sequence[Answer]:
        self.asked.append(wanted)
        self.events.extend(f"ask {custodian}" for custodian in wanted)
        for failure in self.fails:
            raise failure
        self.meanwhile()
        return [found(custodian, wanted[custodian]) for custodian in wanted] if self.says is None else self.says


class FakeLedger:
    """Keeps entries in memory. Its guard holds a token against the facts, as the store's does inside the database."""

    def __init__(self, events: list[str], facts: FakeFacts) -> None:
        self.events, self.facts, self.entries = events, facts, list[Entry]()
        self.fails: dict[Kind, BaseException] = {}

    async def append(self, entry: Entry, guard: object = None) -> Receipt:
        if failure := self.fails.get(entry.kind):
            raise failure
        if any(standing.id == entry.id for standing in self.entries):
            raise Duplicate
        if isinstance(guard, EpochToken) and getattr(self.facts.held.get(guard.subject), "epoch", None) != guard.epoch:
            raise GuardRefused
        leaf = hashlib.sha256(b"\0" + entry.encoded()).digest()
        self.entries.append(entry)
        self.events.append(entry.kind)
        size = len(self.entries)
        return Receipt(size - 1, leaf, (), f"world\n{size}\n\n")


@cache
def rules() -> EmbeddedEngine:
    """The real rules, compiled once per run, with patience for a busy machine."""
    return EmbeddedEngine(bundle.load(), deadline=10)


@dataclass
class World:
    """One gateway, one person with a consent on file, one moment. Change any part before you ask."""

    engine: PolicyEngine = field(default_factory=lambda: Memo(rules()))
    now: datetime = AT
    events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.subjects = FakeSubjects(self.events, ("E-1", PERSON))
        self.facts = FakeFacts(self.events, Held(REF, 1, (a_consent(),)))
        self.sources = FakeSources(self.events)
        self.ledger = FakeLedger(self.events, self.facts)

    @property
    def gateway(self) -> Gateway:
        scribe = Scribe(Pseudonyms(b"k" * 32), self.engine.name, lambda: self.now)
        return Gateway(
            self.subjects, self.facts, self.engine, self.sources, self.ledger, scribe, clock=lambda: self.now
        )

    @property
    def log(self) -> list[str]:
        """The log in short: `decided permit`, `released released`."""
        return [f"{entry.kind} {entry.outcome}" for entry in self.ledger.entries]

    def items(self, place: int) -> list[dict[str, Any]]:
        """The items in the detail of an entry."""
        listed = self.ledger.entries[place].detail["items"]
        assert isinstance(listed, list)
        return [dict(item) for item in listed if isinstance(item, dict)]

    async def ask(self, query: Query | None = None) -> Disclosure:
        return await answer(query or a_query(), self.gateway)

    async def refusal(self, query: Query | None = None) -> Problem:
        with pytest.raises(Problem) as caught:
            await self.ask(query)
        return caught.value


def a_query(*items: Item, **changes: Any) -> Query:
    """HEART's navigator asks EMS and Lincoln about the person known to EMS as E-1, to coordinate care."""
    asker = Asker("heart-system", Agency.HEART, "heart-1", Role.HEART_NAVIGATOR, agreement_active=True, token_id="t-1")  # noqa: S106  # no secret
    query = Query("q-1", asker, ByIdentifier(Agency.EMS, "E-1"), Purpose.COC, items or (EMS, LINCOLN), AT)
    return replace(query, **changes)


def a_clinician(*items: Item, **changes: Any) -> Query:
    """Lincoln's clinician asks for treatment, which needs no consent of EMS or of Lincoln."""
    asker = replace(a_query().asker, partner="lincoln-system", agency=Agency.LINCOLN, role=Role.LINCOLN_CLINICIAN)
    return a_query(*(items or (EMS,)), asker=asker, purpose=Purpose.TREAT, **changes)


def a_stranger(query: Query) -> Query:
    """The same question about somebody nobody knows."""
    return replace(query, subject=ByIdentifier(Agency.EMS, "E-unknown"))


def a_consent(**changes: Any) -> Consent:
    """The person lets EMS and Lincoln tell HEART, to coordinate care, for a year from 1 June 2026."""
    given = Consent(
        id="c-1",
        version=1,
        subject=REF,
        status=Status.ACTIVE,
        policy="https://example.org/consent/1",
        organization=Agency.HEART,
        signed_at=datetime(2026, 6, 1, 16, 0, tzinfo=UTC),
        start=date(2026, 6, 1),
        end=date(2027, 5, 31),
        custodians=frozenset({Agency.EMS, Agency.LINCOLN}),
        recipients=frozenset({Agency.HEART}),
        purposes=frozenset({Purpose.COC}),
        categories=frozenset({Category.EMS_SUMMARY, Category.CLINICAL_SUMMARY}),
        document_sha256="d" * 64,
    )
    return replace(given, **changes)


def revoked(consent: Consent, at: datetime = AT) -> Consent:
    """Its next version, taken back."""
    return replace(consent, version=consent.version + 1, status=Status.REVOKED, revoked_at=at)


def found(custodian: Agency, wanted: Fields, more: Mapping[Category, Mapping[str, Value]] | None = None) -> Answer:
    """A custodian's answer to what was asked, and perhaps more than that."""
    values = {category: {name: f"{custodian}.{name}" for name in names} for category, names in wanted.items()}
    for category, extra in (more or {}).items():
        values[category] = {**values.get(category, {}), **{name: str(value) for name, value in extra.items()}}
    return Answer(custodian, Outcome.FOUND, values, AT)


def released(disclosure: Disclosure) -> dict[str, set[str]]:
    """What left, as field names by `CUSTODIAN/category`."""
    return {f"{item.custodian}/{item.category}": set(item.values) for item in disclosure.items}


def asked(items: Iterable[Item]) -> dict[Agency, dict[Category, frozenset[str]]]:
    """Items as the sources are asked for them."""
    wanted: dict[Agency, dict[Category, frozenset[str]]] = {}
    for item in items:
        wanted.setdefault(item.custodian, {})[item.category] = item.fields
    return wanted
