"""Alliance's connector against its real files, in a directory and behind a real HTTP outbox."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree
from time import monotonic

import pytest
import uvicorn
from aiohttp import web

from policies.vocabulary import Agency, Category
from service.connectors.agencies import alliance
from service.connectors.http import Http
from service.connectors.tailored_plan import CLAIMS, ENROLMENT, OFFERS, ROSTER
from service.connectors.x12 import Scanner
from service.county.alliance import Writer
from service.county.people import Person, people
from service.county.systems.alliance import outbox
from service.gateway.ports import Answer, Clock, Connector, Fault, Fields, Outcome, Wanted

TODAY = date(2026, 11, 23)
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


def clock() -> datetime:
    return datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def county() -> list[Person]:
    return [person for person in people(3, 1200) if Agency.ALLIANCE in person.seen]


@pytest.fixture(scope="module")
def written(county: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("county")
    writer = Writer(directory, TODAY)
    for person in county:
        writer.add(person)
    writer.close()
    return directory / "alliance"


@pytest.fixture
def place(written: Path, tmp_path: Path) -> Path:
    """Files of this test's own, to be changed at will."""
    return copytree(written, tmp_path / "alliance")


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def outbox_of(place: Path, port: int = 0) -> AsyncIterator[str]:
    """The real outbox, served in this loop."""
    config = uvicorn.Config(outbox(place), lifespan="off", access_log=False, log_level="critical")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", port)) as listening:
        running = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await running


@asynccontextmanager
async def connected(url: str, at: Clock = clock) -> AsyncIterator[Connector]:
    async with Http() as http:
        connector = alliance.connect(url, http, at)
        await connector.open()
        yield connector
        await connector.close()


@pytest.fixture(params=["directory", "file url", "http"])
async def connector(request: pytest.FixtureRequest, place: Path) -> AsyncIterator[Connector]:
    async with AsyncExitStack() as stack:
        urls = {"directory": str(place), "file url": place.as_uri()}
        if request.param == "http":
            urls["http"] = await stack.enter_async_context(outbox_of(place))
        yield await stack.enter_async_context(connected(urls[request.param]))


async def ask(connector: Connector, member: str, fields: Fields = OFFERS, seconds: float = 10) -> Answer:
    return await connector.fetch(Wanted(member, fields), seconds)


def an_id(county: list[Person], place: int = 0) -> str:
    return county[place].seen[Agency.ALLIANCE].local_id


def note(place: Path, member: str, **columns: str) -> None:
    """Change one member's line in the roster."""
    header, *lines = (place / ROSTER).read_text("utf-8").splitlines()
    names = header.split(",")
    changed = [dict.fromkeys(names, "") | {"MemberID": member} | columns]
    kept = [line for line in lines if not line.startswith(f"{member},")]
    rows = [header, *kept, *(",".join(row[name] for name in names) for row in changed)]
    (place / ROSTER).write_text("\n".join(rows) + "\n", "utf-8")


def bill(place: Path, member: str, *claims: tuple[str, str, str, str]) -> None:
    """Leave only these claims (provider, taxonomy, diagnosis, procedure) in the file, all on 2026-11-01."""
    loops = [_loop(number, member, claim) for number, claim in enumerate(claims)]
    body = "".join(f"{segment}~\n" for loop in loops for segment in loop)
    count = 3 + sum(map(len, loops))
    (place / CLAIMS).write_text(
        "ISA*00*          *00*          *ZZ*ALLIANCE       *ZZ*PORCHLIGHT     *261122*1800*^*00501*000000001*0*T*:~\n"
        "GS*HC*A*P*20261122*1800*1*X*005010X222A1~\nST*837*0001*005010X222A1~\nBHT*0019*00*1*20261122*1800*CH~\n"
        f"{body}SE*{count}*0001~\nGE*1*1~\nIEA*1*000000001~\n"
    )


def _loop(number: int, member: str, claim: tuple[str, str, str, str]) -> list[str]:
    provider, taxonomy, diagnosis, code = claim
    return [
        f"HL*{2 * number + 1}**20*1",
        f"PRV*BI*PXC*{taxonomy}",
        f"NM1*85*2*{provider}*****XX*1999000011",
        f"HL*{2 * number + 2}*{2 * number + 1}*22*0",
        "SBR*P*18*******MC",
        f"NM1*IL*1*DOE*JO****MI*{member}",
        f"CLM*C{number}*90***11:B:1*Y*A*Y*Y",
        f"HI*ABK:{diagnosis}",
        "LX*1",
        f"SV1*HC:{code}*90*UN*1***1",
        "DTP*472*D8*20261101",
    ]


def test_the_files_are_whole_interchanges(written: Path) -> None:
    for name, guide in ((ENROLMENT, "005010X220"), (CLAIMS, "005010X222")):
        scanner = Scanner(guide)
        assert len(list(scanner.feed((written / name).read_bytes()))) > 1000
        scanner.close()


async def test_everybody_in_the_plan_is_found_under_their_own_name(connector: Connector, county: list[Person]) -> None:
    for person in county[:40]:
        seen = person.seen[Agency.ALLIANCE]
        answer = await ask(connector, seen.local_id)
        assert answer.outcome is Outcome.FOUND
        assert str(answer.values[Category.IDENTITY_CORE]["legal_name"]).startswith(seen.given)
        assert answer.as_of == datetime(2026, 11, 22, 23, tzinfo=UTC)


async def test_a_familiar_neighbor_shows_every_category_and_every_field_is_shown_by_somebody(
    connector: Connector, county: list[Person]
) -> None:
    answers = [await ask(connector, person.seen[Agency.ALLIANCE].local_id) for person in county]
    shown = {(c, name) for answer in answers for c, fields in answer.values.items() for name in fields}
    assert shown == {(c, name) for c, names in OFFERS.items() for name in names}


async def test_only_what_is_wanted_comes_back(connector: Connector, county: list[Person]) -> None:
    wanted = {
        Category.BH_SUMMARY: frozenset({"assigned_care_manager"}),
        Category.CONTACT: frozenset({"safe_to_contact"}),
    }
    answer = await ask(connector, next(an_id([p]) for p in county if p.familiar), wanted)
    assert {c: set(v) for c, v in answer.values.items()} == {c: set(f) for c, f in wanted.items()}


async def test_an_unknown_member_is_not_found(connector: Connector) -> None:
    assert (await ask(connector, "A1")).outcome is Outcome.NOT_FOUND


async def test_claims_are_not_opened_for_fields_that_do_not_need_them(place: Path, county: list[Person]) -> None:
    (place / CLAIMS).unlink()
    async with connected(str(place)) as connector:
        wanted = {Category.IDENTITY_CORE: OFFERS[Category.IDENTITY_CORE]}
        assert (await ask(connector, an_id(county), wanted)).outcome is Outcome.FOUND
        assert (await ask(connector, an_id(county))).fault is Fault.REFUSED


async def test_substance_use_leaves_no_trace_in_what_is_told_of_mental_health(
    place: Path, county: list[Person]
) -> None:
    member = an_id(county)
    bill(
        place,
        member,
        ("CALM WATERS", "251S00000X", "F332", "90837"),
        ("DRY DOCK", "261QR0405X", "F332", "H0004"),
        ("DUAL HOUSE", "251S00000X", "F319", "90837"),
        ("DUAL HOUSE", "251S00000X", "F1120", "H0015"),
    )
    others: Fields = {c: fields for c, fields in OFFERS.items() if c is not Category.SUD_PART2}
    async with connected(str(place)) as connector:
        told = await ask(connector, member, others)
        part2 = await ask(connector, member, {Category.SUD_PART2: OFFERS[Category.SUD_PART2]})
    assert told.values[Category.BH_SUMMARY]["bh_provider_agency"] == "CALM WATERS"
    assert not any(word in str(told.values) for word in ("DRY DOCK", "DUAL HOUSE", "F11", "opioid"))
    assert part2.values[Category.SUD_PART2]["sud_diagnosis"] == ("F11.20 opioid dependence",)


async def test_a_member_treated_for_substance_use_alone_has_no_mental_health_to_tell(
    place: Path, county: list[Person]
) -> None:
    member = an_id(county)
    bill(place, member, ("DRY DOCK", "261QM2800X", "F1120", "S0109"))
    async with connected(str(place)) as connector:
        answer = await ask(connector, member)
    assert not {"last_bh_service_date", "bh_provider_agency"} & set(answer.values[Category.BH_SUMMARY])
    assert answer.values[Category.BH_CLINICAL] == {"recent_psych_hospitalization": False}
    assert answer.values[Category.SUD_PART2]["moud_dose"] == "5 mg"


async def test_a_service_of_a_day_still_to_come_is_not_told_as_the_last_one(place: Path, county: list[Person]) -> None:
    bill(place, an_id(county), ("CALM WATERS", "251S00000X", "F332", "90837"))
    for day, told in (("2026-11-01", True), ("2026-10-31", False)):
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        async with connected(str(place), lambda at=at: at) as connector:
            answer = await ask(connector, an_id(county))
        assert ("last_bh_service_date" in answer.values[Category.BH_SUMMARY]) is told


async def test_an_appointment_is_told_until_its_day_has_passed_by_the_clock_at_the_time_of_asking(
    place: Path, county: list[Person]
) -> None:
    note(place, an_id(county), NextBHAppointment="2026-12-01", LAIDueDate="2026-12-01")
    for day, told in ((1, {"next_bh_appointment", "lai_due_date"}), (2, {"lai_due_date"})):
        async with connected(str(place), lambda day=day: datetime(2026, 12, day, 12, tzinfo=UTC)) as connector:
            answer = await ask(connector, an_id(county))
        assert {"next_bh_appointment", "lai_due_date"} & set(answer.values[Category.BH_SUMMARY]) == told


async def test_free_text_and_unknown_codes_of_the_roster_are_never_told(place: Path, county: list[Person]) -> None:
    note(place, an_id(county), Deescalation="SPACE;call his brother", Notes="brother", CrisisPlan="Y")
    async with connected(str(place)) as connector:
        answer = await ask(connector, an_id(county))
    assert answer.values[Category.BH_SUMMARY]["crisis_plan_deescalation"] == ("leave space and a way out",)
    assert "brother" not in str(answer.values)


async def test_the_phone_is_withheld_where_contact_is_not_safe(place: Path, county: list[Person]) -> None:
    member = next(p.seen[Agency.ALLIANCE].local_id for p in county if p.seen[Agency.ALLIANCE].phone)
    for safe in ("Y", "N"):
        note(place, member, SafeToContact=safe)
        async with connected(str(place)) as connector:
            contact = (await ask(connector, member)).values[Category.CONTACT]
        assert contact["safe_to_contact"] is (safe == "Y")
        assert ("phone" in contact) is (safe == "Y")


async def test_a_file_that_changes_is_indexed_anew_before_it_is_read(
    connector: Connector, place: Path, county: list[Person]
) -> None:
    last = next(person for person in reversed(county) if person.familiar)
    await ask(connector, an_id([last]))
    note(place, an_id(county), PreferredName="Somebody with a long new name")
    note(place, an_id([last]), CareManager="New Manager", NextContact="2026-12-24")
    answer = await ask(connector, an_id([last]))
    assert answer.values[Category.CARE_TEAM] == {"worker_name": "New Manager", "next_appointment": "2026-12-24"}


async def test_a_new_member_is_found_once_the_new_file_is_there(
    connector: Connector, place: Path, county: list[Person]
) -> None:
    assert (await ask(connector, "A99999999")).outcome is Outcome.NOT_FOUND
    renamed = (place / ENROLMENT).read_text().replace(f"REF*0F*{an_id(county)}~", "REF*0F*A99999999~")
    (place / ENROLMENT).write_text(renamed)
    os.utime(place / ENROLMENT, ns=(1, 1))
    wanted = {Category.IDENTITY_CORE: frozenset({"legal_name"})}
    assert (await ask(connector, "A99999999", wanted)).outcome is Outcome.FOUND


async def test_the_feed_holds_everybody_once_as_alliance_spells_them(
    connector: Connector, county: list[Person]
) -> None:
    fed = [seen async for seen in connector.feed()]
    told = {seen.local_id: (seen.given, seen.family, seen.suffix, seen.birth_date, seen.medicaid_id) for seen in fed}
    assert len(told) == len(fed) == len(county)
    for person in county:
        seen = person.seen[Agency.ALLIANCE]
        expected = (seen.given, seen.family, seen.suffix, seen.birth_date, seen.medicaid_id)
        assert told[seen.local_id] == expected


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(ENROLMENT, b"*00501*", b"*00401*", id="004010"),
        pytest.param(ENROLMENT, b"IEA*1*", b"IEA*2*", id="wrong count"),
        pytest.param(CLAIMS, b"X222A1~\nST", b"X222A1~\nXX", id="no transaction set"),
        pytest.param(ROSTER, b"MemberID", b"Member", id="other header"),
        pytest.param(ROSTER, b"MemberID,", b'MemberID,"', id="open quote"),
    ],
)
async def test_a_file_that_is_not_what_it_should_be_is_garbage(
    place: Path, county: list[Person], name: str, old: bytes, new: bytes
) -> None:
    content = (place / name).read_bytes()
    assert old in content
    (place / name).write_bytes(content.replace(old, new, 1))
    async with connected(str(place)) as connector:
        answer = await ask(connector, an_id(county))
    assert (answer.outcome, answer.fault, answer.values) == (Outcome.UNAVAILABLE, Fault.GARBAGE, {})


async def test_a_member_with_more_than_a_megabyte_of_claims_is_too_large(place: Path, county: list[Person]) -> None:
    bill(place, an_id(county), *[("P", "251S00000X", "F332", "90837")] * 6000)
    async with connected(str(place)) as connector:
        assert (await ask(connector, an_id(county))).fault is Fault.TOO_LARGE


def lying(place: Path, answer: Answering) -> web.Application:
    """An outbox that tells the truth about whole files, and `answer`s when asked for a range."""

    async def either(request: web.Request) -> web.StreamResponse:
        return await answer(request) if "Range" in request.headers else web.FileResponse(place / request.path[1:])

    app = web.Application()
    for name in (ENROLMENT, CLAIMS, ROSTER):
        app.router.add_get(f"/{name}", either)
    return app


def ranged(
    place: Path, request: web.Request, *, swap: tuple[bytes, bytes] = (b"-", b"-"), shift: int = 0
) -> web.Response:
    """A range of a file, as if of the very version on disk, but with two members swapped, or shifted by some bytes."""
    file = place / request.path.strip("/")
    content = file.read_bytes().replace(swap[0], b"\0").replace(swap[1], swap[0]).replace(b"\0", swap[1])
    start, end = (int(part) + shift for part in request.headers["Range"].removeprefix("bytes=").split("-"))
    told = file.stat()
    headers = {
        "Content-Range": f"bytes {start}-{end}/{told.st_size}",
        "ETag": f'"{told.st_mtime_ns:x}-{told.st_size:x}"',
    }
    response = web.Response(status=206, body=content[start : end + 1], headers=headers)
    response.last_modified = told.st_mtime
    return response


async def _server_error(_: web.Request) -> web.Response:
    return web.Response(status=500, text="a stack")


async def _refused(_: web.Request) -> web.Response:
    return web.Response(status=403)


async def _elsewhere(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/elsewhere"})


async def _whole(_: web.Request) -> web.Response:
    return web.Response(text="all of it")


async def _other_file(_: web.Request) -> web.Response:
    return web.Response(status=206, text="x", headers={"Content-Range": "bytes 0-0/1", "ETag": '"other"'})


async def _hanging(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (_server_error, Fault.SERVER_ERROR),
        (_refused, Fault.REFUSED),
        (_elsewhere, Fault.GARBAGE),
        (_whole, Fault.GARBAGE),
        (_other_file, Fault.GARBAGE),
        (_hanging, Fault.TIMEOUT),
    ],
)
async def test_whatever_the_outbox_does_becomes_a_fault_within_the_deadline(
    place: Path, county: list[Person], answer: Answering, fault: Fault
) -> None:
    async with serving(lying(place, answer)) as url, connected(url) as connector:
        assert (await ask(connector, "A1")).outcome is Outcome.NOT_FOUND  # the index is built
        begun = monotonic()
        got = await ask(connector, an_id(county), seconds=0.5)
        assert monotonic() - begun < 1
    assert (got.outcome, got.fault, got.values) == (Outcome.UNAVAILABLE, fault, {})


async def test_bytes_of_another_range_than_the_one_asked_are_garbage(place: Path, county: list[Person]) -> None:
    async def shifted(request: web.Request) -> web.StreamResponse:
        return ranged(place, request, shift=1)

    async with serving(lying(place, shifted)) as url, connected(url) as connector:
        wanted = {Category.CARE_TEAM: OFFERS[Category.CARE_TEAM]}
        answer = await ask(connector, next(an_id([p]) for p in county if p.familiar), wanted)
    assert (answer.outcome, answer.fault, answer.values) == (Outcome.UNAVAILABLE, Fault.GARBAGE, {})


@pytest.mark.parametrize("name", [ENROLMENT, CLAIMS, ROSTER])
async def test_another_members_bytes_in_place_of_the_asked_ones_are_refused(
    place: Path, county: list[Person], name: str
) -> None:
    """The outbox swaps two members of equal length and says nothing changed."""
    asked, other = an_id(county, 1).encode(), an_id(county, 2).encode()

    async def swapped(request: web.Request) -> web.StreamResponse:
        two = (asked, other) if request.path == f"/{name}" else (b"-", b"-")
        return ranged(place, request, swap=two)

    async with serving(lying(place, swapped)) as url, connected(url) as connector:
        answer = await ask(connector, asked.decode())
    assert (answer.outcome, answer.fault, answer.values) == (Outcome.UNAVAILABLE, Fault.WRONG_PERSON, {})


async def test_an_outbox_that_is_away_is_refused_and_is_read_once_it_is_back(
    place: Path, county: list[Person], unused_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_port}"
    async with connected(url) as connector:
        assert (await ask(connector, an_id(county))).fault is Fault.REFUSED
        async with outbox_of(place, unused_port):
            assert (await ask(connector, an_id(county))).outcome is Outcome.FOUND


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port
