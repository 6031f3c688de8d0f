"""What people agreed to: versions that only grow, and the epoch every change moves."""

from alembic import op

revision = "0003_consent"
down_revision = "0002_identity"

DDL = (
    """
CREATE TABLE consent_epoch (
    subject_ref text PRIMARY KEY,
    epoch bigint NOT NULL CONSTRAINT consent_epoch_only_grows CHECK (epoch >= 0),
    locked boolean NOT NULL DEFAULT false
)
""",
    """
CREATE TABLE consent_version (
    record_id text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    kind text NOT NULL CHECK (kind IN ('consent', 'directive')),
    subject_ref text NOT NULL REFERENCES consent_epoch,
    recorded_at timestamptz NOT NULL,
    record jsonb NOT NULL,
    PRIMARY KEY (record_id, version)
)
""",
    "CREATE INDEX consent_version_subject ON consent_version (subject_ref, record_id, version DESC)",
    """
CREATE FUNCTION consent_refuses_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'consents are never edited: % is refused', TG_OP; END $$
""",
    """
CREATE TRIGGER consent_version_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_version
FOR EACH STATEMENT EXECUTE FUNCTION consent_refuses_change()
""",
    "ALTER TABLE consent_version ENABLE ALWAYS TRIGGER consent_version_only_grows",
)


def upgrade() -> None:
    """Add the tables; nothing else is touched."""
    for statement in DDL:
        op.execute(statement)
