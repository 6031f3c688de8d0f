"""A real PostgreSQL 18 of our own, on a private unix socket, for those who give no database URL.

One launcher owns a cluster and stops it; a second one on the same directory attaches to the running server and
leaves it alone. A server whose launcher was killed is adopted by the next. Nothing listens on TCP.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psycopg

from service.db.place import home, postmaster, serves, settle, socket_directory
from service.db.programs import PostgresFailed, Programs, account

NAME: Final = "porchlight"
PATIENCE: Final = 60.0
"""Seconds to wait for a start (crash recovery included) or a stop."""

LETTING_GO: Final = 10.0
"""Seconds for the backends of a killed server to notice and let go of shared memory."""

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the DETAIL of a broken constraint prints the row
    "log_min_error_statement": "panic",  # a failing statement may hold a person
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class Embedded:
    """The cluster in `directory`: `start()` gives its URL, `stop()` leaves no process of ours. Not thread-safe."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._socket: Path | None = None
        self._pid = os.getpid()

    @property
    def home(self) -> Path:
        """Where the cluster really stands: `directory/postgres`, or where that links to."""
        return home(self.directory)

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def pid(self) -> int | None:
        """The running postmaster's process id, whoever started it."""
        found = postmaster(self.cluster)
        return found.pid if found else None

    @property
    def owner(self) -> bool:
        """Whether this launcher owns the cluster, and so will stop it."""
        return self._lock is not None

    def url(self, database: str = NAME) -> str:
        """The URL of one database, for SQLAlchemy and psycopg alike. Raises PostgresFailed when nothing runs."""
        found = postmaster(self.cluster)
        if found is None:
            raise PostgresFailed(f"No PostgreSQL is running in {self.directory}.")
        return f"postgresql://{NAME}@/{quote(database)}?host={quote(str(found.socket), safe='')}"

    def start(self) -> str:
        """Start, adopt or attach; give the URL. Raises PostgresMissing or PostgresFailed. Safe to call again."""
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> str:
        self.directory.mkdir(parents=True, exist_ok=True)
        if not _until(lambda: self._claim() or self._attachable()):
            raise PostgresFailed(f"Another launcher holds {self.directory}, but its server does not come up.")
        if not _until(self._up):
            raise PostgresFailed(f"PostgreSQL in {self.directory} does not answer this account; see {self.home}/log.")
        return self.url()

    def stop(self) -> None:
        """Stop the server, if it is ours to stop, and let the directory go."""
        if self._lock is None or os.getpid() != self._pid:
            return
        pid = self._child.pid if self._child and not self._ended() else self.pid
        for how in (signal.SIGINT, signal.SIGQUIT):  # fast; then immediate, which crash recovery forgives
            if pid is None or self._end(pid, how):
                break
        if self._socket and self._socket.parent != self.home:
            shutil.rmtree(self._socket, ignore_errors=True)
        self._socket = None
        os.close(self._lock)
        self._lock = None
        atexit.unregister(self.stop)

    def remove(self) -> None:
        """Stop, and delete the cluster wherever it was placed. For tests and throw-away demonstrations."""
        self.stop()
        if self.pid is not None:
            raise PostgresFailed(f"Another launcher's server runs in {self.directory}; nothing was deleted.")
        shutil.rmtree(self.home, ignore_errors=True)
        (self.directory / "postgres").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _claim(self) -> bool:
        """Take the lock that makes us the owner; the kernel lets go of it however we die."""
        if self._lock is not None:
            return True
        descriptor = os.open(self.directory / "launcher.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        atexit.register(self.stop)
        return True

    def _attachable(self) -> bool:
        return self.pid is not None

    def _up(self) -> bool:
        """Whether the server answers and is ready for use; launches it first if it is ours and does not run.

        A server just killed may look alive for a moment, so a connection that fails is only a reason to look again.
        """
        if self.owner and self.pid is None:
            self._launch()
        try:
            return self._ready() and self._prepare()
        except psycopg.OperationalError:
            return False

    def _launch(self) -> None:
        """Start a server, patiently after a kill -9: orphaned backends need a moment to let go of shared memory."""
        if self._child is not None:
            self._child.wait()  # until it is reaped, its number counts as a running server
        programs = Programs(account(self.cluster))
        place = settle(self.directory, programs.account)
        log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._initialise(programs, place, log)
            self._socket = self._socket or socket_directory(place, programs.account)
            left_behind = (self.cluster / "postmaster.pid").exists()
            if not _until(lambda: self._serve(programs, log), LETTING_GO if left_behind else 0):
                raise PostgresFailed(f"PostgreSQL did not start; see {place}/log.")
        finally:
            os.close(log)

    def _initialise(self, programs: Programs, place: Path, log: int) -> None:
        """Make the cluster whole or not at all: initdb beside, then rename."""
        if (place / "data" / "PG_VERSION").exists():
            return
        fresh = place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        wanted = ["--encoding=UTF8", "--locale=C", "--data-checksums", f"--username={NAME}", "--auth=peer"]
        programs.run("initdb", ["-D", str(fresh), *wanted], log)
        fresh.rename(place / "data")

    def _serve(self, programs: Programs, log: int) -> bool:
        """Start `postgres` once; True when it is up, False when it ended at once."""
        files = _admission(self.home)
        settings = [f"--{name}={value}" for name, value in (SETTINGS | files).items()]
        self._child = programs.start("postgres", ["-D", str(self.cluster), "-k", str(self._socket), *settings], log)
        _until(lambda: self._ready() or self._ended())
        return not self._ended()

    def _ended(self) -> bool:
        return self._child is not None and self._child.poll() is not None

    def _ready(self) -> bool:
        found = postmaster(self.cluster)
        return found is not None and found.ready

    def _prepare(self) -> bool:
        """See that this server is the one of this directory, before any DDL; then make our database."""
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
            shown = connection.execute("SHOW data_directory").fetchone()
            if shown is None or Path(str(shown[0])).resolve() != self.cluster:
                raise PostgresFailed(f"The server on the socket is not {self.cluster}'s; nothing was done to it.")
            with suppress(psycopg.errors.DuplicateDatabase):
                connection.execute(f"CREATE DATABASE {NAME}".encode())
        return True

    def _end(self, pid: int, how: signal.Signals) -> bool:
        """Signal the postmaster and see it out, beyond its last file; reap it if it is our child."""
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        return _until(lambda: self._ended() if self._child else not serves(pid, self.cluster))


def _admission(place: Path) -> dict[str, str]:
    """Who may connect: only the launcher's own account, proven by the kernel, as any role of the database."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    (place / "pg_hba.conf").write_text("local all all peer map=launcher\n")
    (place / "pg_ident.conf").write_text(f'launcher "{me}" all\n')
    for name in ("pg_hba.conf", "pg_ident.conf"):
        (place / name).chmod(0o644)  # read by the account we dropped to; the home itself is closed
    return {"hba_file": str(place / "pg_hba.conf"), "ident_file": str(place / "pg_ident.conf")}


def _until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Ask until it is true or `seconds` are over; always at least once."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.01)
    return True
