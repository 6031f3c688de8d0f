"""One query, read top to bottom.

Who is it about, what may leave, log the intent, ask the custodians, trim, log the outcome, answer. Whatever goes
wrong ends in a refusal and an entry; nothing leaves before its entry is durable.
"""

from dataclasses import dataclass

from audit.refusals import Duplicate, GuardRefused, LedgerDown
from policies.decision import PolicyError
from policies.engines import PolicyEngine
from service.gateway import events
from service.gateway.decide import Decided, decide
from service.gateway.ports import Clock, Facts, Ledger, Sources, Subjects
from service.gateway.query import Query, Subject
from service.gateway.release import Disclosure, release
from service.problems import AccessDenied, LedgerUnavailable, PolicyUnavailable, Problem, StoreUnavailable

ATTEMPTS = 3
"""How often a query is decided again because consent changed while it was under way."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a query needs. Built once, in `service/main.py`."""

    subjects: Subjects
    facts: Facts
    engine: PolicyEngine
    sources: Sources
    ledger: Ledger
    scribe: events.Scribe
    clock: Clock


async def answer(query: Query, gateway: Gateway) -> Disclosure:
    """Answer a query with the minimum necessary, or raise why not (a Problem). Every outcome is in the log."""
    subject: Subject | None = None
    try:
        subject = await gateway.subjects.resolve(query)
        return await _settled(query, subject, gateway)
    except AccessDenied:
        raise  # its entry stands already
    except PolicyError as error:
        raise await _failed(query, subject, PolicyUnavailable(), gateway) from error
    except Problem as problem:
        raise await _failed(query, subject, problem, gateway) from problem
    except (LedgerDown, Duplicate) as error:
        raise LedgerUnavailable from error
    except Exception as error:  # whatever else: refuse, and leave an entry rather than a stack
        raise await _failed(query, subject, Problem(), gateway) from error


async def _settled(query: Query, subject: Subject | None, gateway: Gateway) -> Disclosure:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _attempt(query, subject, gateway, attempt)
        except GuardRefused:
            continue  # consent changed while we asked: decide again, on what it says now
    raise StoreUnavailable


async def _attempt(query: Query, subject: Subject | None, gateway: Gateway, attempt: int) -> Disclosure:
    on_file = await gateway.facts.read(query, subject)
    decided = await decide(query, subject, on_file, gateway.engine, gateway.clock())
    await gateway.ledger.append(events.decided(query, subject, decided, gateway.scribe, attempt))
    if subject is None or not decided.permitted:
        raise AccessDenied(reasons=decided.told)
    return await _disclose(query, subject, decided, gateway, attempt)


async def _disclose(query: Query, subject: Subject, decided: Decided, gateway: Gateway, attempt: int) -> Disclosure:
    answers = await gateway.sources.fetch(subject, decided.wanted)  # only permitted custodians, only permitted fields
    disclosure = release(query, decided, answers, gateway.clock())  # trim again: a custodian may overshare
    entry = events.released(query, subject, disclosure, answers, scribe=gateway.scribe, attempt=attempt)
    receipt = await gateway.ledger.append(entry, decided.token)  # refused if consent moved since it was read
    if disclosure.empty:
        raise AccessDenied(reasons=decided.told)  # no record there looks like no consent (42 CFR 2.13(c))
    return disclosure.receipted(receipt)


async def _failed(query: Query, subject: Subject | None, problem: Problem, gateway: Gateway) -> Problem:
    """Log the failure, then hand back what to raise: the problem, or that not even it could be logged."""
    try:
        await gateway.ledger.append(events.failed(query, subject, problem.slug, gateway.scribe))
    except Exception:  # noqa: BLE001  # whatever kept the entry out of the log: that is what to tell
        return LedgerUnavailable()
    return problem
