"""Where a sighting belongs: with the one person it can be, else with a new one, and doubt goes to a human."""

from policies.vocabulary import Agency
from service.gateway.ports import Sighting
from service.subjects.model import of_sighting
from service.subjects.placement import Cause, Linked, Placement, place
from tests.service.subjects.people_alike import somebody


def placed(seen: Sighting, *persons: tuple[Sighting, ...]) -> Placement:
    """Place `seen`, at EMS, among persons s-0, s-1, ..."""
    links = {
        f"s-{n}": [Linked(str(line.custodian), line.local_id, of_sighting(line)) for line in lines]
        for n, lines in enumerate(persons)
    }
    return place(Agency.EMS, of_sighting(seen), links)


def causes(placement: Placement) -> list[tuple[str, Cause]]:
    return [(question.ref, question.cause) for question in placement.questions]


def test_the_one_person_it_can_be_gets_the_link() -> None:
    assert placed(somebody(given="Kiesha"), (somebody(),)) == Placement("s-0")


def test_nobody_like_it_makes_a_new_person() -> None:
    assert placed(somebody(), ()) == Placement(None)


def test_a_twin_is_a_new_person_and_no_question() -> None:
    assert placed(somebody(given="Denise"), (somebody(),)) == Placement(None)


def test_between_twins_the_one_of_that_name_gets_the_link() -> None:
    assert placed(somebody(), (somebody(given="Keisa"),), (somebody(),)).ref == "s-1"


def test_two_equals_are_ambiguous_and_neither_gets_the_link() -> None:
    found = placed(somebody(), (somebody(),), (somebody(),))
    assert found.ref is None
    assert causes(found) == [("s-0", Cause.AMBIGUOUS), ("s-1", Cause.AMBIGUOUS)]


def test_a_likeness_below_the_threshold_is_asked_and_not_linked() -> None:
    found = placed(somebody(birth_date=None), (somebody(),))
    assert (found.ref, causes(found)) == (None, [("s-0", Cause.SIMILAR)])


def test_one_custodian_knows_a_person_once() -> None:
    found = placed(somebody(), (somebody(custodian=Agency.EMS, local_id="E-1"),))
    assert (found.ref, causes(found)) == (None, [("s-0", Cause.DUPLICATE)])


def test_a_medicaid_number_that_differs_at_any_custodian_keeps_them_apart() -> None:
    mine, theirs = somebody(medicaid_id="900000001K"), somebody(custodian=Agency.LINCOLN)
    assert placed(somebody(medicaid_id="911111112M"), (mine, theirs)).ref is None
