"""All custodians, asked at once: one deadline, a breaker each, and an answer for every one that was wanted.

A custodian is asked only if it is wanted, has a link for the subject, offers something of what is wanted and its
breaker admits it. What a connector sends back is trimmed again, and counts only if it speaks for the custodian asked.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from policies.vocabulary import Agency
from service.connectors.base import found, guarded, not_found, unavailable
from service.connectors.breaker import Breaker
from service.gateway.ports import Answer, Connector, Fault, Fields, Outcome, Wanted
from service.gateway.query import Subject

_DOWN = frozenset({Fault.TIMEOUT, Fault.REFUSED, Fault.SERVER_ERROR})
"""Faults that speak of the custodian, not of one person's record. Only these open a breaker: else asking often about
one person whose record is broken would close the custodian to everybody."""

log = structlog.get_logger()


class Gather:
    """The real `Sources`. Holds connectors it was given; `open` and `close` pass on to them."""

    def __init__(
        self,
        connectors: Sequence[Connector],
        seconds: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connectors = {connector.custodian: connector for connector in connectors}
        if len(self._connectors) != len(connectors):
            raise ValueError("two connectors speak for one custodian")
        self._breakers = {custodian: Breaker(monotonic) for custodian in self._connectors}
        self._seconds = seconds
        self.offers: Mapping[Agency, Fields] = {c.custodian: c.offers for c in connectors}

    async def open(self) -> None:
        """Connect to every custodian."""
        await asyncio.gather(*(connector.open() for connector in self._connectors.values()))

    async def close(self) -> None:
        """Let go of every custodian."""
        await asyncio.gather(*(connector.close() for connector in self._connectors.values()))

    async def fetch(self, subject: Subject, wanted: Mapping[Agency, Fields]) -> Sequence[Answer]:
        """One answer per custodian in `wanted`, in its order, within the deadline. Raises only CancelledError."""
        asked = {
            custodian: asyncio.create_task(self._ask(custodian, subject, wanted[custodian])) for custodian in wanted
        }
        try:
            if asked:
                await asyncio.wait(asked.values(), timeout=self._seconds)
            return tuple(self._settled(custodian, task) for custodian, task in asked.items())
        finally:
            for task in asked.values():
                task.cancel()

    async def _ask(self, custodian: Agency, subject: Subject, wanted: Fields) -> Answer:
        connector = self._connectors.get(custodian)
        if connector is None:
            return unavailable(custodian, Fault.REFUSED)
        fields = _both(wanted, connector.offers)
        local_id = subject.links.get(custodian)
        if local_id is None or not fields:
            return not_found(custodian)
        if not self._breakers[custodian].admits():
            return unavailable(custodian, Fault.CIRCUIT_OPEN)
        return self._noted(await guarded(custodian, self._once(connector, Wanted(local_id, fields)), self._seconds))

    async def _once(self, connector: Connector, wanted: Wanted) -> Answer:
        return _checked(connector.custodian, await connector.fetch(wanted, self._seconds), wanted.fields)

    def _settled(self, custodian: Agency, task: asyncio.Task[Answer]) -> Answer:
        """The task's answer; a timeout for one that would not even stop at its deadline."""
        return task.result() if task.done() else self._noted(unavailable(custodian, Fault.TIMEOUT))

    def _noted(self, answer: Answer) -> Answer:
        breaker = self._breakers[answer.custodian]
        if answer.fault is None:
            breaker.answered()
            return answer
        log.warning("custodian_unavailable", custodian=answer.custodian.value, fault=answer.fault.value)
        if answer.fault in _DOWN:
            breaker.failed()
        return answer


def _both(wanted: Fields, offered: Fields) -> Fields:
    both = {category: names & offered.get(category, frozenset()) for category, names in wanted.items()}
    return {category: names for category, names in both.items() if names}


def _checked(custodian: Agency, answer: Answer, wanted: Fields) -> Answer:
    """The answer, trimmed once more; garbage if it is no answer or speaks for somebody else."""
    if not isinstance(answer, Answer) or answer.custodian is not custodian:
        return unavailable(custodian, Fault.GARBAGE)
    if answer.outcome is Outcome.UNAVAILABLE:
        return unavailable(custodian, answer.fault or Fault.GARBAGE)
    return (
        found(custodian, answer.values, wanted, answer.as_of)
        if answer.outcome is Outcome.FOUND
        else not_found(custodian)
    )
