"""The raw limit: single durable inserts of an entry-sized row by pgbench, on the same PostgreSQL."""

import asyncio
import re
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from service.db.programs import Programs, account

SCRIPT = "INSERT INTO bench_row (body) VALUES (convert_to(repeat('x', 635), 'UTF8'));\n"


async def insert_rate(url: str, clients: int, seconds: int) -> float:
    """Durable single-row inserts per second with this many clients."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_row (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    where = conninfo_to_dict(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:  # pgbench runs as ourselves
        script.write(SCRIPT)
        script.flush()
        arguments = ["-n", "-f", script.name, "-c", str(clients), "-j", "1", "-T", str(seconds)]
        target = ["-h", str(where["host"]), "-U", str(where["user"]), str(where["dbname"])]
        process = await asyncio.create_subprocess_exec(
            Programs(account(Path.cwd())).bin / "pgbench",
            *arguments,
            *target,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await process.communicate()
    found = re.search(r"tps = ([0-9.]+)", said.decode())
    if found is None:
        raise RuntimeError(f"pgbench said no rate: {wrong.decode()[-300:]}")
    return float(found[1])
