"""The life of a consent: which change of status may follow which. Pure; expiry is computed here and stored nowhere."""

from datetime import datetime

from consent.facts import ends_at
from consent.model import Consent
from consent.words import Status

EXPIRED = "expired"

MAY_BECOME: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.ACTIVE, Status.REVOKED, Status.ENTERED_IN_ERROR}),
    Status.ACTIVE: frozenset({Status.SUPERSEDED, Status.REVOKED, Status.ENTERED_IN_ERROR}),
    Status.SUPERSEDED: frozenset({Status.REVOKED, Status.ENTERED_IN_ERROR}),
    Status.REVOKED: frozenset(),
    Status.ENTERED_IN_ERROR: frozenset(),
}
"""Nothing becomes active again, and what was taken back stays so: else an older consent could rise through it."""


class TransitionRefused(Exception):
    """This consent's life does not go that way."""


def require(consent: Consent, to: Status) -> None:
    """Raises TransitionRefused unless the consent may become that."""
    if to not in MAY_BECOME[consent.status]:
        raise TransitionRefused(f"{consent.status} does not become {to}")


def state(consent: Consent, at: datetime) -> str:
    """Its status at an instant, `expired` where an active one has come to its end."""
    if consent.status is Status.ACTIVE and ends_at(consent) <= at:
        return EXPIRED
    return consent.status
