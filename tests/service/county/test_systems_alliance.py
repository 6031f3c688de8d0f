"""Alliance's outbox as HTTP has it (RFC 9110 sections 13.1.5 and 14)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service.county.systems.alliance import Unsatisfiable, extent, outbox

CONTENT = bytes(range(256)) * 8192  # two megabytes
NAME = "/roster.csv"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "roster.csv").write_bytes(CONTENT)
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


class Told:
    """What the outbox sent."""

    def __init__(self) -> None:
        self.status, self.headers, self.body, self.ended = 0, dict[str, str](), b"", False

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            self.ended = not message.get("more_body", False)


async def ask(place: Path, path: str = NAME, method: str = "GET", **headers: str) -> Told:
    told = Told()
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def nothing() -> Mapping[str, Any]:
        return {}

    await outbox(place)({"type": "http", "path": path, "method": method, "headers": sent}, nothing, told.send)
    assert told.ended
    return told


async def test_the_whole_file_is_told_by_length_time_and_tag(place: Path) -> None:
    told = await ask(place)
    assert (told.status, told.body) == (200, CONTENT)
    assert told.headers["content-length"] == str(len(CONTENT))
    assert {"etag", "last-modified"} <= set(told.headers)
    assert told.headers["accept-ranges"] == "bytes"
    assert "content-range" not in told.headers


async def test_head_tells_the_same_without_the_bytes_and_knows_no_range(place: Path) -> None:
    whole, head = await ask(place), await ask(place, method="HEAD", range="bytes=0-1")
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=1000000-2097151", 1000000, len(CONTENT)),
        ("bytes=2097151-", len(CONTENT) - 1, len(CONTENT)),
        ("bytes=10-99999999999", 10, len(CONTENT)),
        ("bytes=-3", len(CONTENT) - 3, len(CONTENT)),
        ("bytes=-99999999", 0, len(CONTENT)),
    ],
)
async def test_a_range_is_exactly_the_bytes_asked_for(place: Path, asked: str, start: int, end: int) -> None:
    told = await ask(place, range=asked)
    assert (told.status, told.body) == (206, CONTENT[start:end])
    assert told.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert told.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=2097152-", "bytes=2097152-2097153", "bytes=-0"])
async def test_a_range_beyond_the_end_is_said_to_be_that(place: Path, asked: str) -> None:
    told = await ask(place, range=asked)
    assert (told.status, told.body, told.headers["content-range"]) == (416, b"", f"bytes */{len(CONTENT)}")


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=a-b", "bytes= 0-1", "x"])
async def test_what_is_no_single_range_of_bytes_brings_the_whole(place: Path, asked: str) -> None:
    told = await ask(place, range=asked)
    assert (told.status, len(told.body)) == (200, len(CONTENT))


async def test_a_range_of_another_version_brings_the_whole_of_this_one(place: Path) -> None:
    first = await ask(place)
    for same in (first.headers["etag"], first.headers["last-modified"]):
        assert (await ask(place, range="bytes=0-1", if_range=same)).status == 206
    for other in ('"other"', "W/" + first.headers["etag"], "Mon, 01 Jan 1990 00:00:00 GMT", ""):
        assert (await ask(place, range="bytes=0-1", if_range=other)).status == 200
    (place / "roster.csv").write_bytes(CONTENT + b"x")
    changed = await ask(place, range="bytes=0-1", if_range=first.headers["etag"])
    assert (changed.status, changed.headers["etag"] != first.headers["etag"]) == (200, True)


@pytest.mark.parametrize(
    "path", ["/secret.txt", "/", "", "/../truth.csv", "//roster.csv", "/roster.csv/", "/claims.837"]
)
async def test_nothing_but_the_three_files_can_be_had(place: Path, path: str) -> None:
    assert (await ask(place, path)).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_can_be_sent_to_it(place: Path, method: str) -> None:
    assert (await ask(place, method=method)).status == 405


def test_an_empty_file_has_no_range() -> None:
    with pytest.raises(Unsatisfiable):
        extent(b"bytes=0-", 0)
