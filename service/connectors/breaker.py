"""A circuit breaker: after several faults in a row a custodian is left alone for a while. Pure but for its clock."""

from collections.abc import Callable


class Breaker:
    """Closed until `limit` faults in a row; then open, but for one trial each `rest` seconds.

    A trial whose outcome never comes (the asker went away) costs one more rest, not the custodian for ever.
    """

    def __init__(self, clock: Callable[[], float], limit: int = 5, rest: float = 5.0) -> None:
        self._clock, self._limit, self._rest = clock, limit, rest
        self._faults = 0
        self._trial_at = 0.0

    def admits(self) -> bool:
        """Whether the custodian may be asked now. A True while open is the one trial."""
        if self._faults < self._limit:
            return True
        if self._clock() < self._trial_at:
            return False
        self._trial_at = self._clock() + self._rest
        return True

    def answered(self) -> None:
        """The custodian answered: close."""
        self._faults = 0

    def failed(self) -> None:
        """The custodian did not answer: count it, and once too many rest before the next trial."""
        self._faults += 1
        if self._faults >= self._limit:
            self._trial_at = self._clock() + self._rest
