"""Is the process up, can it serve, and how is it doing. No personal data, and nothing per person."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest

from service.api.house import TheHouse

router = APIRouter(tags=["operations"])

ANSWERED = Counter("porchlight_requests_total", "Requests answered.", ["route", "status"])
SECONDS = Histogram("porchlight_request_seconds", "Seconds to answer.", ["route"])


@router.get("/healthz", summary="Is the process alive")
async def alive() -> dict[str, str]:
    """The loop turns."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Can it answer a query now",
    response_model=dict[str, bool],
    responses={503: {"model": dict[str, bool], "description": "Not now: the part that is false is not there."}},
)
async def ready(house: TheHouse) -> Response:
    """The log, the store and the policy engine each asked now. 503 when any of them is not there."""
    parts = await house.ready()
    return JSONResponse(parts, 200 if all(parts.values()) else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", summary="Prometheus metrics", response_class=PlainTextResponse)
async def metrics(_request: Request) -> Response:
    """Counts and durations by route; refusals of one route are one count, whatever their cause."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
