"""The load: prebuilt HTTP/1.1 requests over kept connections, as cheap for the generator as Python can be.

Closed loop for the peak; open loop, timed from the scheduled arrival, for latency under load.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


class LoadFailed(Exception):
    """An answer was not 2xx: the row is void."""


@dataclass(slots=True)
class Timings:
    """Seconds per answered request, and the seconds of the whole row."""

    each: list[float] = field(default_factory=list)
    wall: float = 0.0
    generator_cpu: float = 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds below which `share` of the answers came."""
        ordered = sorted(self.each)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.each) / self.wall


class Wire(asyncio.Protocol):
    """One connection: send a prebuilt request, wait for the whole answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer, self._done = bytearray(), asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport

    def data_received(self, data: bytes) -> None:
        """Collect until the body is whole."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._buffer.lower().index(b"content-length: ") + 16
        length = int(self._buffer[start : self._buffer.index(b"\r\n", start)])
        if len(self._buffer) >= head + 4 + length and not self._done.done():
            self._done.set_result(bytes(self._buffer[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Tell the waiter."""
        if not self._done.done():
            self._done.set_exception(LoadFailed("the server closed the connection"))

    async def ask(self, request: bytes) -> None:
        """One request and its answer. Raises LoadFailed unless 2xx."""
        self._buffer.clear()
        self._done = asyncio.get_running_loop().create_future()
        if self._transport is None:
            raise LoadFailed("not connected")
        self._transport.write(request)
        status = await self._done
        if status[:1] != b"2":
            raise LoadFailed(f"status {status.decode()}")

    def close(self) -> None:
        """Hang up."""
        if not self._done.done():
            self._done.set_result(b"000")
        if self._transport:
            self._transport.close()


async def wires(port: int, count: int) -> list[Wire]:
    """Open connections to the loopback."""
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Wire, "127.0.0.1", port))[1] for _ in range(count)]


async def closed(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Timings:
    """Each client asks again as soon as it is answered."""
    opened, timings, at = await wires(port, clients), Timings(), [0]
    began, cpu = time.perf_counter(), time.process_time()

    async def client(wire: Wire) -> None:
        while time.perf_counter() - began < seconds:
            request = requests[at[0] % len(requests)]
            at[0] += 1
            sent = time.perf_counter()
            await wire.ask(request)
            timings.each.append(time.perf_counter() - sent)

    await asyncio.gather(*map(client, opened))
    timings.wall, timings.generator_cpu = time.perf_counter() - began, time.process_time() - cpu
    for wire in opened:
        wire.close()
    return timings


async def open_loop(port: int, requests: Sequence[bytes], rate: float, seconds: float, clients: int = 256) -> Timings:
    """Requests arrive on a schedule, answered or not; each is timed from when it was due."""
    idle: asyncio.Queue[Wire] = asyncio.Queue()
    for wire in await wires(port, clients):
        idle.put_nowait(wire)
    timings, began, cpu = Timings(), time.perf_counter(), time.process_time()

    async def one(number: int) -> None:
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        wire = await idle.get()
        await wire.ask(requests[number % len(requests)])
        timings.each.append(time.perf_counter() - due)
        idle.put_nowait(wire)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            group.create_task(one(number))
    timings.wall, timings.generator_cpu = time.perf_counter() - began, time.process_time() - cpu
    while not idle.empty():
        idle.get_nowait().close()
    return timings


def request(path: str, body: bytes, token: str = "") -> bytes:
    """A whole POST request, ready to send."""
    authorisation = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{authorisation}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
