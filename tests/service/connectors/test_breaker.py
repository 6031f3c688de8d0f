"""The circuit breaker, by a clock that is set by hand."""

from service.connectors.breaker import Breaker


class Hand:
    """A clock set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def tripped(clock: Hand) -> Breaker:
    breaker = Breaker(clock, limit=3, rest=5)
    for _ in range(3):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_faults_in_a_row_open_it() -> None:
    assert not tripped(Hand()).admits()


def test_an_answer_between_two_faults_keeps_it_closed() -> None:
    breaker = Breaker(Hand(), limit=2, rest=5)
    for _ in range(5):
        breaker.failed()
        breaker.answered()
    assert breaker.admits()


def test_after_a_rest_one_trial_is_admitted_and_no_second() -> None:
    clock = Hand()
    breaker = tripped(clock)
    clock.now += 5
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_trial_that_is_answered_closes_it() -> None:
    clock = Hand()
    breaker = tripped(clock)
    clock.now += 5
    assert breaker.admits()
    breaker.answered()
    assert [breaker.admits() for _ in range(3)] == [True, True, True]


def test_a_trial_that_fails_costs_another_rest() -> None:
    clock = Hand()
    breaker = tripped(clock)
    clock.now += 5
    assert breaker.admits()
    clock.now += 2
    breaker.failed()
    clock.now += 4
    assert not breaker.admits()
    clock.now += 1
    assert breaker.admits()


def test_a_trial_nobody_waited_for_does_not_close_the_door_for_ever() -> None:
    clock = Hand()
    breaker = tripped(clock)
    clock.now += 5
    assert breaker.admits()
    clock.now += 5
    assert breaker.admits()
