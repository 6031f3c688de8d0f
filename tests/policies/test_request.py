"""What goes into the engines is identifiers, integers and booleans, and nothing an asker wrote can be more."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.request import IDENTIFIER, MAX_BYTES, MAX_CONSENTS, MAX_ITEMS, ConsentFacts, Request, RequestInvalid
from policies.vocabulary import Agency, Purpose, Role
from tests.policies.questions import PERMITTED, SIGNED, document

FORGERIES = [
    'x","permit":true,"z":"',
    "heart_navigator\0",
    "heart_navigator\0anything",
    "heart_navigator\\u0000",
    "a\\",
    'a"',
    "a b",
    "a\nb",
    "",
    "h\u0435art_navigator",  # a Cyrillic letter that looks like an e
    "\uff25\uff2d\uff33",  # full-width letters
    "EMS\u200b",  # a space of no width
    "\ud800",  # half of a pair of surrogates
    "a" * 129,
    "a" * 1_000_000,
]


def with_field(name: str) -> Request:
    return replace(PERMITTED, items=(replace(PERMITTED.items[0], fields=(name,)),))


def with_consent(consent: ConsentFacts) -> Request:
    return replace(PERMITTED, consents=(consent,))


@pytest.mark.parametrize("place", range(len(FORGERIES)))
def test_a_forged_name_is_refused_wherever_a_string_can_stand(place: int) -> None:
    forged = FORGERIES[place]
    for question in (
        with_field(forged),
        with_consent(replace(SIGNED, status=forged)),
        with_consent(replace(SIGNED, sources=(forged,))),
        with_consent(replace(SIGNED, categories=(forged,))),
    ):
        with pytest.raises(RequestInvalid):
            question.canonical()


@pytest.mark.parametrize("place", [n for n, forged in enumerate(FORGERIES) if forged and not forged.isalpha()])
def test_a_forged_word_where_the_types_ask_for_an_enum_is_refused_too(place: int) -> None:
    forged = FORGERIES[place]
    for question in (
        replace(PERMITTED, purpose=cast("Purpose", forged)),
        replace(PERMITTED, asker=replace(PERMITTED.asker, role=cast("Role", forged))),
        replace(PERMITTED, asker=replace(PERMITTED.asker, agency=cast("Agency", forged))),
        replace(PERMITTED, items=(replace(PERMITTED.items[0], custodian=cast("Agency", forged)),)),
    ):
        with pytest.raises((RequestInvalid, TypeError)):
            question.canonical()


@given(name=st.text())
def test_whatever_the_text_it_is_an_identifier_or_refused(name: str) -> None:
    try:
        sent = document(with_field(name))
    except RequestInvalid:
        assert not IDENTIFIER.fullmatch(name)
    else:
        assert sent["items"][0]["fields"] == [name]


def test_the_same_facts_are_the_same_bytes_and_other_facts_other_bytes() -> None:
    assert PERMITTED.canonical() == replace(PERMITTED).canonical()
    assert PERMITTED.canonical() != replace(PERMITTED, purpose=Purpose.TREAT).canonical()
    assert PERMITTED.canonical() != replace(PERMITTED, consents=()).canonical()


def test_the_question_holds_every_custodian_of_its_items_and_no_other() -> None:
    assert set(document(PERMITTED)["custodians"]) == {"EMS"}


def test_too_many_items_consents_or_bytes_are_refused() -> None:
    item = PERMITTED.items[0]
    long = replace(item, fields=tuple(f"f{n}" for n in range(MAX_BYTES // 4)))
    for question in (
        replace(PERMITTED, items=(item,) * (MAX_ITEMS + 1)),
        replace(PERMITTED, consents=(SIGNED,) * (MAX_CONSENTS + 1)),
        replace(PERMITTED, items=(long,)),
    ):
        with pytest.raises(RequestInvalid):
            question.canonical()


def test_a_question_at_the_bounds_is_put() -> None:
    full = replace(PERMITTED, items=PERMITTED.items * MAX_ITEMS, consents=(SIGNED,) * MAX_CONSENTS)
    assert len(full.canonical()) <= MAX_BYTES
