"""A partner's key set comes from its registered https address or not at all."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from service.identity import jwks_fetch
from service.identity.jwks_fetch import BadKeyAddress, PublicResolver, check_url, fetch, is_public
from service.identity.keys import BadKeySet
from tests.service.identity.key_server import KeyServer, key_server
from tests.service.identity.partner_world import jwks


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[KeyServer]:
    async with key_server(tmp_path) as running:
        running.body = json.dumps(jwks()).encode()
        yield running


async def test_the_registered_address_is_read_without_cookies_or_compression(server: KeyServer) -> None:
    assert await fetch(server.url, private_addresses=True, trust=server.trust) == server.body
    assert server.requests[0]["Accept-Encoding"] == "identity"
    by_name = server.url.replace("127.0.0.1", "localhost")
    assert await fetch(by_name, private_addresses=True, trust=server.trust) == server.body


async def test_an_address_inside_our_network_is_never_called(server: KeyServer) -> None:
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"):
        with pytest.raises((OSError, BadKeyAddress)):
            await fetch(f"https://{host}:{server.port}/jwks.json", trust=server.trust)
    assert server.requests == []


async def test_a_server_nobody_vouches_for_is_refused(server: KeyServer) -> None:
    with pytest.raises(OSError, match="could not be fetched"):
        await fetch(server.url, private_addresses=True)
    assert server.requests == []


async def test_a_redirect_is_not_followed(server: KeyServer) -> None:
    server.status, server.headers = 302, {"Location": server.url + "?again"}
    with pytest.raises(BadKeySet):
        await fetch(server.url, private_addresses=True, trust=server.trust)
    assert len(server.requests) == 1


async def test_an_oversized_set_is_cut_off(server: KeyServer) -> None:
    server.body = b" " * (64 * 1024 + 1)
    with pytest.raises(BadKeySet, match="64 KiB"):
        await fetch(server.url, private_addresses=True, trust=server.trust)


async def test_a_compressed_set_is_refused_unopened(server: KeyServer) -> None:
    server.body, server.headers = gzip.compress(server.body), {"Content-Encoding": "gzip"}
    with pytest.raises(BadKeySet):
        await fetch(server.url, private_addresses=True, trust=server.trust)


async def test_a_source_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks_fetch, "_DEADLINE", aiohttp.ClientTimeout(total=0.05))
    hung = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung.wait()
        writer.close()

    silent = await asyncio.start_server(hang, "127.0.0.1", 0)
    with pytest.raises(OSError, match="could not be fetched"):
        await fetch(f"https://127.0.0.1:{silent.sockets[0].getsockname()[1]}/", private_addresses=True)
    hung.set()
    silent.close()


def test_the_deadline_is_two_seconds() -> None:
    assert jwks_fetch._DEADLINE.total == 2  # noqa: SLF001  # the promise itself


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.test/jwks.json",
        "ftp://keys.test/jwks.json",
        "file:///etc/passwd",
        "https:///jwks.json",
        "https://user@keys.test/",
        "https://keys.test/#fragment",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest",
        "",
    ],
)
def test_an_unfit_address_cannot_be_registered(url: str) -> None:
    with pytest.raises(BadKeyAddress):
        check_url(url, private_addresses=False)


def test_a_fit_address_can_be_registered() -> None:
    check_url("https://keys.test:8443/jwks.json?v=2", private_addresses=False)
    check_url("https://127.0.0.1:8443/", private_addresses=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # judged, not bound
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_every_spelling_of_a_private_address_is_private(address: str) -> None:
    assert not is_public(address)


class Names(AbstractResolver):
    """Answers every name with the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


async def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    assert len(await PublicResolver(Names("8.8.8.8")).resolve("keys.test")) == 1
    with pytest.raises(OSError, match="private"):
        await PublicResolver(Names("8.8.8.8", "10.0.0.1")).resolve("keys.test")
