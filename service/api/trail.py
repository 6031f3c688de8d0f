"""`GET /v1/audit/...`: the trail for privacy officers, checkpoints and proofs for whoever may read it.

Reading the log is itself logged, before anything of it is shown.
"""

import base64
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel

from audit.entry import Kind
from audit.trail import NoSuchEntry
from service.api.asking import asking
from service.api.contract import may_refuse
from service.api.house import House, TheHouse
from service.api.log_desk import officer_looks
from service.identity.partners import Scope
from service.identity.tokens import Bearer
from service.problems import NotFound

router = APIRouter(prefix="/v1/audit", tags=["audit"])

READ = may_refuse(400, 401, 403, 503)
PROVEN = may_refuse(400, 401, 403, 404, 503)

Reader = Annotated[Bearer, asking(Scope.AUDIT_READ)]
Index = Annotated[int, Query(ge=0, lt=2**53)]


class EntriesDocument(BaseModel):
    """A page of the log, oldest first. `next` is the index to ask for after it; null when the page was the last."""

    entries: list[dict[str, Any]]  # each: index, entry (its JSON) and encoded (the exact bytes, base64)
    next: int | None


class CheckpointDocument(BaseModel):
    """The newest signed checkpoint (C2SP tlog-checkpoint) and the key that verifies it."""

    checkpoint: str
    vkey: str


class InclusionDocument(BaseModel):
    """An RFC 6962 inclusion proof, hashes in base64; the shape `python -m audit.verify proof` takes."""

    leafIdx: int  # noqa: N815  # the field names auditors' tools exchange
    treeSize: int  # noqa: N815
    root: str
    leafHash: str  # noqa: N815
    proof: list[str]


class ConsistencyDocument(BaseModel):
    """An RFC 6962 consistency proof, hashes in base64."""

    size1: int
    size2: int
    root1: str
    root2: str
    proof: list[str]


@router.get("/entries", responses=READ, summary="Read the trail")
async def entries(
    house: TheHouse, bearer: Reader, start: Index = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> EntriesDocument:
    """Entries from index `start` on, as they were hashed. For privacy officers."""
    await _looked(house, bearer, f"entries from {start}, at most {limit}")
    logged = await house.trail.entries(start, limit)
    page = [
        {"index": e.index, "entry": orjson.loads(e.entry), "encoded": base64.b64encode(e.entry).decode()}
        for e in logged
    ]
    return EntriesDocument(entries=page, next=logged[-1].index + 1 if len(logged) == limit else None)


@router.get("/checkpoint", responses=may_refuse(401, 403, 503), summary="The newest signed checkpoint")
async def checkpoint(house: TheHouse, bearer: Reader) -> CheckpointDocument:
    """What the log commits to now."""
    await _looked(house, bearer, "checkpoint")
    return CheckpointDocument(checkpoint=await house.trail.checkpoint(), vkey=house.ledger.signer.vkey)


@router.get("/proofs/inclusion", responses=PROVEN, summary="Prove that an entry stands in the log")
async def inclusion(house: TheHouse, bearer: Reader, index: Index, size: Index) -> InclusionDocument:
    """The audit path of entry `index` in the tree of `size` entries."""
    await _looked(house, bearer, f"inclusion of {index} in {size}")
    try:
        proof = await house.trail.inclusion(index, size)
    except NoSuchEntry as none:
        raise NotFound from none
    return InclusionDocument(
        leafIdx=index, treeSize=size, root=_b64(proof.root), leafHash=_b64(proof.leaf), proof=_all(proof.path)
    )


@router.get("/proofs/consistency", responses=PROVEN, summary="Prove that the log only grew")
async def consistency(house: TheHouse, bearer: Reader, old: Index, new: Index) -> ConsistencyDocument:
    """That the tree of `new` entries extends the tree of `old`."""
    await _looked(house, bearer, f"consistency of {old} and {new}")
    try:
        proof = await house.trail.consistency(old, new)
    except NoSuchEntry as none:
        raise NotFound from none
    return ConsistencyDocument(
        size1=old, size2=new, root1=_b64(proof.old_root), root2=_b64(proof.new_root), proof=_all(proof.path)
    )


async def _looked(house: House, bearer: Bearer, what: str) -> None:
    await officer_looks(house, bearer, Kind.LOG_READ, {"looked": what})


def _b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _all(hashes: Iterable[bytes]) -> list[str]:
    return [_b64(h) for h in hashes]
