"""Consents in PostgreSQL: append a version, move the person's epoch, read all that is on file in one statement.

Nothing is edited. The caller owns the transaction: a version and its epoch commit together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection as Psycopg
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.stroke import NOTHING_TO_HOLD, Holding
from consent import lifecycle, record
from consent.model import Consent, Directive, EpochToken, Held
from consent.tables import epoch, version
from consent.words import RevocationChannel, Status
from policies.vocabulary import Agency

CURRENT = """
    SELECT e.subject_ref, e.epoch, v.record_id, v.version, v.kind, v.record
    FROM consent_epoch e LEFT JOIN LATERAL (
      SELECT DISTINCT ON (record_id) record_id, version, kind, record FROM consent_version
      WHERE subject_ref = e.subject_ref ORDER BY record_id, version DESC) v ON true
    WHERE e.subject_ref = ANY(%s)
"""
"""All that is on file for some people, in one statement: so the epoch and the versions are of one moment."""

ALONE = text("""
    SELECT FROM consent_epoch
    WHERE subject_ref IN (SELECT subject_ref FROM consent_version WHERE record_id = :record) FOR UPDATE
""")

LOCKED = "SELECT subject_ref, epoch FROM consent_epoch WHERE subject_ref = ANY(%s) ORDER BY subject_ref FOR SHARE"

STILL = """SELECT 1 FROM consent_epoch e JOIN unnest(%s::text[], %s::bigint[]) AS asked (subject, epoch)
ON e.subject_ref = asked.subject AND e.epoch = asked.epoch FOR SHARE OF e"""


class VersionConflict(Exception):
    """Somebody recorded another version meanwhile. Read again."""


async def known(connection: AsyncConnection, subjects: Sequence[str]) -> None:
    """Give each person an epoch row. A person without one can be released nothing."""
    rows = [{"subject_ref": s, "epoch": 0, "locked": False} for s in subjects]
    await connection.execute(upsert(epoch).values(rows).on_conflict_do_nothing())


async def on_file(connection: AsyncConnection, subjects: Sequence[str]) -> dict[str, Held]:
    """All current versions and the epoch of each person, from one snapshot; nobody without an epoch row."""
    rows = await connection.execute(text(CURRENT.replace("%s", ":subjects")), {"subjects": list(subjects)})
    return held(rows)


def held(rows: Iterable[Sequence[Any]]) -> dict[str, Held]:
    """What the rows of `CURRENT` say of each person. Raises KeyError or ValueError for a record that does not parse."""
    found: dict[str, Held] = {}
    for subject, at_epoch, id_, number, kind, stored in rows:
        mine = found.get(subject) or Held(subject, at_epoch)
        if kind == "consent":
            mine = replace(mine, consents=(*mine.consents, record.consent(id_, number, subject, stored)))
        elif kind == "directive":
            mine = replace(mine, directives=(*mine.directives, record.directive(id_, number, subject, stored)))
        found[subject] = mine
    return found


async def append(connection: AsyncConnection, entry: Consent | Directive, at: datetime) -> None:
    """Record one version and move the epoch. Raises VersionConflict when the version stands already."""
    row = {
        "record_id": entry.id,
        "version": entry.version,
        "kind": "consent" if isinstance(entry, Consent) else "directive",
        "subject_ref": entry.subject,
        "recorded_at": at,
        "record": record.of_consent(entry) if isinstance(entry, Consent) else record.of_directive(entry),
    }
    await _move_epoch(connection, entry.subject)
    made = await connection.execute(upsert(version).values(row).on_conflict_do_nothing().returning(version.c.version))
    if made.first() is None:
        raise VersionConflict


async def read(connection: AsyncConnection, consent_id: str) -> Consent | None:
    """The newest version of one consent."""
    row = await _newest(connection, consent_id, "consent")
    return record.consent(consent_id, *row) if row else None


async def _newest(connection: AsyncConnection, record_id: str, kind: str) -> tuple[int, str, Mapping[str, Any]] | None:
    query = (
        select(version.c.version, version.c.subject_ref, version.c.record)
        .where(version.c.record_id == record_id, version.c.kind == kind)
        .order_by(version.c.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return (row[0], row[1], row[2]) if row else None


async def record_signed(connection: AsyncConnection, consent: Consent, at: datetime) -> Consent:
    """Record a new consent, and mark what it stands for as superseded: all of one moment.

    One signed ahead of our clock supersedes nothing yet: what the older refuses still holds.
    """
    await _move_epoch(connection, consent.subject)  # from here on nobody else changes what is on file
    standing = (await on_file(connection, [consent.subject]))[consent.subject].consents
    older = [c for c in standing if _replaced_by(consent, c)] if consent.signed_at <= at else []
    newest = max(older, key=lambda c: (c.signed_at, c.id), default=None)
    recorded = replace(consent, supersedes=newest.id if newest else consent.supersedes)
    await append(connection, recorded, at)
    for c in older:
        await append(connection, replace(c, version=c.version + 1, status=Status.SUPERSEDED), at)
    return recorded


def _replaced_by(newer: Consent, older: Consent) -> bool:
    alike = (older.policy, older.organization) == (newer.policy, newer.organization)
    return alike and older.status is Status.ACTIVE and (older.signed_at, older.id) < (newer.signed_at, newer.id)


async def become(
    connection: AsyncConnection, consent_id: str, status: Status, at: datetime, **more: object
) -> Consent | None:
    """Append a version with this status; None when there is no such consent. Becoming it twice changes nothing.

    Raises lifecycle.TransitionRefused where the life of a consent does not go that way.
    """
    await connection.execute(ALONE, {"record": consent_id})  # a change under way is waited for, and then read
    standing = await read(connection, consent_id)
    if standing is None or standing.status is status:
        return standing
    lifecycle.require(standing, status)
    changed = replace(standing, version=standing.version + 1, status=status, **more)  # type: ignore[arg-type]  # fields of a Consent
    await append(connection, changed, at)
    return changed


async def revoke(
    connection: AsyncConnection,
    consent_id: str,
    at: datetime,
    by: str | None = None,
    via: RevocationChannel | None = None,
) -> Consent | None:
    """Append a revoked version; None when there is no such consent. Revoking twice, even at once, changes nothing."""
    said = {"revoked_at": at, "revoked_by": by, "revocation_channel": via}
    try:
        return await become(connection, consent_id, Status.REVOKED, at, **said)
    except lifecycle.TransitionRefused:
        return await read(connection, consent_id)  # struck out: it carries nothing, and taking it back is no fault


async def end(connection: AsyncConnection, consent_id: str, at: datetime) -> Consent | None:
    """Append a version whose end event has come; None when there is no such consent. Twice changes nothing.

    Raises lifecycle.TransitionRefused for a consent that is not active.
    """
    await connection.execute(ALONE, {"record": consent_id})
    standing = await read(connection, consent_id)
    if standing is None or standing.ended_at is not None:
        return standing
    if standing.status is not Status.ACTIVE:
        raise lifecycle.TransitionRefused("only an active consent ends")
    ended = replace(standing, version=standing.version + 1, ended_at=at)
    await append(connection, ended, at)
    return ended


async def withdraw(
    connection: AsyncConnection, directive_id: str, organization: Agency, at: datetime
) -> Directive | None:
    """Append a withdrawn version; None unless this agency put it on file. Twice changes nothing."""
    await connection.execute(ALONE, {"record": directive_id})
    row = await _newest(connection, directive_id, "directive")
    standing = record.directive(directive_id, *row) if row else None
    if standing is None or standing.organization is not organization:
        return None
    if standing.withdrawn:
        return standing
    withdrawn = replace(standing, version=standing.version + 1, withdrawn=True, at=at)
    await append(connection, withdrawn, at)
    return withdrawn


class EpochsHold:
    """The log's guard: refuses the releases whose person's epoch is no longer the one the decision read.

    FOR SHARE inside the log's transaction: a revocation under way makes this wait for its outcome, and one that
    starts later waits for ours. So a release and a revocation never pass each other unseen.
    """

    async def __call__(self, connection: Psycopg, tokens: Sequence[object]) -> set[int]:
        """The positions that may no longer be committed."""
        asked = {t.subject: t.epoch for t in tokens if isinstance(t, EpochToken)}
        if not asked:
            return set()
        cursor = await connection.execute(LOCKED, [list(asked)])
        now: Mapping[str, int] = {str(s): int(e) for s, e in await cursor.fetchall()}
        return {i for i, t in enumerate(tokens) if isinstance(t, EpochToken) and now.get(t.subject) != t.epoch}

    def held(self, tokens: Sequence[object]) -> Holding:
        """One row for each (person, epoch) that still stands. One person at two epochs can never hold."""
        pairs = sorted({(t.subject, t.epoch) for t in tokens if isinstance(t, EpochToken)})
        if not pairs:
            return NOTHING_TO_HOLD
        return Holding(STILL, [[s for s, _ in pairs], [e for _, e in pairs]], len(pairs))


epochs_hold = EpochsHold()


async def _move_epoch(connection: AsyncConnection, subject: str) -> None:
    first = upsert(epoch).values(subject_ref=subject, epoch=1, locked=False)
    moved = first.on_conflict_do_update(index_elements=["subject_ref"], set_={"epoch": epoch.c.epoch + 1})
    await connection.execute(moved)
