"""One port, two engines: the same bundle in-process (`embedded`) or in an OPA server (`server`)."""

from typing import Protocol

from policies.decision import Decision
from policies.request import Request


class PolicyEngine(Protocol):
    """Decides. Raises PolicyError on any doubt; there is no silent fallback from one engine to the other."""

    name: str
    revision: str

    async def decide(self, request: Request) -> Decision:
        """The decision for this request under the loaded bundle."""

    async def ready(self) -> bool:
        """Does the engine answer, with the revision that was loaded?"""

    async def close(self) -> None:
        """Let go of threads and connections."""
