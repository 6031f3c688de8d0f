"""The composition root: the only place that knows every part. `uvicorn --factory service.main:create_app`."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from audit.anchor import Anchor
from audit.checkpoint import Signer
from audit.entry import Pseudonyms
from audit.ledger import Ledger
from audit.trail import Trail
from consent.store import epochs_hold
from policies import bundle
from policies.engines import PolicyEngine
from policies.engines.embedded import EmbeddedEngine
from policies.engines.memo import Memo
from policies.engines.server import ServerEngine
from service import keys
from service.api import (
    consents,
    contract,
    directives,
    fhir,
    forms,
    health,
    preview,
    queries,
    refusals,
    simulate,
    tokens,
    trail,
)
from service.api.body import StrictBody
from service.api.edge import Edge
from service.api.house import House
from service.connectors import registry
from service.connectors.gather import Gather
from service.connectors.http import Http
from service.db.engine import engine as database
from service.db.reads import Reads
from service.facts import FreshFacts
from service.gateway.answer import Gateway
from service.gateway.events import Scribe
from service.gateway.ports import Clock
from service.identity.actor import Roster
from service.identity.partners import Partners
from service.identity.registry import KeyPolicy, read_partners
from service.identity.replay import StoredAssertions
from service.identity.tokens import Tokens
from service.logs import configure
from service.readiness import Readiness
from service.settings import Mode, Settings
from service.subjects.index import Index
from service.token_scribe import TokenScribe

ANCHOR_SECONDS = 1.0
"""How often the newest checkpoint goes to the anchor: what a restored backup may hide is at most this much."""

OWN_SECONDS = 10.0
"""The longest that an answer may take beside what the custodians are given."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The gateway as an ASGI application. Raises ValidationError when a setting is missing or contradicts the mode."""
    configured = settings or Settings()  # type: ignore[call-arg]  # the rest comes from the environment

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure()
        async with AsyncExitStack() as stack:
            app.state.gateway = await build(configured, stack)
            _settle_memory()
            yield

    app = FastAPI(
        title="Porchlight",
        version="0.1.0",
        summary="A consent-gated gateway for the agencies that serve the same neighbor.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if configured.docs else None,
        redirect_slashes=False,  # a redirect would repeat the address it was asked
        generate_unique_id_function=contract.operation_id,
        telemetry=UNTOLD,
    )
    for module in (tokens, queries, simulate, consents, directives, forms, preview, fhir, trail, health):
        app.include_router(module.router)
    app.state.fhir_names = fhir.names(configured.fhir)
    app.openapi = contract.described(app)  # type: ignore[method-assign]  # FastAPI's documented way
    refusals.install(app)
    app.add_middleware(StrictBody)
    app.add_middleware(Edge, seconds=configured.source_seconds + OWN_SECONDS)
    return app


UNTOLD: TelemetryConfig = {"auto_configure": False, "tracing": False, "metrics": False, "logs": False}
"""FastAPI would export requests and errors wherever an environment variable points."""


def _settle_memory() -> None:
    """What stands now stands for good: left out of the collector's walks, which were 15 % of a query's CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


async def build(settings: Settings, stack: AsyncExitStack) -> House:
    """Open every part; `stack` closes them in reverse. Raises what a part raises when it must not start."""
    clock = _clock(settings)
    secrets = keys.read(settings.keys, production=settings.mode is Mode.PRODUCTION)
    pseudonyms = Pseudonyms(secrets.pseudonyms)
    engine = database(settings.database_url)
    stack.push_async_callback(engine.dispose)
    reads = Reads(settings.database_url)
    await _opened(reads.open, reads.close, stack)
    rules = await _engine(settings, stack)
    http = await stack.enter_async_context(Http())
    sources = Gather(registry.connectors(settings.sources, http, clock), settings.source_seconds)
    await _opened(sources.open, sources.close, stack)
    ledger, anchored = await _ledger(settings, Signer(settings.origin, secrets.log), stack)
    trail_ = Trail(settings.database_url)
    await _opened(trail_.open, trail_.close, stack)
    policy = KeyPolicy(private_addresses=settings.mode is Mode.DEVELOPMENT)
    partners = read_partners(settings.partners, policy)
    scribe = Scribe(pseudonyms, rules.name, clock)
    return House(
        gateway=Gateway(Index(reads), FreshFacts(reads, engine, clock), rules, sources, ledger, scribe, clock),
        sources=sources,
        ledger=ledger,
        trail=trail_,
        engine=engine,
        pseudonyms=pseudonyms,
        partners=partners,
        tokens=_tokens(settings, secrets, partners),
        roster=Roster(engine),
        used_assertions=StoredAssertions(engine),
        clock=clock,
        record_token_event=TokenScribe(ledger),
        ready=Readiness(engine, ledger, rules, anchored),
        refusal_floor=settings.refusal_floor_ms / 1000,
    )


async def _ledger(settings: Settings, signer: Signer, stack: AsyncExitStack) -> tuple[Ledger, Callable[[], bool]]:
    """The log, open, and whether its newest checkpoint reaches the anchor. A database behind the anchor is refused."""
    anchor = Anchor(settings.anchor) if settings.anchor else None
    known = await asyncio.to_thread(anchor.read) if anchor else None
    ledger = Ledger(settings.database_url, signer, epochs_hold, known)
    if anchor is None:
        await _opened(ledger.open, ledger.close, stack)
        return ledger, lambda: True
    keeper = await _kept(anchor, ledger, stack)
    return ledger, lambda: not keeper.done() and anchor.failure is None


async def _kept(anchor: Anchor, ledger: Ledger, stack: AsyncExitStack) -> "asyncio.Task[None]":
    """Open the log and keep its checkpoint in the anchor, once more after the log has closed."""
    stopping = AsyncExitStack()
    stack.push_async_callback(stopping.aclose)
    await _opened(ledger.open, ledger.close, stack)
    await asyncio.to_thread(anchor.advance, ledger.checkpoint or "")
    keeper = asyncio.create_task(anchor.keep(lambda: ledger.checkpoint, ANCHOR_SECONDS), name="anchor")
    stopping.push_async_callback(_ended, keeper)
    return keeper


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _opened(
    start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]], stack: AsyncExitStack
) -> None:
    stack.push_async_callback(stop)
    await start()


def _clock(settings: Settings) -> Clock:
    fixed = settings.fixed_clock
    return (lambda: fixed) if fixed is not None else lambda: datetime.now(UTC)


async def _engine(settings: Settings, stack: AsyncExitStack) -> PolicyEngine:
    """The one configured engine behind the memo. There is no falling back from one to the other."""
    rules = bundle.load()
    if settings.opa_url is None:
        engine: EmbeddedEngine | ServerEngine = EmbeddedEngine(rules, settings.policy_threads)
    else:
        engine = ServerEngine(settings.opa_url, rules.revision)
    await engine.open()
    stack.push_async_callback(engine.close)
    return Memo(engine)


def _tokens(settings: Settings, secrets: keys.Keys, partners: Partners) -> Tokens:
    issuer = settings.issuer.rstrip("/")
    return Tokens(
        keys=secrets.tokens, issuer=issuer, audience=issuer, token_url=f"{issuer}/oauth2/token", partners=partners
    )
