"""An https server on loopback that behaves as badly as a test asks, with a certificate of its own."""

import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.web import BaseRequest, StreamResponse
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NAMES = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]


class KeyServer:
    """Serves `body` with `status` and `headers` on every path, and remembers who asked."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        self.url, self.trust = f"https://127.0.0.1:{port}/jwks.json", trust
        self.port = port
        self.status, self.body = 200, b"{}"
        self.headers: dict[str, str] = {}
        self.requests: list[dict[str, str]] = []


@asynccontextmanager
async def key_server(folder: Path) -> AsyncIterator[KeyServer]:
    served, trust = _certificates(folder)
    server: KeyServer

    async def answer(request: BaseRequest) -> StreamResponse:
        server.requests.append(dict(request.headers))
        return web.Response(status=server.status, body=server.body, headers=server.headers)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served)
    await site.start()
    server = KeyServer(runner.addresses[0][1], trust)
    try:
        yield server
    finally:
        await runner.cleanup()


def _certificates(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context, and one that trusts exactly this server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "key server of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(pem)
    return served, ssl.create_default_context(cafile=str(pem))
