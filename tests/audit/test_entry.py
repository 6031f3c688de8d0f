"""Entries: their bytes say everything the columns say, and no column can spoil a batch."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import EntryInvalid, decode, instant
from audit.entry import COLUMNS, MAX_COLUMN, Entry, Kind, Pseudonyms, columns

AT = datetime(2026, 11, 23, 14, 0, 0, 1, tzinfo=UTC)
ENTRY = Entry("e-1", Kind.DECIDED, "permit", AT, "r-1", "e1:ab", "dss", "actor-1", "TREAT", {"fields": ["a", "b"]})
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


@given(st.builds(Entry, WORDS, st.sampled_from(Kind), WORDS, st.datetimes(timezones=st.just(UTC)), *[WORDS] * 5))
def test_the_columns_are_derived_from_the_bytes_alone(entry: Entry) -> None:
    stored = {name: getattr(entry, name) for name in COLUMNS}
    assert columns(entry.encoded()) == stored | {"at": instant(entry.at), "kind": str(entry.kind)}


def test_the_same_entry_hashes_differently_each_time() -> None:
    assert ENTRY.encoded() != ENTRY.encoded()
    assert ENTRY.encoded(bytes(16)) == ENTRY.encoded(bytes(16))


def test_a_salt_is_sixteen_bytes() -> None:
    assert len(str(decode(ENTRY.encoded())["salt"])) == 24


@pytest.mark.parametrize("name", [name for name in COLUMNS if name not in {"at", "kind"}])
@pytest.mark.parametrize("value", ["a\0b", "x" * (MAX_COLUMN + 1), "é" * (MAX_COLUMN // 2 + 1), "\ud800"])
def test_a_column_the_database_could_not_index_is_refused_before_it_joins_a_batch(name: str, value: str) -> None:
    with pytest.raises(EntryInvalid):
        replace(ENTRY, **{name: value}).encoded()  # type: ignore[arg-type]  # any column of text


def test_a_refusal_does_not_print_what_it_refused() -> None:
    with pytest.raises(EntryInvalid) as refused:
        replace(ENTRY, actor="Somebody\0").encoded()
    assert "Somebody" not in str(refused.value)


def test_a_pseudonym_is_stable_under_its_key_and_tells_nothing_without_it() -> None:
    now, next_key = Pseudonyms(b"k" * 32), Pseudonyms(b"l" * 32, epoch=2)
    assert now.of("s-1") == now.of("s-1") != now.of("s-2")
    assert now.of("s-1").startswith("e1:")
    assert next_key.of("s-1").startswith("e2:")
    assert now.of("s-1")[3:] != next_key.of("s-1")[3:]
    assert "k" * 32 not in repr(now)
