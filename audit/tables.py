"""The log's tables, as the DDL a migration runs. PostgreSQL 15 and later, no extensions.

The database itself holds an entry to its hash, refuses every change and every deletion, and gives the
writing role INSERT only. The owner could still drop all of that: only checkpoints held outside detect it.
"""

WRITER, READER = "porchlight_log_writer", "porchlight_log_reader"
PARTITION = 1 << 20
PARTITIONS = 64

ROLES = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WRITER}') THEN CREATE ROLE {WRITER} NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER}') THEN CREATE ROLE {READER} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the cluster made it just now
END $$
"""  # noqa: S608  # constants, no input

TABLES = (
    """
CREATE TABLE log_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  origin text NOT NULL, size bigint NOT NULL CHECK (size >= 0),
  frontier bytea NOT NULL, checkpoint text NOT NULL)
""",
    """
CREATE TABLE log_entry (
  index bigint PRIMARY KEY CHECK (index >= 0),
  leaf bytea NOT NULL, entry bytea NOT NULL CHECK (octet_length(entry) <= 65535),
  id text NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, outcome text NOT NULL, request text NOT NULL,
  subject text NOT NULL, agency text NOT NULL, actor text NOT NULL, purpose text NOT NULL,
  CONSTRAINT leaf_is_the_entrys_hash CHECK (leaf = sha256('\\x00'::bytea || entry)))
PARTITION BY RANGE (index)
""",
    "CREATE INDEX log_entry_at ON log_entry (at, index)",
    "CREATE INDEX log_entry_subject ON log_entry (subject, index) WHERE subject <> ''",
    "CREATE INDEX log_entry_actor ON log_entry (actor, index) WHERE actor <> ''",
    "CREATE INDEX log_entry_request ON log_entry (request) WHERE request <> ''",
    "CREATE TABLE log_request (id text PRIMARY KEY, leaf bytea NOT NULL)",
    """
CREATE TABLE log_tile (
  level smallint NOT NULL, index bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192), PRIMARY KEY (level, index))
""",
    *(
        f"CREATE TABLE log_entry_{n} PARTITION OF log_entry "
        f"FOR VALUES FROM ({n * PARTITION}) TO ({(n + 1) * PARTITION})"
        for n in range(PARTITIONS)
    ),
)

# A statement that names a partition fires only the partition's own triggers, so each has its own.
GUARDS = (
    """
CREATE FUNCTION log_refuses_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log only grows: % on % is refused', TG_OP, TG_TABLE_NAME; END $$
""",
    *(
        statement
        for table in ("log_entry", *(f"log_entry_{n}" for n in range(PARTITIONS)), "log_request", "log_tile")
        for statement in (
            f"""CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION log_refuses_change()""",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_only_grows",
        )
    ),
    """CREATE TRIGGER log_head_stays BEFORE DELETE OR TRUNCATE ON log_head
FOR EACH STATEMENT EXECUTE FUNCTION log_refuses_change()""",
    """CREATE TRIGGER log_head_only_grows BEFORE UPDATE ON log_head
FOR EACH ROW WHEN (NEW.size <= OLD.size OR NEW.origin <> OLD.origin) EXECUTE FUNCTION log_refuses_change()""",
    "ALTER TABLE log_head ENABLE ALWAYS TRIGGER log_head_stays",
    "ALTER TABLE log_head ENABLE ALWAYS TRIGGER log_head_only_grows",
)

GRANTS = (
    f"GRANT SELECT, INSERT ON log_entry, log_request, log_tile TO {WRITER}",
    f"GRANT SELECT, INSERT, UPDATE ON log_head TO {WRITER}",
    f"GRANT SELECT ON log_entry, log_request, log_tile, log_head TO {READER}",
)

DDL = (ROLES, *TABLES, *GUARDS, *GRANTS)
"""Everything, in order."""
