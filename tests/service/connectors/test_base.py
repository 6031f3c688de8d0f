"""The one way to ask, to fail and to trim."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from policies.vocabulary import Agency, Category
from service.connectors.base import LIMIT, Unanswered, ask, fault_of, found, guarded, only
from service.connectors.http import Disconnected, Http, Malformed, TooLarge
from service.gateway.ports import Answer, Fault, Outcome, Value
from tests.service.connectors import hostile

HERE = "http://x/y"
Told = Mapping[Category, Mapping[str, Value | None]]


async def never() -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


async def raising(error: Exception) -> Answer:
    raise error


def test_only_wanted_fields_with_a_value_are_kept() -> None:
    told: Told = {
        Category.CONTACT: {"phone": "1", "usual_area": "", "last_seen_date": None},
        Category.EMS_OVERDOSE: {"naloxone_given": False, "overdose_count_365d": 0},
        Category.EMS_SUMMARY: {"last_disposition": "x"},
    }
    wanted = {
        Category.CONTACT: frozenset({"usual_area", "last_seen_date"}),
        Category.EMS_OVERDOSE: frozenset({"naloxone_given", "overdose_count_365d"}),
    }
    assert only(told, wanted) == {Category.EMS_OVERDOSE: {"naloxone_given": False, "overdose_count_365d": 0}}


def test_an_answer_does_not_print_its_values() -> None:
    answer = found(Agency.EMS, {Category.CONTACT: {"phone": "secret"}}, {Category.CONTACT: frozenset({"phone"})}, None)
    assert answer.values
    assert "secret" not in repr(answer)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TimeoutError(), Fault.TIMEOUT),
        (ConnectionRefusedError(), Fault.REFUSED),
        (Disconnected(), Fault.REFUSED),
        (TooLarge(200), Fault.TOO_LARGE),
        (Malformed(), Fault.GARBAGE),
        (FileNotFoundError(), Fault.REFUSED),
        (Unanswered(Fault.WRONG_PERSON), Fault.WRONG_PERSON),
        (KeyError("secret"), Fault.GARBAGE),
        (RecursionError(), Fault.GARBAGE),
    ],
)
async def test_whatever_goes_wrong_becomes_one_of_few_faults(error: Exception, fault: Fault) -> None:
    assert fault_of(error) is fault
    answer = await guarded(Agency.EMS, raising(error), 1)
    assert (answer.outcome, answer.fault, dict(answer.values)) == (Outcome.UNAVAILABLE, fault, {})


async def test_the_deadline_is_kept() -> None:
    assert (await guarded(Agency.EMS, never(), 0.01)).fault is Fault.TIMEOUT


async def test_cancellation_passes_through() -> None:
    task = asyncio.create_task(guarded(Agency.EMS, never(), 9))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_404_is_nobody(http: Http) -> None:
    async with hostile.serving(hostile.says(b"404 Gone", b"text/plain", b"no"), HERE) as url:
        assert await ask(http, url, "text/plain") is None


@pytest.mark.parametrize(("size", "fault"), [(LIMIT, None), (LIMIT + 1, Fault.TOO_LARGE)])
async def test_the_limit_is_a_megabyte_to_the_byte(http: Http, size: int, fault: Fault | None) -> None:
    said = None
    async with hostile.serving(hostile.says(b"200 OK", b"text/plain", b"x" * size), HERE) as url:
        try:
            reply = await ask(http, url, "text/plain")
            assert reply
            assert len(reply.content) == size
        except Unanswered as unanswered:
            said = unanswered.fault
    assert said is fault


@pytest.mark.parametrize("status", [b"200 OK", b"204 None", b"206 Part"])
async def test_a_good_body_of_another_type_or_status_is_garbage(http: Http, status: bytes) -> None:
    media = b"text/html" if status == b"200 OK" else b"text/plain"
    async with hostile.serving(hostile.says(status, media, b"" if b"204" in status else b"good"), HERE) as url:
        with pytest.raises(Unanswered) as raised:
            await ask(http, url, "text/plain")
    assert raised.value.fault is Fault.GARBAGE


async def test_a_compressed_body_is_neither_unpacked_nor_taken_as_it_is(http: Http) -> None:
    packed = hostile.says(b"200 OK", b"text/plain\r\nContent-Encoding: gzip", b"\x1f\x8b\x08not really")
    async with hostile.serving(packed, HERE) as url:
        with pytest.raises(Malformed) as raised:
            await ask(http, url, "text/plain")
    assert fault_of(raised.value) is Fault.GARBAGE


@pytest.mark.parametrize(
    ("header", "modified"),
    [(b"Mon, 23 Nov 2026 12:00:00 GMT", datetime(2026, 11, 23, 12, tzinfo=UTC)), (b"yesterday", None)],
)
async def test_when_the_data_was_true_comes_from_the_custodian(
    http: Http, header: bytes, modified: datetime | None
) -> None:
    dated = hostile.says(b"200 OK", b"text/plain\r\nLast-Modified: " + header, b"x")
    async with hostile.serving(dated, HERE) as url:
        reply = await ask(http, url, "text/plain")
    assert reply
    assert reply.modified == modified
