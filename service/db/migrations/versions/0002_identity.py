"""Who is asking: roster, caseload and used assertions.

Revision ID: 0002_identity
Revises: 0001_subjects
"""

from alembic import op

revision = "0002_identity"
down_revision = "0001_subjects"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE roster (
    agency  varchar NOT NULL,
    actor   varchar NOT NULL,
    role    varchar NOT NULL,
    active  boolean NOT NULL,
    CONSTRAINT roster_pkey PRIMARY KEY (agency, actor, role),
    CONSTRAINT roster_actor_is_one_person CHECK (actor <> '*')
);
CREATE TABLE caseload (
    agency       varchar NOT NULL,
    subject_ref  varchar NOT NULL,
    actor        varchar NOT NULL,
    since        date NOT NULL,
    until        date,
    CONSTRAINT caseload_pkey PRIMARY KEY (agency, subject_ref, actor, since),
    CONSTRAINT caseload_until_not_before_since CHECK (until IS NULL OR until >= since)
);
CREATE TABLE assertion_seen (
    issuer      varchar NOT NULL,
    jti         varchar NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT assertion_seen_pkey PRIMARY KEY (issuer, jti)
);
CREATE INDEX assertion_seen_expires_at ON assertion_seen (expires_at);
"""


def upgrade() -> None:
    """Add the three tables."""
    for statement in _TABLES.split(";"):
        if statement.strip():
            op.execute(statement)
