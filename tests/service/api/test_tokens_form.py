"""The token endpoint takes one plain form, and echoes nothing of any other."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from tests.service.api.token_client import FORM, Client
from tests.service.identity.partner_world import ROLE, World, assertion, signed


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    calling = Client(world)
    yield calling
    await calling.http.aclose()


@pytest.mark.parametrize(
    ("grant", "error"),
    [
        ("password", "unsupported_grant_type"),
        ("Client_Credentials", "unsupported_grant_type"),
        ("", "invalid_request"),
        (None, "invalid_request"),
    ],
)
async def test_no_other_grant_is_offered(client: Client, grant: str | None, error: str) -> None:
    answer = await client.ask(assertion(), grant_type=grant)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "change",
    [
        {"client_assertion_type": None},
        {"client_assertion_type": "saml"},
        {"client_assertion": None},
        {"client_assertion": ""},
        {"client_secret": "s"},
    ],
)
async def test_no_other_way_to_authenticate_is_offered(client: Client, change: dict[str, str | None]) -> None:
    answer = await client.http.post(
        "/oauth2/token",
        data={n: v for n, v in (FORM | {"client_assertion": assertion()} | change).items() if v is not None},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_two_ways_to_authenticate_at_once_are_refused(client: Client) -> None:
    form = FORM | {"client_assertion": assertion()}
    for extra in ({"headers": {"Authorization": "Basic eDp5"}}, {"params": {"client_assertion": "x"}}):
        answer = await client.http.post("/oauth2/token", data=form, **extra)  # type: ignore[arg-type]  # either
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"grant_type",
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"grant_type=%zz",
        b"grant_type=%ff",
        b"grant_type=\xff",
        b"&&",
        b"&".join(b"p%d=1" % n for n in range(17)),
        b"a=" + b"x" * (64 * 1024),
        b'{"grant_type":"client_credentials"}',
    ],
)
async def test_anything_but_a_plain_form_is_refused_and_not_echoed(client: Client, body: bytes) -> None:
    answer = await client.send(body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "more",
    [
        b"&scope=query",
        b"&grant%5Ftype=client_credentials",
        b"&" + b"&".join(b"p%d=1" % n for n in range(13)),
        b"&note=" + b"x" * (64 * 1024),
        b"&note=%",
        b"&note=%fe",
        b"&note",
    ],
)
async def test_a_good_request_with_a_blemish_is_refused(client: Client, more: bytes) -> None:
    form = urlencode(FORM | {"client_assertion": assertion()}).encode()
    spoiled = await client.send(form + more)
    assert (spoiled.status_code, spoiled.json()["error"]) == (400, "invalid_request")
    assert (await client.send(form + b"&note=1")).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "", "multipart/form-data; boundary=x", "text/plain"])
async def test_another_content_type_is_refused(client: Client, kind: str) -> None:
    answer = await client.send(urlencode(FORM | {"client_assertion": assertion()}).encode(), kind)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_nothing_sent_is_ever_echoed(client: Client) -> None:
    for change in ({"scope": "MARK"}, {"grant_type": "MARK"}, {"client_id": "MARK"}, {"client_assertion": "MARK"}):
        form = FORM | {"client_assertion": signed(act={"sub": "MARK", "role": ROLE.value})} | change
        assert "MARK" not in (await client.http.post("/oauth2/token", data=form)).text
