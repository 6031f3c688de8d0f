"""Feeds taken into a real PostgreSQL: repeatable, order kept, nobody moved without reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from policies.vocabulary import Agency
from service.county.people import AGENCIES, people
from service.db.session import read
from service.gateway.ports import Sighting
from service.subjects.intake import Tally, take_in
from service.subjects.neighborhood import named
from service.subjects.quality import measure
from service.subjects.tables import blocking, link, link_review, person
from tests.service.subjects.people_alike import feed, somebody

AT_EMS: dict[str, Any] = {"custodian": Agency.EMS, "local_id": "E-1"}


async def everything(engine: AsyncEngine) -> Sequence[Sequence[Any]]:
    return [
        sorted(map(tuple, await read(engine, select(*table.columns))), key=repr)
        for table in (person, link, blocking, link_review)
    ]


async def refs(engine: AsyncEngine) -> dict[str, str]:
    return {local_id: ref for local_id, ref in await read(engine, select(link.c.local_id, link.c.ref))}  # noqa: C416  # rows


async def questions(engine: AsyncEngine) -> list[tuple[str, str]]:
    return [
        (row.local_id, row.cause) for row in await read(engine, select(link_review.c.local_id, link_review.c.cause))
    ]


async def test_two_custodians_lines_about_one_person_share_a_reference(engine: AsyncEngine) -> None:
    await take_in(engine, feed(somebody()))
    tally = await take_in(engine, feed(somebody(given="Kiesha", **AT_EMS)))
    assert tally == Tally(lines=1, persons=0, links=1)
    assert len(set((await refs(engine)).values())) == 1


async def test_lines_of_one_batch_find_each_other(engine: AsyncEngine) -> None:
    tally = await take_in(engine, feed(somebody(), somebody(**AT_EMS)))
    assert (tally.persons, tally.links) == (1, 2)


async def test_the_same_feed_again_changes_nothing(engine: AsyncEngine) -> None:
    lines = [seen for someone in people(3, 40) for seen in someone.seen.values()]
    await take_in(engine, feed(*lines), batch=7)
    before = await everything(engine)
    assert await take_in(engine, feed(*lines), batch=11) == Tally(lines=len(lines))
    assert await everything(engine) == before


async def test_a_changed_line_is_updated_and_stays_with_its_person(engine: AsyncEngine) -> None:
    await take_in(engine, feed(somebody(), somebody(**AT_EMS)))
    before = await refs(engine)
    await take_in(engine, feed(somebody(family="Alston", street="9 Elm St", phone="919-555-0100")))
    assert await refs(engine) == before
    assert (await read(engine, select(link.c.family).where(link.c.local_id == "D-1")))[0][0] == "Alston"


async def test_an_identifier_given_to_somebody_else_leaves_the_person_and_asks_a_human(engine: AsyncEngine) -> None:
    await take_in(engine, feed(somebody(), somebody(**AT_EMS)))
    await take_in(engine, feed(somebody(given="Darnell", family="Le", birth_date=date(1950, 2, 3), sex="M")))
    after = await refs(engine)
    assert after["D-1"] != after["E-1"]
    assert await questions(engine) == [("D-1", "changed")]


async def test_a_doubtful_likeness_opens_a_review_and_makes_no_link(engine: AsyncEngine) -> None:
    await take_in(engine, feed(somebody(), somebody(birth_date=None, **AT_EMS)))
    assert len(set((await refs(engine)).values())) == 2
    assert await questions(engine) == [("E-1", "similar")]


async def test_a_line_the_database_cannot_hold_is_refused_and_the_rest_taken(engine: AsyncEngine) -> None:
    bad = [somebody(local_id=""), somebody(local_id="D-8", given="Kei\0sha"), somebody(local_id="D-9", given="\ud800")]
    assert await take_in(engine, feed(*bad, somebody())) == Tally(lines=4, refused=3, persons=1, links=1)


async def test_two_feeds_at_once_do_not_make_two_of_one_person(engine: AsyncEngine) -> None:
    here = [replace(somebody(), local_id=f"D-{n}", given=name) for n, name in enumerate(("Keisha", "Marcus", "Rosa"))]
    there = [replace(seen, custodian=Agency.EMS, local_id=f"E-{n}") for n, seen in enumerate(here)]
    await asyncio.gather(take_in(engine, feed(*here), batch=1), take_in(engine, feed(*there), batch=1))
    assert len(set((await refs(engine)).values())) == 3


async def test_a_feed_that_breaks_keeps_its_finished_batches(engine: AsyncEngine) -> None:
    async def broken() -> Any:
        yield somebody()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await take_in(engine, broken(), batch=1)
    assert list(await refs(engine)) == ["D-1"]


@pytest.mark.parametrize("seed", [1, 77])
async def test_the_countys_links_are_right(engine: AsyncEngine, seed: int) -> None:
    county = list(people(seed, 600))
    for agency in AGENCIES:
        await take_in(engine, feed(*(someone.seen[agency] for someone in county if agency in someone.seen)))
    truth = {named(seen): someone.number for someone in county for seen in someone.seen.values()}
    found = await measure(engine, truth)
    assert found.precision >= 0.999
    assert found.recall >= 0.95
    assert found.true > 300


def test_a_sighting_never_shows_itself() -> None:
    assert "Keisha" not in repr(somebody())
    assert isinstance(somebody(), Sighting)
