"""The rules as they are in the repository, in both engines. The real OPA is built by `make opa`."""

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from policies import bundle
from policies.bundle import Bundle
from policies.engines import PolicyEngine
from policies.engines.embedded import EmbeddedEngine
from policies.engines.server import ServerEngine

OPA = Path(__file__).parents[2] / ".opa" / "opa"
PATIENT = 20.0
"""A deadline in seconds for tests about answers, not about speed."""


@pytest.fixture(scope="session")
def rules() -> Bundle:
    """The bundle of the repository's rules and tables."""
    return bundle.load()


@pytest.fixture(scope="session")
def opa() -> Path:
    """The real OPA. Absent: skipped aloud, and a failure where CI is set."""
    if not OPA.exists():
        if os.environ.get("CI"):
            pytest.fail("CI needs the real OPA: run `make opa` first")
        pytest.skip("no real OPA here: run `make opa` (needs Go) to hold both engines to one answer")
    return OPA


@pytest.fixture(scope="session")
def opa_server(opa: Path, rules: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real OPA server that serves the repository's bundle."""
    with served(opa, rules, tmp_path_factory.mktemp("opa") / "bundle.tar.gz") as server:
        yield server.url


@pytest.fixture(params=["embedded", pytest.param("opa", marks=pytest.mark.opa)])
async def engine(request: pytest.FixtureRequest, rules: Bundle) -> AsyncIterator[PolicyEngine]:
    """Each engine in turn, with patience: a busy machine is not what these tests are about."""
    made: EmbeddedEngine | ServerEngine
    if request.param == "embedded":
        made = EmbeddedEngine(rules, deadline=PATIENT)
    else:
        made = ServerEngine(request.getfixturevalue("opa_server"), rules.revision, deadline=PATIENT)
    await made.open()
    yield made
    await made.close()


class served:  # noqa: N801  # reads as the verb it is
    """An OPA server process with one bundle, for the length of a `with`."""

    def __init__(self, opa: Path, rules: Bundle, archive: Path) -> None:
        archive.write_bytes(rules.archive())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        options = ["--addr", f"127.0.0.1:{self.port}", "--log-level", "error", "--skip-version-check"]
        self._command = [str(opa), "run", "--server", "--bundle", str(archive), *options]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(self._command)  # noqa: S603  # our own binary and arguments
        while not self._healthy():
            if self.process.poll() is not None:
                pytest.fail("the OPA server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/health?bundles", timeout=1) as answer:  # noqa: S310  # loopback
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long form of a suite runs only when asked for: `pytest -m slow tests/policies`."""
    asked = "slow" in config.option.markexpr
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        if item.get_closest_marker("slow") and not asked:
            item.add_marker(pytest.mark.skip(reason="the long form: run it with -m slow"))
