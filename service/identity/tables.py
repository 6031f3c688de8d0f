"""Who works where, who cares for whom, and which assertions were used. Kept in step with migration 0002."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

metadata = MetaData()

roster = Table(
    "roster",
    metadata,
    Column("agency", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("agency", "actor", "role", name="roster_pkey"),
    CheckConstraint("actor <> '*'", name="roster_actor_is_one_person"),
)
"""One row per role an actor may act in. A person who left keeps their rows, inactive."""

caseload = Table(
    "caseload",
    metadata,
    Column("agency", Text, nullable=False),
    Column("subject_ref", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    PrimaryKeyConstraint("agency", "subject_ref", "actor", "since", name="caseload_pkey"),
    CheckConstraint("until IS NULL OR until >= since", name="caseload_until_not_before_since"),
)
"""Care relationships. `actor` is one person or `*`, the agency's whole team; both days count, in Durham."""

assertion_seen = Table(
    "assertion_seen",
    metadata,
    Column("issuer", Text, nullable=False),
    Column("jti", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("issuer", "jti", name="assertion_seen_pkey"),
    Index("assertion_seen_expires_at", "expires_at"),
)
"""Assertions already used, kept past their end, so that no process takes one twice."""
