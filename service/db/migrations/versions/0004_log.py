"""The access log, with its roles, its refusals to change and its grants."""

from alembic import op

from audit.tables import DDL, WRITER

revision = "0004_log"
down_revision = "0003_consent"

GUARD_GRANTS = (
    # The log's guard locks epochs inside the log's transaction; locking needs UPDATE on one column, and this is it.
    f"GRANT SELECT, UPDATE (locked) ON consent_epoch TO {WRITER}",
)


def upgrade() -> None:
    """Add the log; nothing else is touched."""
    for statement in (*DDL, *GUARD_GRANTS):
        op.execute(statement)
