"""Kill -9, of the writer and of PostgreSQL, at random times: nothing that was acknowledged is lost.

Three kills each by default; forty in the long form.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from uuid import uuid4

import pytest

from audit.merkle import Frontier
from service.db.embedded import Embedded
from tests.audit.conftest import make_log
from tests.audit.entries import exported, ids, rows
from tests.audit.oracle import SIGNER
from tests.conftest import administer

CHANCE = random.Random()  # noqa: S311  # when to strike


@pytest.fixture(params=[3, pytest.param(40, marks=pytest.mark.slow)])
def rounds(request: pytest.FixtureRequest) -> int:
    """How many kills."""
    if request.param > 3 and not request.config.getoption("markexpr"):
        pytest.skip("the long form, some minutes: `make test-slow`")
    return int(request.param)


@pytest.fixture(scope="module")
def server() -> Iterator[Embedded]:
    """A PostgreSQL of these tests' own, to be killed. A short path keeps its socket where it is over a restart."""
    with TemporaryDirectory(prefix="killed-", dir="/tmp") as directory, Embedded(Path(directory)) as made:
        yield made
        made.stop()
        shutil.rmtree(made.home, ignore_errors=True)  # as root it may stand outside of this directory


@pytest.fixture
def url(server: Embedded) -> str:
    """The URL of an empty log in it."""
    name = f"log_{uuid4().hex}"
    administer(server, f"CREATE DATABASE {name}")
    return make_log(server.url(name))


@contextmanager
def appending(url: str, acknowledged: Path, name: str) -> Iterator[IO[bytes]]:
    """A process that appends; its output has one byte for each acknowledgement. Killed at the end, if not before."""
    command = [sys.executable, "-m", "tests.audit.appender", url, str(acknowledged), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:  # noqa: S603  # our own
        assert child.stdout is not None
        try:
            yield child.stdout
        finally:
            child.kill()


def kill_server(server: Embedded) -> None:
    """Kill -9 every process of it, the postmaster first."""
    postmaster = server.pid
    assert postmaster is not None
    for pid in (postmaster, *children(postmaster)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, _, rest = stat.read_text().partition(" (")
            if rest.rpartition(") ")[2].split()[1] == str(parent):
                found.append(int(pid))
    return found


def backend(url: str) -> int:
    """The process of PostgreSQL that serves the appending one."""
    [(pid,)] = rows(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'porchlight-log'")
    return int(pid)


def signed_sizes(url: str) -> list[str]:
    """The checkpoint our key would sign at every size of the log as it stands."""
    frontier, found = Frontier(), [SIGNER.checkpoint(0, Frontier().root())]
    for (leaf,) in rows(url, "SELECT leaf FROM log_entry ORDER BY index"):
        frontier = frontier.grown([bytes(leaf)]).frontier
        found.append(SIGNER.checkpoint(frontier.size, frontier.root()))
    return found


def prove(url: str, acknowledged: Path, directory: Path) -> None:
    """Every acknowledged entry stands at its index, every checkpoint is of this tree, and an outsider agrees."""
    names, signed = ids(url), signed_sizes(url)
    held = set(names)
    for line in map(json.loads, acknowledged.read_bytes().split(b"\n")[:-1]):
        assert line["id"] in held
        if "index" in line:
            assert names[line["index"]] == line["id"]
            assert line["checkpoint"] == signed[int(line["checkpoint"].split("\n")[1])]
    assert asyncio.run(exported(url, directory)) == len(names)
    command = [sys.executable, "-m", "audit.verify", "log", str(directory), "--vkey", SIGNER.vkey]
    assert subprocess.run(command, check=False).returncode == 0  # noqa: S603  # our own


def test_killing_the_writer_loses_nothing(rounds: int, url: str, tmp_path: Path) -> None:
    for turn in range(rounds):
        with appending(url, tmp_path / "acknowledged", f"r{turn}") as output:
            assert output.read(CHANCE.randrange(1, 400))
    prove(url, tmp_path / "acknowledged", tmp_path / "log")


def test_killing_postgresql_loses_nothing_and_the_writer_goes_on_by_itself(
    rounds: int, url: str, server: Embedded, tmp_path: Path
) -> None:
    with appending(url, tmp_path / "acknowledged", "r") as output:
        for turn in range(rounds):
            assert output.read(CHANCE.randrange(1, 400))
            if turn % 2:
                os.kill(backend(url), signal.SIGKILL)  # the postmaster then restarts all of it
            else:
                kill_server(server)
                server.stop()  # nothing runs any more; this buries the dead
                server.start()
        assert len(output.read(100)) == 100
    prove(url, tmp_path / "acknowledged", tmp_path / "log")
