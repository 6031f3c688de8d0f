"""The HTTP client against a raw server that says exactly what a test says, well-behaved or not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.connectors import http as client
from service.connectors.http import Disconnected, Http, Malformed, TooLarge
from service.connectors.http_wire import HEAD_LIMIT, WINDOW
from tests.service.connectors import hostile
from tests.service.identity.key_server import key_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Raw:
    """A server that gives its answers in turn, the last one for ever, and remembers what it heard on which connection.

    An answer b"" hangs up at once.
    """

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.heard, self.url = list(answers), list[tuple[int, bytes]](), ""
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self.writers.append(writer)
        while True:
            self.heard.append((number, await hostile.request(reader)))
            said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if not said:
                return
            writer.write(said)
            await writer.drain()


@asynccontextmanager
async def saying(*answers: bytes) -> AsyncIterator[Raw]:
    raw = Raw(*answers)
    async with hostile.serving(raw.behave, "http://x/there") as raw.url:
        yield raw


async def fails(http: Http, said: bytes, method: str = "GET", limit: int = 100) -> type[Exception]:
    """How an answer fails, once it is sure that its connection is not used again."""
    async with saying(said, OK) as raw:
        with pytest.raises((Malformed, TooLarge, Disconnected)) as raised:
            await asyncio.wait_for(http.request(method, raw.url, limit=limit), 5)
        assert (await http.request("GET", raw.url)).content == b"ok"
        assert raw.connections == 2
    return raised.type


async def test_a_request_is_written_to_the_letter(http: Http) -> None:
    async with saying(OK) as raw:
        await http.request("GET", f"{raw.url}?a=%C3%A9", headers=[("Accept", "x/y")])
        await http.request("POST", raw.url, body=b"\r\nbody")
        host = raw.url.split("/")[2].encode()
    first, second = (heard for _, heard in raw.heard)
    begin = b" HTTP/1.1\r\nHost: " + host + b"\r\nAccept-Encoding: identity\r\n"
    assert first == b"GET /there?a=%C3%A9" + begin + b"Accept: x/y\r\n\r\n"
    assert second == b"POST /there" + begin + b"Content-Length: 6\r\n\r\n\r\nbody"


@pytest.mark.parametrize(
    "url",
    [
        "http://h/a\r\nX: y",
        "http://h/a b",
        "http://h/a\n",
        "http://h/é",
        "http://h/#f",
        "http://h\r\n/",
        "http://user@h/",
        "http://h:99999/",
        "http://h:x/",
        "http:///a",
        "ftp://h/",
        "/a",
        "http://h/\x00",
    ],
)
async def test_a_url_that_could_be_read_as_more_is_refused(http: Http, url: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        await http.request("GET", url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", "a\r\nY: b"),
        ("X", "a\n"),
        ("X", "é"),
        ("X", "\x00"),
        ("X\r\nY", "a"),
        ("X:", "a"),
        ("", "a"),
        ("X ", "a"),
        ("Host", "other"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
    ],
)
async def test_a_header_that_could_be_read_as_more_is_refused(http: Http, name: str, value: str) -> None:
    async with saying(OK) as raw:
        with pytest.raises(ValueError, match="not a header"):
            await http.request("GET", raw.url, headers=[(name, value)])
    assert raw.heard == []


@pytest.mark.parametrize("method", ["GET /x HTTP/1.1\r\n", "get", "", "G\n", "É"])
async def test_a_method_that_is_none_is_refused(http: Http, method: str) -> None:
    with pytest.raises(ValueError, match="not a request"):
        await http.request(method, "http://127.0.0.1:1/")


WHOLE = [
    (b"Content-Length: 3\r\n\r\nabc", b"abc"),
    (b"Content-Length: 0\r\n\r\n", b""),
    (b"content-length:   3  \r\n\r\nabc", b"abc"),
    (b"Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n", b"abc"),
    (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Type: trailer\r\n\r\n", b"abc"),
]


@pytest.mark.parametrize(("said", "content"), WHOLE)
@pytest.mark.parametrize("status", [b"200 OK", b"404 No", b"503"])
async def test_a_body_by_length_or_in_chunks_is_read_whole_and_the_connection_kept(
    http: Http, said: bytes, content: bytes, status: bytes
) -> None:
    async with saying(b"HTTP/1.1 " + status + b"\r\nX: 1\r\nx: 2\r\n" + said) as raw:
        for _ in range(3):
            response = await http.request("GET", raw.url)
            assert (response.status, response.content) == (int(status[:3]), content)
            assert response.headers[b"x"] == b"1, 2"
            assert b"content-type" not in response.headers
    assert raw.connections == 1


async def test_a_body_may_come_a_byte_at_a_time(http: Http) -> None:
    async def dribbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hostile.request(reader)
        for byte in b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    async with hostile.serving(dribbles, "http://x/") as url:
        assert (await http.request("GET", url)).content == b"ab"


INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"


async def test_interim_answers_are_skipped_with_their_headers(http: Http) -> None:
    async with saying(INTERIM + OK) as raw:
        for _ in range(2):
            response = await http.request("GET", raw.url)
            assert (response.status, response.content, b"link" in response.headers) == (200, b"ok", False)
    assert raw.connections == 1


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\nETag: x\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: x\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 None\r\nETag: x\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Same\r\nContent-Length: 999999\r\nETag: x\r\n\r\n"),
    ],
)
async def test_an_answer_that_has_no_body_does_not_wait_for_one(http: Http, method: str, said: bytes) -> None:
    async with saying(said) as raw:
        for _ in range(3):
            response = await asyncio.wait_for(http.request(method, raw.url, limit=10), 5)
            assert (response.content, response.headers[b"etag"]) == (b"", b"x")
    assert raw.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_is_to_be_closed_is_not_used_again(http: Http, said: bytes) -> None:
    async with saying(said) as raw:
        for _ in range(2):
            assert (await http.request("GET", raw.url)).content == b"ok"
    assert [number for number, _ in raw.heard] == [1, 2]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("behind", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother", b"\r\n\r\nHTTP"])
async def test_what_comes_behind_an_answer_is_nobodys_and_closes_the_connection(
    http: Http, method: str, behind: bytes
) -> None:
    first = OK[:-2] if method == "HEAD" else OK
    async with saying(first + behind, OK) as raw:
        await http.request(method, raw.url)
        await asyncio.sleep(0.01)
        assert (await http.request("GET", raw.url)).content == b"ok"
    assert raw.connections == 2


async def test_what_comes_late_on_an_idle_connection_is_nobodys_answer(http: Http) -> None:
    async with saying(OK) as raw:
        await http.request("GET", raw.url)
        (wire,) = http.wires
        raw.writers[0].write(OK.replace(b"ok", b"no"))
        await asyncio.wait_for(asyncio.shield(wire.gone), 5)
        assert (await http.request("GET", raw.url)).content == b"ok"
    assert raw.connections == 2


BROKEN = [
    b"nonsense\r\n\r\n",
    b"HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 099 Odd\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\nx\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
]


@pytest.mark.parametrize("said", BROKEN)
async def test_what_is_not_plain_http_is_malformed(http: Http, said: bytes) -> None:
    assert await fails(http, said) is Malformed


@pytest.mark.parametrize(
    ("method", "said", "limit"),
    [
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", 10),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nghijk\r\n", 10),
        ("GET", b"HTTP/1.1 200 OK\r\n\r\n12345678901", 10),
        ("GET", b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_LIMIT, 10),
        ("HEAD", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * HEAD_LIMIT + b"\r\n", 10),
        ("GET", INTERIM * 2000, 10),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_LIMIT + b"\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000,
            20000,
        ),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * HEAD_LIMIT, 10),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * HEAD_LIMIT, 10),
    ],
)
async def test_too_much_of_anything_is_not_kept(http: Http, method: str, said: bytes, limit: int) -> None:
    assert await fails(http, said, method, limit) is TooLarge


@pytest.mark.parametrize("size", [10, 60_000])
async def test_the_limit_is_of_the_body_and_headers_may_fill_sixty_four_kilobytes(http: Http, size: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nX: " + b"x" * (HEAD_LIMIT - 100) + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with saying(head + b"1\r\nx\r\n" * size + b"0\r\n\r\n") as raw:
        assert len((await http.request("GET", raw.url, limit=size)).content) == size


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", Malformed),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\n\r\nan end that nobody told", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Disconnected),
    ],
)
async def test_an_answer_that_breaks_off_is_none(http: Http, said: bytes, expected: type[Exception]) -> None:
    async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hostile.request(reader)
        writer.write(said)
        await writer.drain()

    async with hostile.serving(breaks_off, "http://x/") as url:
        with pytest.raises(expected):
            await asyncio.wait_for(http.request("GET", url), 5)


@pytest.mark.parametrize(("method", "repeatable", "asked"), [("GET", None, 3), ("HEAD", None, 3), ("POST", True, 3)])
async def test_a_kept_connection_that_died_is_replaced_once_for_what_may_be_repeated(
    http: Http, method: str, repeatable: bool | None, asked: int
) -> None:
    said = OK[:-2] if method == "HEAD" else OK
    async with saying(said, b"", said) as raw:
        for _ in range(2):
            assert (await http.request(method, raw.url, repeatable=repeatable)).status == 200
    assert [number for number, _ in raw.heard] == [1, 1, 2]
    assert len(raw.heard) == asked


@pytest.mark.parametrize(("method", "repeatable"), [("POST", None), ("PUT", None), ("GET", False)])
async def test_what_may_not_be_repeated_is_not(http: Http, method: str, repeatable: bool | None) -> None:
    async with saying(OK, b"", OK) as raw:
        await http.request("GET", raw.url)
        with pytest.raises(Disconnected):
            await http.request(method, raw.url, body=b"x", repeatable=repeatable)
    assert len(raw.heard) == 2


async def test_nothing_is_repeated_on_a_new_connection_or_twice(http: Http) -> None:
    async with saying(b"") as raw:
        with pytest.raises(Disconnected):
            await http.request("GET", raw.url)
        assert len(raw.heard) == 1
    async with saying(OK, b"", b"") as raw:
        await http.request("GET", raw.url)
        with pytest.raises(Disconnected):
            await http.request("GET", raw.url)
        assert len(raw.heard) == 3


async def test_nothing_is_repeated_once_a_byte_was_answered(http: Http) -> None:
    async def speaks_and_leaves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await hostile.request(reader))
        writer.write(OK)
        heard.append(await hostile.request(reader))
        writer.write(b"H")
        await writer.drain()

    heard: list[bytes] = []
    async with hostile.serving(speaks_and_leaves, "http://x/") as url:
        await http.request("GET", url)
        with pytest.raises(Disconnected):
            await http.request("GET", url)
    assert len(heard) == 2


async def test_giving_up_closes_the_connection_and_its_late_answer_reaches_nobody(http: Http) -> None:
    late = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        asked = await hostile.request(reader)
        if b"/slow" in asked:
            await late.wait()
            writer.write(OK.replace(b"ok", b"no"))
        writer.write(OK)

    connections: list[asyncio.StreamWriter] = []
    async with hostile.serving(slow, "http://x") as url:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await http.request("GET", f"{url}/slow")
        assert not any(wire.usable for wire in http.wires)
        late.set()
        assert (await http.request("GET", url)).content == b"ok"
    assert len(connections) == 2


async def test_a_connection_long_idle_is_not_used_again(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "IDLE_SECONDS", -1.0)
    async with saying(OK) as raw:
        for _ in range(3):
            await http.request("GET", raw.url)
    assert raw.connections == 3


async def test_no_more_connections_than_allowed_and_they_are_used_again(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_WIRES", 3)
    async with saying(OK) as raw:
        answers = await asyncio.gather(*(http.request("GET", raw.url) for _ in range(20)))
    assert {answer.content for answer in answers} == {b"ok"}
    assert raw.connections == 3


async def test_answers_of_many_at_once_are_each_their_own(http: Http) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            path = (await hostile.request(reader)).split(b" ")[1]
            await asyncio.sleep(0)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))

    async with hostile.serving(echo, "http://x") as url:
        paths = [f"/{number}" for number in range(200)]
        answers = await asyncio.gather(*(http.request("GET", url + path) for path in paths))
    assert [answer.content.decode() for answer in answers] == paths


async def test_nobody_there_is_refused_by_the_machine(http: Http) -> None:
    with pytest.raises(ConnectionRefusedError):
        await http.request("GET", "http://127.0.0.1:1/")


async def test_closing_hangs_up_on_everybody_and_answers_nobody_more() -> None:
    http = Http()
    async with hostile.serving(hostile.hang, "http://x/") as url:
        waiting = asyncio.create_task(http.request("GET", url))
        while not http.wires:  # noqa: ASYNC110  # a connection is made on the way, with no event to tell
            await asyncio.sleep(0)
        await http.close()
        with pytest.raises(Disconnected):
            await waiting
        with pytest.raises(Disconnected):
            await http.request("GET", url)
    assert not http.wires


async def test_an_answer_does_not_print_what_it_holds(http: Http) -> None:
    async with saying(OK.replace(b"OK\r\n", b"OK\r\nX: secret\r\n").replace(b"ok", b"no")) as raw:
        assert repr(await http.request("GET", raw.url)) == "Response(status=200)"


async def test_over_tls_only_a_certificate_that_is_trusted_for_the_very_host_is_spoken_to(tmp_path: Path) -> None:
    async with key_server(tmp_path) as served:
        served.body = b"secret"
        async with Http(served.trust) as trusting:
            for _ in range(2):
                assert (await trusting.request("GET", served.url)).content == b"secret"
            async with trusting.stream("GET", served.url) as streamed:
                assert b"".join([chunk async for chunk in streamed.chunks]) == b"secret"
            with pytest.raises(OSError, match="verify"):
                await trusting.request("GET", served.url.replace("127.0.0.1", "127.1"))
        async with Http() as usual:
            with pytest.raises(OSError, match="verify"):
                await usual.request("GET", served.url)
    assert len(served.requests) == 3


def chunked(size: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize("size", [0, 1, 8 * WINDOW])
async def test_a_stream_brings_every_byte_however_many(http: Http, size: int) -> None:
    said = chunked(size) if size else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with saying(said) as raw, http.stream("GET", raw.url) as streamed:
        assert streamed.status == 200
        assert sum([len(chunk) async for chunk in streamed.chunks]) == size


async def test_a_stream_that_nobody_takes_makes_the_sender_wait(http: Http) -> None:
    sent: list[int] = []

    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hostile.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1 << 40))
        while True:
            writer.write(b" " * WINDOW)
            await writer.drain()
            sent.append(WINDOW)

    async with hostile.serving(floods, "http://x/") as url, http.stream("GET", url) as streamed:
        await asyncio.sleep(0.2)
        before = len(sent)
        await asyncio.sleep(0.2)
        assert len(sent) == before < 40
        async for chunk in streamed.chunks:
            assert len(chunk) <= 2 * WINDOW
            if len(sent) > before + 5:
                break
    assert all(not wire.usable for wire in http.wires)


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", b"HTTP/1.1 200 OK\r\n\r\nabc", b"no"]
)
async def test_a_stream_that_breaks_off_says_so(http: Http, said: bytes) -> None:
    async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hostile.request(reader)
        writer.write(said)
        await writer.drain()

    async with hostile.serving(breaks_off, "http://x/") as url:
        with pytest.raises(Malformed):
            await _drained(http, url)


async def _drained(http: Http, url: str) -> None:
    async with http.stream("GET", url) as streamed:
        [_ async for _ in streamed.chunks]
