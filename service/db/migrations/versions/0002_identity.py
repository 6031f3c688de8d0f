"""Who is asking: the roster, the caseload and the assertions already used."""

from alembic import op

revision = "0002_identity"
down_revision = "0001_subjects"

ROSTER = """
CREATE TABLE roster (
    agency text NOT NULL,
    actor text NOT NULL CONSTRAINT roster_actor_is_one_person CHECK (actor <> '*'),
    role text NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (agency, actor, role)
)
"""

# The key is the order of the hot look-up: this agency, this person, this actor or the whole team ('*').
CASELOAD = """
CREATE TABLE caseload (
    agency text NOT NULL,
    subject_ref text NOT NULL,
    actor text NOT NULL,
    since date NOT NULL,
    until date,
    PRIMARY KEY (agency, subject_ref, actor, since),
    CONSTRAINT caseload_until_not_before_since CHECK (until IS NULL OR until >= since)
)
"""

ASSERTION_SEEN = """
CREATE TABLE assertion_seen (
    issuer text NOT NULL,
    jti text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, jti)
)
"""

EXPIRY = "CREATE INDEX assertion_seen_expires_at ON assertion_seen (expires_at)"


def upgrade() -> None:
    """Create the three tables."""
    for statement in (ROSTER, CASELOAD, ASSERTION_SEEN, EXPIRY):
        op.execute(statement)
