"""All custodians, asked at once: one deadline, a breaker each, and an answer for every one that was wanted.

A custodian is asked only if it is wanted, has a link for the subject, offers something of what is wanted and its
breaker admits it. What a connector sends back is trimmed again, and counts only if it speaks for the custodian asked.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from policies.vocabulary import Agency
from service.connectors.base import fault_of, found, not_found, unavailable
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
        answers = {custodian: self._unasked(custodian, subject, wanted[custodian]) for custodian in wanted}
        asked = {
            custodian: asyncio.create_task(self._ask(self._connectors[custodian], question))
            for custodian, question in answers.items()
            if isinstance(question, Wanted)
        }
        try:
            if asked:
                await asyncio.wait(asked.values(), timeout=self._seconds)
            return tuple(
                answer if isinstance(answer, Answer) else self._settled(custodian, asked[custodian])
                for custodian, answer in answers.items()
            )
        finally:
            for task in asked.values():
                task.cancel()

    def _unasked(self, custodian: Agency, subject: Subject, wanted: Fields) -> Answer | Wanted:
        """The answer of a custodian that need not or must not be asked, or else what to ask it."""
        connector = self._connectors.get(custodian)
        if connector is None:
            return unavailable(custodian, Fault.REFUSED)
        fields = _both(wanted, connector.offers)
        local_id = subject.links.get(custodian)
        if local_id is None or not fields:
            return not_found(custodian)
        if not self._breakers[custodian].admits():
            return unavailable(custodian, Fault.CIRCUIT_OPEN)
        return Wanted(local_id, fields)

    async def _ask(self, connector: Connector, wanted: Wanted) -> Answer:
        """What the connector answers, checked. The deadline is `fetch`'s, and the connector keeps its own besides."""
        try:
            answer = _checked(connector.custodian, await connector.fetch(wanted, self._seconds), wanted.fields)
        except Exception as error:  # noqa: BLE001  # a connector that raises costs its own answer, never the others'
            answer = unavailable(connector.custodian, fault_of(error))
        return self._noted(answer)

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
