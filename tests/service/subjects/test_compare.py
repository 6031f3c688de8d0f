"""How alike names, dates and numbers are, in the words that the score weighs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.subjects import compare
from service.subjects.compare import Likeness

words = st.text("abcdeiklmnorstyz", min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        (("jose",), ("jose",), Likeness.SAME),
        (("bobby",), ("robert",), Likeness.KNOWN_AS),
        (("pat",), ("patrick",), Likeness.KNOWN_AS),
        (("marie", "claire"), ("marie",), Likeness.PART),
        (("marie", "claire"), ("marieclaire",), Likeness.SAME),
        (("ji", "woo"), ("ji", "ho"), Likeness.DIFFERENT),
        (("keisha",), ("kiesha",), Likeness.SLIP),
        (("katherine",), ("catherine",), Likeness.KNOWN_AS),
        (("bryan",), ("brian",), Likeness.SLIP),
        (("maria",), ("marie",), Likeness.CLOSE),
        (("j",), ("james",), Likeness.INITIAL),
        (("james",), ("john",), Likeness.DIFFERENT),
        ((), ("james",), Likeness.UNKNOWN),
    ],
)
def test_given_names(one: tuple[str, ...], other: tuple[str, ...], likeness: Likeness) -> None:
    assert compare.given(one, other) is likeness


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        (("garcia", "lopez"), ("garcia", "lopez"), Likeness.SAME),
        (("garcia", "lopez"), ("lopez", "garcia"), Likeness.SAME),
        (("garcia", "lopez"), ("garcia",), Likeness.PART),
        (("garcia", "lopez"), ("lopes",), Likeness.PART),
        (("garcia", "lopez"), ("garcia", "perez"), Likeness.DIFFERENT),
        (("satterfield",), ("saterfield",), Likeness.SLIP),
        (("s",), ("smith",), Likeness.DIFFERENT),
        (("johnson",), ("jones",), Likeness.DIFFERENT),
        (("roy",), ("leroy",), Likeness.DIFFERENT),
    ],
)
def test_family_names(one: tuple[str, ...], other: tuple[str, ...], likeness: Likeness) -> None:
    assert compare.family(one, other) is likeness


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        (date(1984, 5, 7), Likeness.SAME),
        (date(1984, 7, 5), Likeness.SLIP),
        (date(1984, 5, 17), Likeness.SLIP),
        (date(1985, 5, 7), Likeness.SLIP),
        (date(1948, 5, 7), Likeness.SLIP),
        (date(1984, 6, 8), Likeness.DIFFERENT),
        (date(1962, 5, 7), Likeness.DIFFERENT),
        (None, Likeness.UNKNOWN),
    ],
)
def test_birth_dates(other: date | None, likeness: Likeness) -> None:
    assert compare.born(date(1984, 5, 7), other) is likeness


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        (("12", "hawthorn", "27701"), Likeness.SAME),
        (("12", "hawthorn", ""), Likeness.SAME),
        (("12", "hawthron", "27701"), Likeness.CLOSE),
        (("14", "hawthorn", "27701"), Likeness.PART),
        (("12", "hawthorn", "27703"), Likeness.DIFFERENT),
        (("12", "elm", "27701"), Likeness.DIFFERENT),
        (("", "", "27701"), Likeness.UNKNOWN),
    ],
)
def test_addresses(other: tuple[str, str, str], likeness: Likeness) -> None:
    assert compare.street(("12", "hawthorn", "27701"), other) is likeness


@given(words, words)
def test_words_compare_the_same_either_way(one: str, other: str) -> None:
    assert compare.word(one, other) is compare.word(other, one)


@given(st.text(), st.text())
def test_any_text_compares(one: str, other: str) -> None:
    assert isinstance(compare.digits(one, other), Likeness)
