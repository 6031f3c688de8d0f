"""Token events in the access log: issued and refused alike. A token whose entry does not stand is not issued."""

import uuid

from audit.entry import Entry, Kind
from audit.ledger import Ledger
from audit.refusals import Duplicate, LedgerDown
from service.identity.issuance import TokenEvent
from service.problems import LedgerUnavailable


class TokenScribe:
    """The real `TokenLog`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(self, event: TokenEvent) -> None:
        """Return once the entry is durable; raise LedgerUnavailable otherwise."""
        try:
            await self._ledger.append(_entry(event))
        except (LedgerDown, Duplicate) as error:
            raise LedgerUnavailable from error


def _entry(event: TokenEvent) -> Entry:
    request_id = f"t-{uuid.uuid4().hex}"
    return Entry(
        id=f"{request_id}/token",
        kind=Kind.TOKEN_REFUSED if event.fault else Kind.TOKEN_ISSUED,
        outcome=str(event.fault.value) if event.fault else "issued",
        at=event.at,
        request=request_id,
        agency=event.agency,
        actor=event.actor or "",
        detail={
            "partner": event.partner,
            "role": event.role or "",
            "assertion": event.assertion_id or "",
            "token": event.issued.token_id if event.issued else "",
            "scopes": [*sorted(event.issued.scopes)] if event.issued else [],
        },
    )
