"""The promises every connector keeps, run over every connector there is, against its real running system."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest
import structlog

from policies.vocabulary import Agency, Category
from service.connectors import registry
from service.connectors.http import Http
from service.gateway.ports import Answer, Connector, Fault, Fields, Outcome, Sighting, Wanted
from tests.service.connectors import hostile
from tests.service.connectors.stages import Stage, clock

FOUND_THERE = tuple(registry.modules())
OVER_HTTP = tuple(custodian for custodian in FOUND_THERE if custodian in (Agency.LINCOLN, Agency.EMS))
DEADLINE = 0.4

StageOf = Callable[[Agency], Stage]


@pytest.fixture(params=FOUND_THERE)
def stage(request: pytest.FixtureRequest, stage_of: StageOf) -> Stage:
    return stage_of(request.param)


@pytest.fixture(params=OVER_HTTP)
def web(request: pytest.FixtureRequest, stage_of: StageOf) -> Stage:
    return stage_of(request.param)


@asynccontextmanager
async def connected(custodian: Agency, url: str) -> AsyncIterator[Connector]:
    async with Http() as http:
        (connector,) = registry.connectors({custodian: url}, http, clock)
        await connector.open()
        yield connector
        await connector.close()


@pytest.fixture
async def connector(stage: Stage) -> AsyncIterator[Connector]:
    async with connected(stage.custodian, stage.url) as opened:
        [_ async for _ in opened.feed()]  # a connector that indexes is ready now
        yield opened


async def ask(connector: Connector, local_id: str, fields: Fields | None = None, seconds: float = 5) -> Answer:
    return await connector.fetch(Wanted(local_id, connector.offers if fields is None else fields), seconds)


async def fault(custodian: Agency, url: str, local_id: str) -> Fault | None:
    """What a connector makes of a misbehaving system, once it is sure that it kept the deadline and gave nothing."""
    async with connected(custodian, url) as connector:
        begun = monotonic()
        answer = await ask(connector, local_id, seconds=DEADLINE)
        assert monotonic() - begun < DEADLINE + 0.6
    assert (answer.custodian, answer.outcome, dict(answer.values)) == (custodian, Outcome.UNAVAILABLE, {})
    return answer.fault


def names(fields: Fields) -> set[tuple[Category, str]]:
    return {(category, name) for category, held in fields.items() for name in held}


async def test_a_known_person_is_found_in_offered_fields_only(stage: Stage, connector: Connector) -> None:
    answer = await ask(connector, stage.known)
    told = {(category, name) for category, held in answer.values.items() for name in held}
    assert (answer.custodian, answer.outcome, answer.fault) == (stage.custodian, Outcome.FOUND, None)
    assert (Category.IDENTITY_CORE, "legal_name") in told
    assert told <= names(connector.offers)
    assert all(
        isinstance(v, str | int | bool | tuple) and v not in ("", ())
        for h in answer.values.values()
        for v in h.values()
    )


async def test_each_field_alone_brings_that_field_and_no_other(stage: Stage, connector: Connector) -> None:
    whole = (await ask(connector, stage.known)).values
    for category, name in names(connector.offers):
        alone = (await ask(connector, stage.known, {category: frozenset({name})})).values
        expected = {category: {name: whole[category][name]}} if name in whole.get(category, {}) else {}
        assert alone == expected, f"{category}/{name}"


async def test_what_is_not_offered_is_not_answered(stage: Stage, connector: Connector) -> None:
    wanted = {Category.IDENTITY_SSN: frozenset({"ssn"}), Category.IDENTITY_CORE: frozenset({"race", "ssn", "*"})}
    answer = await ask(connector, stage.known, wanted)
    assert dict(answer.values) == {}


async def test_nothing_wanted_is_nothing_told(stage: Stage, connector: Connector) -> None:
    assert dict((await ask(connector, stage.known, {})).values) == {}


@pytest.mark.parametrize("nobody", ["nobody", "", "' OR 1=1 --", "a|b,c&x=1", "../../etc/passwd", "*", "é\n\x00"])
async def test_an_unknown_person_is_not_found_however_oddly_named(connector: Connector, nobody: str) -> None:
    answer = await ask(connector, nobody)
    assert answer.outcome in (Outcome.NOT_FOUND, Outcome.UNAVAILABLE)
    assert dict(answer.values) == {}


async def test_people_asked_for_at_once_do_not_get_each_others_records(stage: Stage, connector: Connector) -> None:
    alone = [await ask(connector, local_id) for local_id in (stage.known, stage.other)]
    together = await asyncio.gather(*(ask(connector, local_id) for local_id in (stage.known, stage.other) * 8))
    assert alone[0].values != alone[1].values
    assert [answer.values for answer in together] == [answer.values for answer in alone] * 8


async def test_the_feed_spells_everybody_once_and_knows_no_social_security_number(
    stage: Stage, connector: Connector
) -> None:
    fed = [sighting async for sighting in connector.feed()]
    assert len({sighting.local_id for sighting in fed}) == len(fed) > 30
    assert {stage.known, stage.other} <= {sighting.local_id for sighting in fed}
    assert all(isinstance(seen, Sighting) and seen.custodian is stage.custodian and not seen.ssn4 for seen in fed)


async def test_nothing_about_the_person_is_ever_logged(
    stage: Stage, connector: Connector, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        await ask(connector, stage.known)
        await fault(stage.custodian, _nowhere(stage), stage.known)
    written = f"{events} {caplog.text} {capfd.readouterr()}"
    assert not [secret for secret in stage.secrets if secret in written]


async def test_a_system_that_is_not_there_is_unavailable(stage: Stage) -> None:
    assert await fault(stage.custodian, _nowhere(stage), stage.known) in (Fault.REFUSED, Fault.TIMEOUT)


async def test_a_system_that_hangs_costs_the_deadline_and_no_more(stage: Stage) -> None:
    like = {Agency.DSS: "postgresql://gateway_reader@x/dss", Agency.ALLIANCE: "http://x/alliance"}.get(
        stage.custodian, stage.url
    )
    async with hostile.serving(hostile.hang, like) as url:
        said = await fault(stage.custodian, url, stage.known)
    # A pool that got no connection in time cannot tell a slow server from a refusing one.
    assert said in ((Fault.TIMEOUT, Fault.REFUSED) if stage.custodian is Agency.DSS else (Fault.TIMEOUT,))


async def test_cancelling_is_not_swallowed(stage: Stage, connector: Connector) -> None:
    task = asyncio.create_task(ask(connector, stage.known))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def _nowhere(stage: Stage) -> str:
    """The address of a system that is down."""
    if stage.url.startswith("http"):
        return "http://127.0.0.1:1/pcr"
    return "/nonexistent/place" if stage.custodian is Agency.ALLIANCE else "postgresql://nobody@/dss?host=/nonexistent"


MEDIA = {Agency.EMS: b"application/xml", Agency.LINCOLN: b"application/fhir+json"}
STATUSES = [
    (b"500 Oops", Fault.SERVER_ERROR),
    (b"503 Busy", Fault.SERVER_ERROR),
    (b"401 Who", Fault.REFUSED),
    (b"403 No", Fault.REFUSED),
]
GARBAGE = [
    b"",
    b"<",
    b"{}",
    b"[]",
    b"null",
    b"<html>sorry</html>",
    b'{"resourceType":"Bundle","type":"batch-response"}',
    b"\xff" * 99,
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
async def test_a_refusing_or_failing_server_gives_nothing(web: Stage, status: bytes, expected: Fault) -> None:
    async with hostile.serving(hostile.says(status, MEDIA[web.custodian], b"secret"), web.url) as url:
        assert await fault(web.custodian, url, web.known) is expected


@pytest.mark.parametrize("body", GARBAGE)
async def test_garbage_is_named_garbage(web: Stage, body: bytes) -> None:
    async with hostile.serving(hostile.says(b"200 OK", MEDIA[web.custodian], body), web.url) as url:
        assert await fault(web.custodian, url, web.known) is Fault.GARBAGE


async def test_an_answer_that_lies_about_its_type_is_garbage(web: Stage) -> None:
    async with hostile.serving(hostile.says(b"200 OK", b"text/html", b"{}"), web.url) as url:
        assert await fault(web.custodian, url, web.known) is Fault.GARBAGE


async def test_more_than_a_megabyte_is_not_read(web: Stage) -> None:
    async with hostile.serving(hostile.floods(MEDIA[web.custodian]), web.url) as url:
        assert await fault(web.custodian, url, web.known) is Fault.TOO_LARGE


async def test_a_slow_drip_costs_the_deadline_and_no_more(web: Stage) -> None:
    async with hostile.serving(hostile.drips(MEDIA[web.custodian]), web.url) as url:
        assert await fault(web.custodian, url, web.known) is Fault.TIMEOUT


async def test_a_connection_lost_half_way_gives_nothing(web: Stage) -> None:
    async with hostile.serving(hostile.hangs_up(MEDIA[web.custodian]), web.url) as url:
        assert await fault(web.custodian, url, web.known) in (Fault.REFUSED, Fault.GARBAGE)


async def test_a_redirect_is_not_followed(web: Stage) -> None:
    async with hostile.serving(hostile.redirects(web.url), web.url) as url:
        assert await fault(web.custodian, url, web.known) is Fault.GARBAGE


async def test_another_persons_record_is_refused_whole(web: Stage) -> None:
    async with hostile.serving(hostile.swaps(web.url, web.known, web.other), web.url) as url:
        assert await fault(web.custodian, url, web.known) is Fault.WRONG_PERSON
