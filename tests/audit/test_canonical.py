"""The hashed bytes: one form for each document, and nothing that another reader could read otherwise."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, EntryInvalid, decode, encode, instant

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXT, VALUES, max_size=5)


@given(DOCUMENTS)
def test_a_document_comes_back_from_its_bytes(document: dict[str, Any]) -> None:
    assert decode(encode(document)) == document


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_writing_does_not_show(document: dict[str, Any], chance: Any) -> None:
    names = list(document)
    chance.shuffle(names)
    assert encode({name: document[name] for name in names}) == encode(document)


@given(DOCUMENTS.filter(bool))
def test_any_other_spelling_of_a_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(EntryInvalid):
        decode(json.dumps(document, sort_keys=True).encode())  # with spaces


@pytest.mark.parametrize(
    "value", [1.0, 0.5, float("nan"), float("inf"), 2**53, -(2**53), 10**400, b"x", (1,), {1: 2}, {1}]
)
def test_what_readers_disagree_on_cannot_be_logged(value: Any) -> None:
    for document in ({"a": value}, {"a": [value]}, {"a": {"b": value}}):
        with pytest.raises(EntryInvalid):
            encode(document)


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\udc00\ud800"])
def test_half_a_character_cannot_be_logged(text: str) -> None:
    for document in ({"a": text}, {text: "a"}):
        with pytest.raises(EntryInvalid):
            encode(document)


NUMBERS = (b"1.0", b"1e2", b"NaN", b"Infinity", b"-0", b"01", b"9007199254740992", b"9" * 5000)
STRINGS = (rb"\u0041", rb"\/", rb"\ud800", b"\xff", b"\xed\xa0\x80", b"\x01")
DEEP = (b"[" * 60_000, b'{"a":' * 9_000, b'{"a":' + b"[" * 500 + b"]" * 500 + b"}")
OTHERS = (
    *(b"", b"{", b"[]", b"1", b"null", b'"a"', b'{"a":1} ', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}'),
    *(b'\xef\xbb\xbf{"a":1}', '{"a":1}'.encode("utf-16")),
)


@pytest.mark.parametrize(
    "encoded",
    [*OTHERS, *DEEP, *(b'{"a":' + n + b"}" for n in NUMBERS), *(b'{"a":"' + s + b'"}' for s in STRINGS)],
    ids=range(29),
)
def test_bytes_that_we_would_not_have_written_are_refused(encoded: bytes) -> None:
    with pytest.raises(EntryInvalid):
        decode(encoded)


def test_an_entry_is_as_large_as_a_bundle_can_hold_and_no_larger() -> None:
    frame = len(encode({"a": ""}))
    assert len(encode({"a": "x" * (MAX_BYTES - frame)})) == MAX_BYTES == 0xFFFF
    with pytest.raises(EntryInvalid):
        encode({"a": "x" * (MAX_BYTES - frame + 1)})
    with pytest.raises(EntryInvalid):
        encode({"a": "é" * (MAX_BYTES // 2)})  # bytes count, not characters


def nested(depth: int) -> Any:
    value: Any = "end"
    for _ in range(depth):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize("depth", [MAX_DEPTH, 500, 100_000])
def test_an_entry_is_no_deeper_than_any_reader_can_follow(depth: int) -> None:
    assert decode(encode(nested(MAX_DEPTH - 1))) == nested(MAX_DEPTH - 1)
    with pytest.raises(EntryInvalid):
        encode(nested(depth))


def test_a_time_is_written_in_utc_with_microseconds() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert instant(datetime(2026, 11, 23, 19, 30, tzinfo=east)) == "2026-11-23T14:00:00.000000Z"
    assert instant(datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)) == "0001-02-03T04:05:06.000007Z"


def test_a_time_without_a_zone_cannot_be_logged() -> None:
    with pytest.raises(EntryInvalid):
        instant(datetime(2026, 11, 23))  # noqa: DTZ001  # the point of the test
