"""Where consents stand: versions that only grow, and one epoch per person that every change moves.

Kept in step with migration 0003. The epoch row is what a release locks and a revocation moves: see `store.epochs_hold`.
"""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

epoch = Table(
    "consent_epoch",
    metadata,
    Column("subject_ref", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("locked", Boolean, nullable=False),
)
"""`locked` holds nothing: a role may lock a row only if it may update a column, and this is the one it may."""

version = Table(
    "consent_version",
    metadata,
    Column("record_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_ref", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("record", JSONB, nullable=False),
    PrimaryKeyConstraint("record_id", "version"),
)
"""`kind` is `consent` or `directive`; `record` is the whole version as `consent.record` writes it."""
