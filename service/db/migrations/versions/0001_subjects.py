"""Who is asked about: persons, their links to custodians' identifiers, blocking keys, and links to review."""

from alembic import op

revision = "0001_subjects"
down_revision = None

PERSON = """
CREATE TABLE person (
    ref text PRIMARY KEY CHECK (ref ~ '^s-[0-9a-f]{32}$'),
    indexed_at timestamptz NOT NULL DEFAULT now()
)
"""

# One custodian knows a person once: a second identifier there is another person, or a question for a human.
LINK = """
CREATE TABLE link (
    custodian text NOT NULL,
    local_id text NOT NULL CHECK (local_id <> ''),
    ref text NOT NULL REFERENCES person (ref),
    given text NOT NULL,
    family text NOT NULL,
    middle text NOT NULL,
    suffix text NOT NULL,
    birth_date date,
    sex text NOT NULL,
    street text NOT NULL,
    city text NOT NULL,
    zip text NOT NULL,
    phone text NOT NULL,
    medicaid_id text NOT NULL,
    ssn4 text NOT NULL,
    PRIMARY KEY (custodian, local_id),
    UNIQUE (ref, custodian)
)
"""

# Keys are hashes of what candidates must share, so this table spells no name.
BLOCKING = """
CREATE TABLE blocking (
    key bigint NOT NULL,
    ref text NOT NULL REFERENCES person (ref),
    PRIMARY KEY (key, ref)
)
"""

REVIEW = """
CREATE TABLE link_review (
    custodian text NOT NULL,
    local_id text NOT NULL,
    ref text NOT NULL REFERENCES person (ref),
    cause text NOT NULL,
    score double precision NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    settled_by text,
    same boolean,
    PRIMARY KEY (custodian, local_id, ref),
    FOREIGN KEY (custodian, local_id) REFERENCES link (custodian, local_id),
    CHECK ((settled_at IS NULL) = (same IS NULL) AND (settled_at IS NULL) = (settled_by IS NULL))
)
"""


def upgrade() -> None:
    """Create the four tables."""
    for statement in (PERSON, LINK, BLOCKING, REVIEW):
        op.execute(statement)
    op.execute("CREATE INDEX link_review_open ON link_review (opened_at) WHERE settled_at IS NULL")
