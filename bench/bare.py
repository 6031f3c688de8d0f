"""The bare FastAPI route the gateway is held against: a JSON body in, a small JSON document out, nothing between."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Question(BaseModel):
    """Any question."""

    purpose: str


@app.post("/bare")
async def bare(body: Question) -> dict[str, str]:
    """Answer at once."""
    return {"purpose": body.purpose}
