"""The agencies' systems as processes of their own: ready when they say so, gone when told to go."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from policies.vocabulary import Agency
from service.county import alliance, dss
from service.county.county import Writer
from service.county.people import people
from service.county.systems.dss import READER
from service.db.embedded import Embedded

TODAY = date(2026, 11, 23)


def write(directory: Path, seed: int) -> list[str]:
    """A small county's DSS and Alliance files; gives DSS's ids."""
    writers: list[Writer] = [dss.Writer(directory, TODAY), alliance.Writer(directory, TODAY)]
    everybody = list(people(seed, 60))
    for writer in writers:
        for person in everybody:
            writer.add(person)
        writer.close()
    return sorted(person.seen[Agency.DSS].local_id for person in everybody if Agency.DSS in person.seen)


@contextmanager
def running(name: str, *arguments: str, stop: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """The system as a process; gives its URL, and is sure that it ends well when told to."""
    command = [sys.executable, "-m", f"service.county.systems.{name}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own module
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(stop)
            assert process.wait(20) == 0


def ids(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return sorted(str(row[0]) for row in connection.execute('SELECT "IndividualID" FROM "Individual"'))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A directory for DSS's database, removed afterwards: as root it may stand outside of pytest's own."""
    yield tmp_path / "cluster"
    shutil.rmtree(Embedded(tmp_path / "cluster").home, ignore_errors=True)


def test_dss_serves_its_extract_to_the_reader_and_the_next_one_after_a_restart(tmp_path: Path, home: Path) -> None:
    arguments = ("--county", str(tmp_path / "county"), "--directory", str(home))
    for seed, stop in ((1, signal.SIGTERM), (1, signal.SIGINT), (2, signal.SIGTERM)):
        expected = write(tmp_path / "county", seed)
        with running("dss", *arguments, stop=stop) as url:
            assert f"//{READER}@" in url
            assert ids(url) == expected
            with psycopg.connect(url) as connection:
                pid = int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])  # type: ignore[index]  # one row
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_alliances_outbox_serves_byte_ranges(tmp_path: Path, stop: signal.Signals) -> None:
    write(tmp_path, 1)
    with running("alliance", "--county", str(tmp_path), stop=stop) as url, urlopen(f"{url}/enrolment.834") as response:  # noqa: S310  # loopback
        assert response.read() == (tmp_path / "alliance" / "enrolment.834").read_bytes()
        assert response.headers["Accept-Ranges"] == "bytes"
