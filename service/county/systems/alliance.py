"""Alliance Health's outbox: an HTTP server on loopback for its 834, 837P and roster, with Range, If-Range and ETag.

    python -m service.county.systems.alliance --county DIR [--port 0]

prints one JSON line `{"url": ...}` when ready and stays until SIGTERM or SIGINT. Only the three files can be had.
RFC 9110 sections 13.1.5 and 14: one range of a GET is honoured; several at once, or another unit, bring the whole file.
"""

import os
import re
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path

from service.county.systems.serving import App, Receive, Scope, Send, answer, arguments, serve

FILES = ("enrolment.834", "claims.837", "roster.csv")

_CHUNK = 1 << 20
_A_RANGE = re.compile(rb"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


class Unsatisfiable(Exception):
    """The range lies beyond the end of the file."""


def outbox(directory: Path) -> App:
    """The ASGI application that serves `directory`."""
    paths = {f"/{name}": directory / name for name in FILES}

    async def ask(scope: Scope, _: Receive, send: Send) -> None:
        path, method = paths.get(scope["path"]), scope["method"]
        if path is None or method not in ("GET", "HEAD"):
            await answer(send, 404 if path is None else 405, "text/plain", b"", [(b"allow", b"GET, HEAD")])
            return
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            await answer(send, 404, "text/plain", b"")
            return
        try:
            await _send(send, file, dict(scope["headers"]), head=method == "HEAD")
        finally:
            os.close(file)

    return ask


async def _send(send: Send, file: int, asked: Mapping[bytes, bytes], *, head: bool) -> None:
    """The file, or the range of it that was asked for."""
    stat = os.fstat(file)
    size, etag, changed = stat.st_size, b'"%x-%x"' % (stat.st_mtime_ns, stat.st_size), _date(int(stat.st_mtime))
    headers = [(b"etag", etag), (b"last-modified", changed), (b"accept-ranges", b"bytes")]
    wanted = b"" if head or asked.get(b"if-range", etag) not in (etag, changed) else asked.get(b"range", b"")
    try:
        part = extent(wanted, size)
    except Unsatisfiable:
        await answer(send, 416, "text/plain", b"", [*headers, (b"content-range", b"bytes */%d" % size)])
        return
    start, end = part or (0, size)
    if part:
        headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, size)))
    headers += [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % (end - start))]
    await send({"type": "http.response.start", "status": 206 if part else 200, "headers": headers})
    await _body(send, file, start, start if head else end)


async def _body(send: Send, file: int, start: int, end: int) -> None:
    """The bytes from `start` to before `end`. Raises OSError where the file has become shorter."""
    while True:
        content = os.pread(file, min(end - start, _CHUNK), start)
        start += len(content)
        if not content and start < end:
            raise OSError("the file has become shorter")
        await send({"type": "http.response.body", "body": content, "more_body": start < end})
        if start >= end:
            return


def extent(asked: bytes, size: int) -> tuple[int, int] | None:
    """The one range asked for of so many bytes, first and behind last; None for the whole. Raises Unsatisfiable."""
    match = _A_RANGE.fullmatch(asked)
    if match is None:
        return None
    if match[3]:
        start, end = max(0, size - int(match[3])), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
        if match[2] and int(match[2]) < start:  # RFC 9110 section 14.1.1: invalid, so there is no range
            return None
    if start >= size or start >= end:
        raise Unsatisfiable
    return start, end


@lru_cache(maxsize=16)
def _date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


if __name__ == "__main__":
    chosen = arguments(__doc__)
    serve(outbox(chosen.county / "alliance"), chosen.port, "")
