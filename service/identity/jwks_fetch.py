"""Fetch a partner's JWKS from its registered https URL, and from nowhere else.

No redirects, no proxies, no cookies, no compression, 64 KiB, 2 seconds. Addresses inside
our own network are refused after the name is resolved and before anything is sent, so a
name cannot lead us to a neighbor of ours (SSRF, DNS rebinding).
"""

import ipaddress
import socket
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from service.identity.keys import LARGEST_JWKS, BadKeySet

_DEADLINE = aiohttp.ClientTimeout(total=2)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class BadKeyAddress(ValueError):
    """The URL may not be registered. Says why in words fit for an operator."""


def check_url(url: str, *, private_addresses: bool) -> None:
    """Refuse a URL that is not plain https to a public host; raises BadKeyAddress."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.fragment:
        raise BadKeyAddress("a JWKS URL is https, with a host, without credentials or fragment")
    # A host that is an address never reaches the resolver below, so it is judged here.
    if not private_addresses and _is_address(parts.hostname) and not is_public(parts.hostname):
        raise BadKeyAddress("a JWKS URL does not name a private address")


async def fetch(url: str, *, private_addresses: bool = False, trust: ssl.SSLContext | None = None) -> bytes:
    """The bytes at `url`; raises OSError or BadKeySet. `trust` replaces the machine's certificate authorities."""
    check_url(url, private_addresses=private_addresses)
    resolver = ThreadedResolver() if private_addresses else PublicResolver()
    connector = aiohttp.TCPConnector(resolver=resolver, ssl=trust or True, use_dns_cache=False)
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=_DEADLINE,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            ) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return await _document(answer)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError("the key set could not be fetched") from error


async def _document(answer: aiohttp.ClientResponse) -> bytes:
    if answer.status != HTTPStatus.OK or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise BadKeySet("the key set's address did not answer 200 with a plain body")
    body = bytearray()
    async for chunk in answer.content.iter_chunked(8192):
        body += chunk
        if len(body) > LARGEST_JWKS:
            raise BadKeySet("the key set is larger than 64 KiB")
    return bytes(body)


class PublicResolver(AbstractResolver):
    """Resolves names, and refuses one if any of its addresses is not public."""

    def __init__(self, names: AbstractResolver | None = None) -> None:
        self._names = names or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises OSError when one of them is private."""
        found = await self._names.resolve(host, port, family)
        if not all(is_public(address["host"]) for address in found):
            raise OSError("the name leads to a private address")
        return found

    async def close(self) -> None:
        """Let go of the resolver beneath."""
        await self._names.close()


def is_public(address: str) -> bool:
    """Whether `address` is reachable from the whole Internet, also when an IPv4 address hides in an IPv6 one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        hidden = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            hidden = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if hidden is not None:
            return is_public(str(hidden))
    return found.is_global and not found.is_multicast


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # 2130706433, 0x7f.1 and the like: no name, yet the system's resolver would read an address into it.
        return False
    return True
