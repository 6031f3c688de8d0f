"""Policy engines gone wrong in every way: they answer as told, or fail as told."""

from collections.abc import Callable

from policies.decision import Decision, Verdict, parse
from policies.request import Request
from policies.vocabulary import Obligation, Reason
from tests.service.gateway.world import rules


class FakeEngine:
    """Answers as told."""

    name = "fake"

    def __init__(self, decide: Callable[[Request], Decision]) -> None:
        self.revision = rules().revision
        self._decide = decide

    async def decide(self, request: Request) -> Decision:
        return self._decide(request)

    async def ready(self) -> bool:
        return True

    async def close(self) -> None:
        """Nothing to let go of."""


def saying(document: object) -> FakeEngine:
    """An engine whose answer is parsed as every engine's is."""
    return FakeEngine(lambda request: parse(document, request, rules().revision))


def raising(error: BaseException) -> FakeEngine:
    """An engine that fails."""

    def fail(_request: Request) -> Decision:
        raise error

    return FakeEngine(fail)


def permitting_everything() -> FakeEngine:
    """Rules gone wrong: whatever is asked is permitted."""
    return _each(None)


def refusing(reason: Reason) -> FakeEngine:
    """Rules that refuse everything for one reason."""
    return _each(reason)


def _each(reason: Reason | None) -> FakeEngine:
    return FakeEngine(
        lambda request: Decision("x", tuple(_verdict(request, i, reason) for i in range(len(request.items))))
    )


def _verdict(request: Request, place: int, reason: Reason | None) -> Verdict:
    item, permit = request.items[place], reason is None
    return Verdict(
        key=f"{item.custodian}/{item.category}",
        permit=permit,
        fields=frozenset(item.fields if permit else ()),
        basis=("X",) if permit else (),
        consents=(),
        reason=reason,
        obligations=(Obligation.AUDIT,) if permit else (),
    )
