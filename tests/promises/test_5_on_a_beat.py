"""Promise 5, of time: a refusal leaves on a beat, so that how long it took does not tell why."""

import pytest

from service.api.queries import _until_the_floor


@pytest.mark.parametrize(
    ("spent", "floor", "wait"),
    [(0.0, 0.5, 0.5), (0.125, 0.5, 0.375), (0.5, 0.5, 0.5), (1.25, 0.5, 0.25), (9.0, 0.0, 0.0)],
)
def test_a_refusal_leaves_on_a_beat_whatever_time_it_took(spent: float, floor: float, wait: float) -> None:
    assert _until_the_floor(spent, floor) == wait
    assert not floor or (spent + wait) % floor == 0
