"""All custodians at once: fakes that behave and fakes that do not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic

import pytest
import structlog

from policies.vocabulary import Agency, Category
from service.connectors.base import unavailable
from service.connectors.gather import Gather
from service.gateway.ports import Answer, Fault, Fields, Outcome, Sighting, Values, Wanted
from service.gateway.query import Subject

PHONE: Fields = {Category.CONTACT: frozenset({"phone"})}
OFFERS: Fields = {Category.CONTACT: frozenset({"phone", "usual_area"})}
KNOWN = Subject("s-1", {agency: f"{agency}-7" for agency in Agency})


@dataclass
class Fake:
    """A custodian that answers as told, and remembers what it was asked."""

    custodian: Agency
    answers: Callable[[Wanted], Awaitable[Answer]] | None = None
    offers: Fields = field(default_factory=lambda: OFFERS)
    asked: list[Wanted] = field(default_factory=list)
    state: str = "new"

    async def open(self) -> None:
        self.state = "open"

    async def close(self) -> None:
        self.state = "closed"

    async def fetch(self, wanted: Wanted, seconds: float) -> Answer:
        self.asked.append(wanted)
        return await self.answers(wanted) if self.answers else tells(self.custodian)

    async def feed(self) -> AsyncIterator[Sighting]:
        return
        yield


def tells(custodian: Agency) -> Answer:
    values: Values = {Category.CONTACT: {"phone": custodian.value, "usual_area": "27701"}}
    return Answer(custodian, Outcome.FOUND, values)


def always(answer: object) -> Callable[[Wanted], Awaitable[Answer]]:
    async def answered(_: Wanted) -> Answer:
        return answer  # type: ignore[return-value]  # a connector that breaks its word is what is tested

    return answered


def raises(error: Exception) -> Callable[[Wanted], Awaitable[Answer]]:
    async def raised(_: Wanted) -> Answer:
        raise error

    return raised


async def hangs(_: Wanted) -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


async def will_not_stop(_: Wanted) -> Answer:
    for _again in range(3):
        try:
            await asyncio.sleep(0.2)
        except asyncio.CancelledError:
            continue
    return tells(Agency.EMS)


def wanted(*custodians: Agency, fields: Fields = PHONE) -> Mapping[Agency, Fields]:
    return dict.fromkeys(custodians, fields)


async def test_answers_come_in_the_order_wanted_and_belong_to_whom_they_name() -> None:
    order = (Agency.LINCOLN, Agency.DSS, Agency.EMS)
    answers = await Gather([Fake(agency) for agency in sorted(order)]).fetch(KNOWN, wanted(*order))
    assert [a.custodian for a in answers] == list(order)
    assert [a.values[Category.CONTACT]["phone"] for a in answers] == [agency.value for agency in order]


async def test_a_custodian_not_wanted_is_not_asked() -> None:
    closed = Fake(Agency.DSS)
    await Gather([Fake(Agency.EMS), closed]).fetch(KNOWN, wanted(Agency.EMS))
    assert closed.asked == []


async def test_only_wanted_fields_are_asked_for_and_the_rest_is_dropped() -> None:
    ems = Fake(Agency.EMS)
    (answer,) = await Gather([ems]).fetch(
        KNOWN, wanted(Agency.EMS, fields={**PHONE, Category.SUD_PART2: frozenset("x")})
    )
    assert ems.asked == [Wanted("EMS-7", PHONE)]
    assert answer.values == {Category.CONTACT: {"phone": "EMS"}}


async def test_a_custodian_without_a_link_is_not_asked_and_not_found() -> None:
    ems = Fake(Agency.EMS)
    (answer,) = await Gather([ems]).fetch(Subject("s-2", {}), wanted(Agency.EMS))
    assert (answer.outcome, ems.asked) == (Outcome.NOT_FOUND, [])


async def test_a_custodian_that_offers_nothing_wanted_is_not_asked() -> None:
    ems = Fake(Agency.EMS, offers={})
    (answer,) = await Gather([ems]).fetch(KNOWN, wanted(Agency.EMS))
    assert (answer.outcome, ems.asked) == (Outcome.NOT_FOUND, [])


async def test_a_custodian_without_a_connector_is_unavailable() -> None:
    (answer,) = await Gather([]).fetch(KNOWN, wanted(Agency.EMS))
    assert answer == unavailable(Agency.EMS, Fault.REFUSED)


async def test_nobody_wanted_is_nobody_asked() -> None:
    assert await Gather([Fake(Agency.EMS)]).fetch(KNOWN, {}) == ()


@pytest.mark.parametrize(
    ("behavior", "fault"),
    [
        (raises(RuntimeError("secret")), Fault.GARBAGE),
        (raises(ConnectionResetError()), Fault.REFUSED),
        (always(None), Fault.GARBAGE),
        (always(tells(Agency.DSS)), Fault.GARBAGE),
        (always(Answer(Agency.EMS, Outcome.FOUND, None)), Fault.GARBAGE),  # type: ignore[arg-type]  # broken on purpose
        (always(Answer(Agency.EMS, Outcome.UNAVAILABLE)), Fault.GARBAGE),
        (hangs, Fault.TIMEOUT),
    ],
)
async def test_one_misbehaving_custodian_leaves_the_others_answers_whole(
    behavior: Callable[[Wanted], Awaitable[Answer]], fault: Fault
) -> None:
    gather = Gather([Fake(Agency.EMS, behavior), Fake(Agency.DSS)], seconds=0.05)
    ems, dss = await gather.fetch(KNOWN, wanted(Agency.EMS, Agency.DSS))
    assert (ems.custodian, ems.outcome, ems.fault, dict(ems.values)) == (Agency.EMS, Outcome.UNAVAILABLE, fault, {})
    assert dss.values == {Category.CONTACT: {"phone": "DSS"}}


async def test_values_beside_a_not_found_are_dropped() -> None:
    liar = Fake(Agency.EMS, always(Answer(Agency.EMS, Outcome.NOT_FOUND, tells(Agency.EMS).values)))
    (answer,) = await Gather([liar]).fetch(KNOWN, wanted(Agency.EMS))
    assert answer == Answer(Agency.EMS, Outcome.NOT_FOUND)


async def test_a_connector_that_will_not_stop_does_not_hold_the_others() -> None:
    begun = monotonic()
    gather = Gather([Fake(Agency.EMS, will_not_stop), Fake(Agency.DSS)], seconds=0.05)
    ems, dss = await gather.fetch(KNOWN, wanted(Agency.EMS, Agency.DSS))
    assert monotonic() - begun < 0.2
    assert (ems.fault, dss.outcome) == (Fault.TIMEOUT, Outcome.FOUND)


async def test_custodians_are_asked_at_once_not_one_after_another() -> None:
    both = asyncio.Barrier(2)

    async def meets(_: Wanted) -> Answer:
        await both.wait()
        return tells(Agency.EMS)

    gather = Gather([Fake(Agency.EMS, meets), Fake(Agency.DSS, meets)], seconds=1)
    ems, _ = await gather.fetch(KNOWN, wanted(Agency.EMS, Agency.DSS))
    assert ems.outcome is Outcome.FOUND


async def test_an_open_circuit_is_told_and_the_custodian_left_alone_until_it_rested() -> None:
    now = [0.0]
    ems = Fake(Agency.EMS, raises(ConnectionRefusedError()))
    gather = Gather([ems], monotonic=lambda: now[0])
    faults = [(await gather.fetch(KNOWN, wanted(Agency.EMS)))[0].fault for _ in range(7)]
    assert faults == [Fault.REFUSED] * 5 + [Fault.CIRCUIT_OPEN] * 2
    assert len(ems.asked) == 5
    now[0], ems.answers = 60.0, None
    assert (await gather.fetch(KNOWN, wanted(Agency.EMS)))[0].outcome is Outcome.FOUND


@pytest.mark.parametrize("about_the_person", [Fault.WRONG_PERSON, Fault.TOO_LARGE, Fault.GARBAGE])
async def test_one_persons_broken_record_does_not_close_a_custodian_to_everybody(about_the_person: Fault) -> None:
    gather = Gather([Fake(Agency.EMS, always(unavailable(Agency.EMS, about_the_person)))])
    faults = {(await gather.fetch(KNOWN, wanted(Agency.EMS)))[0].fault for _ in range(9)}
    assert faults == {about_the_person}


async def test_a_fault_is_logged_by_code_and_nothing_else() -> None:
    with structlog.testing.capture_logs() as events:
        await Gather([Fake(Agency.EMS, raises(RuntimeError("secret")))]).fetch(KNOWN, wanted(Agency.EMS))
    expected = {"event": "custodian_unavailable", "custodian": "EMS", "fault": "garbage", "log_level": "warning"}
    assert events == [expected]


async def test_two_connectors_for_one_custodian_are_refused() -> None:
    with pytest.raises(ValueError, match="two connectors"):
        Gather([Fake(Agency.EMS), Fake(Agency.EMS)])


async def test_opening_and_closing_reach_every_connector() -> None:
    fakes = [Fake(Agency.EMS), Fake(Agency.DSS)]
    gather = Gather(fakes)
    await gather.open()
    assert [fake.state for fake in fakes] == ["open", "open"]
    await gather.close()
    assert [fake.state for fake in fakes] == ["closed", "closed"]


async def test_cancelling_the_query_cancels_every_question() -> None:
    cancelled = asyncio.Event()

    async def notices(_: Wanted) -> Answer:
        try:
            return await hangs(_)
        finally:
            cancelled.set()

    task = asyncio.create_task(Gather([Fake(Agency.EMS, notices)]).fetch(KNOWN, wanted(Agency.EMS)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(cancelled.wait(), 1)
