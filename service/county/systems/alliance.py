"""Alliance Health's outbox: an HTTP server on loopback for its 834, 837P and roster, with Range and ETag.

    python -m service.county.systems.alliance --county DIR [--port 0]

prints one JSON line `{"url": ...}` when ready and stays until SIGTERM or SIGINT. Only the three files can be had.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

FILES = ("enrolment.834", "claims.837", "roster.csv")
_DIRECTORY = web.AppKey("directory", Path)


def outbox(directory: Path) -> web.Application:
    """The application that serves `directory`."""
    app = web.Application()
    app[_DIRECTORY] = directory
    for name in FILES:
        app.router.add_get(f"/{name}", _send)
    return app


async def _send(request: web.Request) -> web.StreamResponse:
    """One of the files; Range, HEAD, ETag and Last-Modified are aiohttp's."""
    return web.FileResponse(request.app[_DIRECTORY] / request.path.lstrip("/"))


async def serve(directory: Path, port: int) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(outbox(directory), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=1).start()
    host, bound = runner.addresses[0][:2]
    sys.stdout.write(json.dumps({"url": f"http://{host}:{bound}"}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--county", type=Path, required=True, help="where the synthetic county was written")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.county / "alliance", chosen.port))


if __name__ == "__main__":
    main()
