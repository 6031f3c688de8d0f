"""The elements of 42 CFR 2.31(a) are computed from the record, and without any one of them Part 2 stays closed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import part2
from consent.model import Consent
from consent.part2 import Element
from consent.words import Channel, EndEvent, Statement
from policies.vocabulary import Agency, Category, Purpose
from tests.consent.consents import AT, COMPLETE, a_consent, consents, means

WHOLE = a_consent(**COMPLETE, recipients=frozenset({Agency.HEART, Agency.LINCOLN}))

BREAKS: dict[Element, Callable[[Consent], Consent]] = {
    Element.PATIENT: lambda c: replace(c, subject=""),
    Element.DISCLOSERS: lambda c: replace(c, custodians=frozenset()),
    Element.INFORMATION: lambda c: replace(c, categories=frozenset()),
    Element.RECIPIENTS: lambda c: replace(c, recipients=frozenset()),
    Element.TPO_REDISCLOSURE: lambda c: unsaid(c, Statement.PART2_TPO_REDISCLOSURE),
    Element.PURPOSE: lambda c: replace(c, purposes=frozenset()),
    Element.REVOCATION: lambda c: unsaid(c, Statement.REVOCATION_HOW),
    Element.EXPIRY: lambda c: replace(c, end=None),
    Element.SIGNATURE: lambda c: replace(c, channel=Channel.UNSTATED),
    Element.REDISCLOSURE: lambda c: unsaid(c, Statement.REDISCLOSURE_NONHIPAA),
    Element.REFUSAL: lambda c: unsaid(c, Statement.PART2_REFUSAL_CONSEQUENCES),
}


def unsaid(consent: Consent, statement: Statement) -> Consent:
    return replace(consent, statements=consent.statements - {statement})


def opens_part2(consent: Consent) -> bool:
    """Do the facts for the rules say that the elements stand?"""
    return any(made.part2_elements for made in means(consent, at=AT).consents)


def test_a_consent_with_every_element_is_complete() -> None:
    assert (part2.missing(WHOLE), opens_part2(WHOLE)) == ((), True)


def test_every_element_that_a_record_can_lack_is_tried_here() -> None:
    assert BREAKS.keys() == set(Element) - {Element.DATE}


@pytest.mark.parametrize("element", BREAKS)
def test_without_one_element_part_2_is_closed_and_the_element_is_named(element: Element) -> None:
    broken = BREAKS[element](WHOLE)
    assert element in part2.missing(broken)
    assert not opens_part2(broken)


@given(consents, st.sampled_from(sorted(BREAKS)))
def test_taking_an_element_away_never_completes_a_consent(consent: Consent, element: Element) -> None:
    assert not part2.complete(BREAKS[element](consent)) or part2.complete(consent)


@pytest.mark.parametrize(
    "change",
    [
        {"statements": COMPLETE["statements"] - {Statement.RELIANCE}},
        {"statements": COMPLETE["statements"] - {Statement.REDISCLOSURE_HIPAA}},
        {"document_sha256": ""},
        {"channel": Channel.WITNESSED_MARK},
        {"channel": Channel.WITNESSED_MARK, "witness": ""},
    ],
)
def test_other_ways_to_lack_one(change: dict[str, object]) -> None:
    assert not part2.complete(replace(WHOLE, **change))  # type: ignore[arg-type]  # fields of a consent


@pytest.mark.parametrize(
    "change",
    [
        {"channel": Channel.PAPER},
        {"channel": Channel.WITNESSED_MARK, "witness": "w-1"},
        {"end": None, "end_event": EndEvent.NONE},
        {"recipients": frozenset({Agency.HEART}), "statements": WHOLE.statements - {Statement.REDISCLOSURE_HIPAA}},
        {"recipients": frozenset({Agency.HEART}), "statements": WHOLE.statements - {Statement.PART2_TPO_REDISCLOSURE}},
        {"recipients": frozenset({Agency.LINCOLN}), "statements": WHOLE.statements - {Statement.REDISCLOSURE_NONHIPAA}},
        {"purposes": frozenset({Purpose.ELIGDTRM}), "statements": frozenset({"revocation_how", "reliance"})},
    ],
)
def test_what_the_regulation_does_not_ask_is_not_asked(change: dict[str, object]) -> None:
    assert part2.complete(replace(WHOLE, **change))  # type: ignore[arg-type]  # fields of a consent


def test_information_that_is_not_initialled_is_no_description() -> None:
    sud = replace(WHOLE, categories=frozenset({Category.SUD_PART2}), initialled=frozenset())
    assert part2.missing(sud) == (Element.INFORMATION,)


def test_the_covered_entities_are_those_of_the_policy_officers_table() -> None:
    assert part2.covered_entities() == {Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS}
