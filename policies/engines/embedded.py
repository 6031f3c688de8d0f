"""The rules evaluated in this process by rego-cpp (regopy): the default, with no other program to run.

An interpreter is not safe across threads, so each worker thread builds its own. The input goes in only as
a JSON term: `set_input` with a dict can be made to forge a decision (ENGINES, hazard 1).
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from regopy import Interpreter, RegoError

from policies.bundle import ENTRYPOINT, Bundle
from policies.decision import Decision, PolicyError, parse
from policies.request import Request, RequestInvalid

DEADLINE_SECONDS = 0.5


class EmbeddedEngine:
    """regopy over a compiled bundle, one interpreter per worker thread."""

    name = "embedded"

    def __init__(self, bundle: Bundle, threads: int = 1, deadline: float = DEADLINE_SECONDS) -> None:
        self.revision = bundle.revision
        self._bundle = bundle
        self._deadline = deadline
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="policy")

    async def open(self) -> None:
        """Compile the bundle now rather than under the first question's deadline. Raises PolicyError."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._compiled)
        except (RegoError, RuntimeError, ValueError) as error:
            raise PolicyError("the bundle does not compile") from error

    async def decide(self, request: Request) -> Decision:
        """The decision, within the deadline; PolicyError otherwise."""
        try:
            asked = request.canonical().decode()
        except RequestInvalid as error:
            raise PolicyError("the question cannot be put to the rules") from error
        return parse(await self._said(asked), request, self.revision)

    async def _said(self, asked: str) -> object:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline):
                return await loop.run_in_executor(self._pool, self._evaluate, asked)
        except (TimeoutError, RegoError, RuntimeError, ValueError) as error:
            raise PolicyError("the embedded policy engine gave no decision") from error

    def _evaluate(self, asked: str) -> object:
        interpreter, compiled = self._compiled()
        interpreter.set_input_term(asked)
        output = interpreter.query_bundle_entrypoint(compiled, ENTRYPOINT)
        if not output.ok() or len(output) != 1 or len(output[0].expressions) != 1:
            raise ValueError("no result")
        return output[0].expressions[0]

    def _compiled(self) -> tuple[Interpreter, object]:
        if not hasattr(self._local, "compiled"):
            self._local.compiled = self._compile()
        pair: tuple[Interpreter, object] = self._local.compiled
        return pair

    def _compile(self) -> tuple[Interpreter, object]:
        interpreter = Interpreter()
        interpreter.strict_built_in_errors = True
        for name, text in self._bundle.rules.items():
            interpreter.add_module(name, text)
        interpreter.add_data(dict(self._bundle.data))
        compiled = interpreter.build(None, [ENTRYPOINT])
        if not compiled.ok():
            raise ValueError("the bundle does not compile")
        return interpreter, compiled

    async def ready(self) -> bool:
        """Does the loaded bundle answer, with its revision? Asked with nothing, it must permit nothing."""
        try:
            return await self._said("{}") == {"revision": self.revision, "items": []}
        except PolicyError:
            return False

    async def close(self) -> None:
        """Stop the worker threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
