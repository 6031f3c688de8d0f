"""Agency systems and the gateway as processes of their own: started, awaited, and never left behind."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from policies.vocabulary import Agency

PATIENCE = 60.0


class DidNotStart(Exception):
    """A process ended or stayed silent. Its own log says why."""


class Child:
    """A process of ours. `stop` asks, then insists."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._log = log.open("ab")
        self._popen = subprocess.Popen(  # noqa: S603  # our own modules
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **environment},
            start_new_session=True,  # a Ctrl-C reaches us, and we stop them in order
        )

    def announced(self) -> str:
        """The URL in the JSON line the process prints when it is ready. Raises DidNotStart."""
        pipe = self._popen.stdout
        if pipe is None:
            raise DidNotStart(self.name)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            line = pipe.readline() if selector.select(PATIENCE) else b""
        if not line:
            raise DidNotStart(f"{self.name} did not start; its log is {self._log.name}")
        return str(json.loads(line)["url"])

    def answers(self, url: str) -> None:
        """Wait until `url` answers 200. Raises DidNotStart."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._popen.poll() is None:
            try:
                with urlopen(url, timeout=1):  # noqa: S310  # our own loopback address
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise DidNotStart(f"{self.name} did not start; its log is {self._log.name}")

    def stop(self) -> None:
        """End the process and wait for it."""
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        if self._popen.stdout:
            self._popen.stdout.close()
        self._log.close()


def agency_systems(county: Path, state: Path, stack: ExitStack) -> dict[Agency, str]:
    """The four agency systems over this county, each a process; `stack` stops them. Their URLs by custodian."""
    started = {}
    for agency in (Agency.DSS, Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS):
        module = f"service.county.systems.{agency.lower()}"
        own = ["--directory", str(state / "dss-postgresql")] if agency is Agency.DSS else []
        arguments = ["-m", module, "--county", str(county), *own]
        started[agency] = Child(agency, arguments, state / f"{agency.lower()}.log", {})
        stack.callback(started[agency].stop)
    return {agency: process.announced() for agency, process in started.items()}
