"""Write the log as a directory that an outsider checks alone. A directory from before is replaced."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg

from audit.export import export
from audit.tables import READER


async def export_log(url: str, directory: Path, vkey: str, progress: Callable[[int], None] = lambda _: None) -> int:
    """Export the log at `url` to `directory`; its size. Raises audit.export.ExportFailed, psycopg.Error, OSError."""
    await asyncio.to_thread(_emptied, directory)
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, options=f"-c role={READER}")
    async with connection:
        return await export(connection, directory, vkey, progress)


def _emptied(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
