"""Entries about what is done at the edge outside a query: one shape, one way to write them, one look for officers."""

import uuid
from collections.abc import Mapping

from audit.canonical import JsonValue
from audit.checkpoint import Receipt
from audit.entry import Entry, Kind
from audit.refusals import Duplicate, LedgerDown
from policies.vocabulary import Role
from service.api.house import House
from service.identity.tokens import Bearer
from service.problems import AccessDenied, LedgerUnavailable


def entry(  # noqa: PLR0917  # the order is that of the sentence: who did what, how it ended, to what, about whom
    house: House, bearer: Bearer, kind: Kind, outcome: str, detail: Mapping[str, JsonValue], subject: str = ""
) -> Entry:
    """One entry about an act of the bearer's. `subject` is a pseudonym, or empty."""
    request_id = f"r-{uuid.uuid4().hex}"
    who: dict[str, JsonValue] = {"role": bearer.role, "partner": bearer.partner, "token": bearer.token_id}
    return Entry(
        id=f"{request_id}/{kind}",
        kind=kind,
        outcome=outcome,
        at=house.clock(),
        request=request_id,
        subject=subject,
        agency=bearer.agency,
        actor=bearer.actor,
        detail={**who, **detail},
    )


async def append(house: House, made: Entry) -> Receipt:
    """The entry's receipt. Raises LedgerUnavailable."""
    try:
        return await house.ledger.append(made)
    except (LedgerDown, Duplicate) as error:
        raise LedgerUnavailable from error


async def officer_looks(
    house: House, bearer: Bearer, kind: Kind, detail: Mapping[str, JsonValue], subject: str = ""
) -> None:
    """Log the look before anything of it is shown; only a privacy officer gets past it.

    Raises AccessDenied, LedgerUnavailable.
    """
    officer = bearer.role is Role.PRIVACY_OFFICER
    await append(house, entry(house, bearer, kind, "permit" if officer else "deny", detail, subject))
    if not officer:
        raise AccessDenied
