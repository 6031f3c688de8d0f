"""DSS's own database: a PostgreSQL that loads the nightly extract and lets the gateway read a little of it.

    python -m service.county.systems.dss --county DIR --directory CLUSTER_DIR

prints one JSON line `{"url": ...}` when ready and stays until SIGTERM or SIGINT. The gateway's role can only read, and
only columns that may be shared: DSS does not rely on the gateway's manners (7 CFR 272.1(c), G.S. 108A-80, 108A art. 6).
"""

import argparse
import json
import signal
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from service.county.dss import CASE, EXTRACT, INDIVIDUAL
from service.db.embedded import NAME, Embedded

DATABASE = "dss"
READER = "gateway_reader"
_TYPES = {"DOB": "date", "CertificationStart": "date", "CertificationEnd": "date", "RecertificationDue": "date"}
_TYPES |= {"OutstandingVerifications": "integer", "ExtractedAt": "timestamptz"}
TABLES = {"Extract": EXTRACT.split(), "Individual": INDIVIDUAL.split(), "Case": CASE.split()}
WITHHELD = {"SSN", "APSReport", "AuthorizedRepresentative", "CaseNotes", "ABAWDIndicator"}
"""Columns the gateway's role has no right to select."""

PROTECTIVE = ("APS", "CPS")
"""Programs whose cases the gateway's role does not see at all (G.S. 7B-302(a1), 108A art. 6)."""


def load(url: str, extract: Path) -> bool:
    """Load the extract in `extract` unless the database holds it already; readers see the old one until it is whole."""
    with psycopg.connect(url) as connection:
        if _loaded(connection) == _drawn(extract):
            return False
        connection.execute("DROP SCHEMA IF EXISTS arriving CASCADE")
        connection.execute("CREATE SCHEMA arriving")
        for table, columns in TABLES.items():
            _copy(connection, extract / f"{table}.csv", table, columns)
        _admit_reader(connection)
        connection.execute("DROP SCHEMA IF EXISTS nightly CASCADE")
        connection.execute("ALTER SCHEMA arriving RENAME TO nightly")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return True


def _drawn(extract: Path) -> str:
    return (extract / "Extract.csv").read_text("utf-8").splitlines()[1].split(",")[0]


def _loaded(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    found = connection.execute("SELECT to_regclass('nightly.\"Extract\"')").fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute('SELECT max("ExtractID") FROM nightly."Extract"').fetchone()
    return row[0] if row else None


def _copy(connection: psycopg.Connection[tuple[object, ...]], file: Path, table: str, columns: list[str]) -> None:
    target = sql.Identifier("arriving", table)
    typed = [sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(_TYPES.get(c, "text"))) for c in columns]
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(target, sql.SQL(", ").join(typed)))
    copy = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER match)").format(target)
    with connection.cursor() as cursor, cursor.copy(copy) as into, file.open("rb") as lines:
        while block := lines.read(1 << 20):
            into.write(block)
    if "IndividualID" in columns:
        connection.execute(sql.SQL('CREATE INDEX ON {} ("IndividualID")').format(target))


def _admit_reader(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    reader = sql.Identifier(READER)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER").format(reader))
        connection.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(reader))
        connection.execute(sql.SQL("ALTER ROLE {} SET search_path = nightly").format(reader))
        connection.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '5s'").format(reader))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA arriving TO {}").format(reader))
    for table, columns in TABLES.items():
        shared = sql.SQL(", ").join(sql.Identifier(c) for c in columns if c not in WITHHELD)
        grant = sql.SQL("GRANT SELECT ({}) ON {} TO {}")
        connection.execute(grant.format(shared, sql.Identifier("arriving", table), reader))
    connection.execute('ALTER TABLE arriving."Case" ENABLE ROW LEVEL SECURITY')
    hidden = sql.SQL(", ").join(map(sql.Literal, PROTECTIVE))
    policy = sql.SQL('CREATE POLICY shared ON arriving."Case" FOR SELECT TO {} USING ("ProgramType" NOT IN ({}))')
    connection.execute(policy.format(reader, hidden))


def serve(county: Path, directory: Path) -> None:
    """Run the database until told to stop."""
    with Embedded(directory) as database:
        _create(database.url("postgres"))
        load(database.url(DATABASE), county / "dss")
        url = database.url(DATABASE).replace(f"//{NAME}@", f"//{READER}@", 1)
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def _create(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def main() -> None:
    """Read the arguments and serve."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--county", type=Path, required=True, help="where the synthetic county was written")
    parser.add_argument("--directory", type=Path, required=True, help="where DSS keeps its database")
    chosen = parser.parse_args()
    serve(chosen.county, chosen.directory)


if __name__ == "__main__":
    main()
