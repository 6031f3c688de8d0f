"""Where a cluster stands on disk, and what its postmaster file says about the running server.

`directory/launcher.lock` is held by the one launcher that owns the cluster. `directory/postgres` is the cluster's
home, or a symbolic link to it where root had to place it elsewhere; it holds `data`, `run` (the socket), `log`,
`pg_hba.conf` and `pg_ident.conf`.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.db.programs import Account, PostgresFailed, reachable

SOCKET_LIMIT: Final = 107 - len("/.s.PGSQL.5432")
"""A unix socket's path holds 107 bytes."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server, as its `postmaster.pid` describes it."""

    pid: int
    socket: Path
    ready: bool


def home(directory: Path) -> Path:
    """The home of the cluster in `directory`, wherever it was placed."""
    return (directory / "postgres").resolve()


def settle(directory: Path, account: Account) -> Path:
    """Make a home the account can reach: in `directory`, or else in `reachable()` with a link to it."""
    link = directory / "postgres"
    if not link.exists():
        link.unlink(missing_ok=True)  # a link whose target is gone
        _build(link, account)
    if not account.reaches(home(directory)):
        raise PostgresFailed(
            f"PostgreSQL cannot run as root, and the account it drops to cannot reach {link}. Give a directory "
            "that others may enter, for example under /var/lib, or run as an ordinary user, or give a database URL."
        )
    return home(directory)


def _build(link: Path, account: Account) -> None:
    link.mkdir()
    account.own(link)
    if account.reaches(link):
        return
    link.rmdir()
    placed = Path(tempfile.mkdtemp(prefix="cluster-", dir=reachable()))
    account.own(placed)
    link.symlink_to(placed)


def socket_directory(place: Path, account: Account) -> Path:
    """A private directory for the socket: in the home, or in the temporary directory where that path is too long."""
    inside = place / "run"
    if len(os.fsencode(inside)) <= SOCKET_LIMIT:
        inside.mkdir(exist_ok=True)
    else:
        inside = Path(tempfile.mkdtemp(prefix="porchlight-", dir="/tmp"))  # short, and private by mkdtemp
    account.own(inside)
    return inside


def postmaster(data: Path) -> Postmaster | None:
    """The server running on `data`, if any. A file left behind by a killed server is seen through."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        found = Postmaster(int(lines[0]), Path(lines[4]), ready=lines[7].strip() == "ready")
    except (OSError, IndexError, ValueError):
        return None
    return found if serves(found.pid, data) else None


def serves(pid: int, data: Path) -> bool:
    """Whether process `pid` is the postmaster of `data` and not another that got its number, nor a zombie."""
    if not Path("/proc/self/cmdline").exists():
        return _alive(pid)
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
