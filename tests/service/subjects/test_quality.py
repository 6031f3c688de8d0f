"""Precision and recall, counted by hand on a case small enough to see."""

from service.subjects.quality import Quality, quality

A, B, C, D = (("DSS", "1"), ("EMS", "1"), ("DSS", "2"), ("EMS", "2"))


def test_all_right() -> None:
    found = quality({A: 1, B: 1, C: 2, D: 2}, {A: "x", B: "x", C: "y", D: "y"})
    assert (found.precision, found.recall) == (1.0, 1.0)


def test_a_wrong_link_costs_precision_and_a_missing_one_recall() -> None:
    assert quality({A: 1, B: 1, C: 2, D: 2}, {A: "x", B: "x", C: "x", D: "y"}) == Quality(made=3, true=2, right=1)


def test_an_identifier_the_index_lacks_costs_recall() -> None:
    assert quality({A: 1, B: 1}, {A: "x"}).recall == 0.0


def test_one_the_truth_lacks_is_left_out() -> None:
    assert quality({A: 1}, {A: "x", B: "x"}) == Quality(made=0, true=0, right=0)
