"""`make demo` as a newcomer runs it: it tells its story, serves, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

PEOPLE = "40"


def demo(directory: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", "service.sandbox", "--directory", str(directory), "--people", PEOPLE, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "demo"
    assert not running(tmp_path)


def running(directory: Path) -> list[str]:
    """Processes whose command names the directory: the agencies, the gateway, both PostgreSQLs."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if process.name.isdigit() and int(process.name) != os.getpid() and str(directory) in command:
            found.append(command)
    return found


def until(process: subprocess.Popen[str], words: str, seconds: float = 120) -> str:
    """What the process says up to a line with these words; it is killed when it takes too long."""
    said = ""
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if words in line:
                return said
    finally:
        watch.cancel()
    raise AssertionError(said)


def test_the_story_told_once_is_as_promised_and_ends(place: Path) -> None:
    told = demo(place, "--once")
    said, _ = told.communicate(timeout=180)
    assert told.returncode == 0, said
    assert "Every step went as promised." in said
    assert said.count("✓") >= 8


def test_ctrl_c_leaves_nothing_running_and_the_next_start_goes_on(place: Path) -> None:
    first = demo(place)
    said = until(first, "metrics")
    base = said.split("goes on serving at ", 1)[1].split()[0]
    with urlopen(f"{base}/readyz") as answer:  # noqa: S310  # loopback, as the program said
        assert answer.status == 200
    first.send_signal(signal.SIGINT)
    rest, _ = first.communicate(timeout=60)
    assert first.returncode == 0, rest
    assert "Nothing is left running" in rest
    assert not running(place)
    again = demo(place, "--once")
    said, _ = again.communicate(timeout=180)
    assert again.returncode == 0, said
    entries = int(said.split("OK ")[-1].split()[0])
    assert entries > 10, "the second story is appended to the first one's log"
