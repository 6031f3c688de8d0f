"""The index's tables, as the migration `0001_subjects` makes them."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, MetaData, Table, Text

metadata: Final = MetaData()

person: Final = Table(
    "person", metadata, Column("ref", Text, primary_key=True), Column("indexed_at", DateTime(timezone=True))
)
"""One row per person: our own opaque reference, which everything else hangs on and which never changes."""

link: Final = Table(
    "link",
    metadata,
    Column("custodian", Text, primary_key=True),
    Column("local_id", Text, primary_key=True),
    Column("ref", Text, nullable=False),
    Column("given", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("middle", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("birth_date", Date),
    Column("sex", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("medicaid_id", Text, nullable=False),
    Column("ssn4", Text, nullable=False),
)
"""A custodian's identifier, the person it names, and the newest sighting there. One custodian knows a person once."""

blocking: Final = Table(
    "blocking", metadata, Column("key", BigInteger, primary_key=True), Column("ref", Text, primary_key=True)
)
"""Who shares a blocking key. Keys of spellings long gone stay: they cost a comparison and decide nothing."""

link_review: Final = Table(
    "link_review",
    metadata,
    Column("custodian", Text, primary_key=True),
    Column("local_id", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("opened_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text),
    Column("same", Boolean),
)
"""Is this custodian's person also that one of ours? For a human to say; never linked by itself."""
