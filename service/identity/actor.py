"""Whether the acting person is who the partner says, and has care of the person asked about.

Both are read from our own tables at the moment of asking. A token's word is where to
look, never the answer (RULES.md gates G0 and G2, test N18).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from policies.vocabulary import Agency, Role
from service.db.session import transaction

_DURHAM: Final = ZoneInfo("America/New_York")

# The roster by scalar subquery, because for EXISTS the planner hashes the whole roster at every asking.
STANDINGS: Final = """
    SELECT EXISTS (SELECT FROM roster r
                   WHERE r.agency = a.agency AND r.actor = a.actor AND r.role = a.role AND r.active),
           EXISTS (SELECT FROM caseload c
                   WHERE c.agency = a.agency AND c.subject_ref = a.subject_ref AND c.actor IN (a.actor, '*')
                     AND c.since <= %(day)s AND (c.until IS NULL OR c.until >= %(day)s))
    FROM unnest(CAST(%(agencies)s AS text[]), CAST(%(actors)s AS text[]), CAST(%(roles)s AS text[]),
                CAST(%(subjects)s AS text[])) WITH ORDINALITY AS a (agency, actor, role, subject_ref, place)
    ORDER BY a.place
"""
"""One row per standing asked for, in order. Its parameters: `parameters`."""


class Asked(NamedTuple):
    """One standing to look up. `subject_ref` is None for a person the index could not place."""

    agency: Agency
    actor: str
    role: Role
    subject_ref: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What our tables say. Without a confirmed role there is no relationship either."""

    role_confirmed: bool
    relationship: bool


async def standings(
    connection: AsyncConnection, asked: Sequence[tuple[Agency, str, Role, str | None]], at: datetime
) -> list[Standing]:
    """One Standing per entry of `asked`, in its order, in one statement. The caseload's days are Durham's."""
    if not asked:
        return []
    rows = await connection.execute(text(_named(STANDINGS)), parameters(asked, at))
    return [standing(row) for row in rows]


def parameters(asked: Sequence[tuple[Agency, str, Role, str | None]], at: datetime) -> dict[str, object]:
    """What `STANDINGS` takes."""
    agencies, actors, roles, subjects = zip(*asked, strict=True)
    return {
        "agencies": [agency.value for agency in agencies],
        "actors": list(actors),
        "roles": [role.value for role in roles],
        "subjects": list(subjects),
        "day": at.astimezone(_DURHAM).date(),
    }


def standing(row: Sequence[bool]) -> Standing:
    """What a row of `STANDINGS` says."""
    confirmed, related = row
    return Standing(confirmed, confirmed and related)


def _named(sql: str) -> str:
    """The `%(name)s` of psycopg as SQLAlchemy's `:name`."""
    return re.sub(r"%\((\w+)\)s", r":\1", sql)


class Roster:
    """The roster as the token endpoint asks it: one actor, one role."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def confirms(self, agency: Agency, actor: str, role: Role, at: datetime) -> bool:
        """Whether this actor is active at the agency in this role; raises StoreUnavailable."""
        async with transaction(self._engine) as connection:
            (found,) = await standings(connection, [(agency, actor, role, None)], at)
        return found.role_confirmed
