"""How an agency's HTTP system runs: one small process on the loopback, ready when it says so.

A system prints one JSON line `{"url": ...}`, logs no request (their queries name patients) and ends on SIGTERM.
"""

import argparse
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

Scope = Mapping[str, Any]  # ASGI's own: what a request is depends on its type
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def arguments(about: str | None) -> argparse.Namespace:
    """`--county` (a Path) and `--port` (0 takes any free one)."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--county", type=Path, required=True, help="where the synthetic county was written")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes any free port")
    return parser.parse_args()


def serve(app: App, port: int, path: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
    )
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises what it caught again when it has ended
        signal.signal(number, lambda *_: sys.exit(0))
    with socket.create_server(("127.0.0.1", port)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}{path}"
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()
        uvicorn.Server(config).run(sockets=[listening])


def query(scope: Scope) -> list[tuple[str, str]]:
    """The parameters of a request, in their order."""
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


async def body(receive: Receive) -> bytes:
    """The whole body of a request."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def answer(send: Send, status: int, media: str, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send a whole response."""
    said = [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})
