"""Who a query is about, answered from a real PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncEngine

from policies.vocabulary import Agency, Purpose, Role
from service.db.reads import Question, Reads
from service.gateway.ports import Subjects
from service.gateway.query import Asker, ByDemographics, ByIdentifier, Query, Subject, SubjectClaim
from service.problems import StoreUnavailable
from service.subjects.index import Index
from service.subjects.intake import take_in
from tests.service.subjects.people_alike import feed, somebody

AT_EMS: dict[str, Any] = {"custodian": Agency.EMS, "local_id": "E-1"}
AT_LINCOLN: dict[str, Any] = {"custodian": Agency.LINCOLN, "local_id": "L-1"}
NAME_AND_BORN = ByDemographics(given="Keisha", family="Satterfield", birth_date=date(1984, 5, 17))


def asking(claim: SubjectClaim) -> Query:
    asker = Asker("p-1", Agency.HEART, "worker-1", Role.HEART_NAVIGATOR, agreement_active=True, token_id="t-1")  # noqa: S106  # no secret
    return Query("q-1", asker, claim, Purpose.COC, (), datetime(2026, 1, 2, tzinfo=UTC))


async def resolved(index: Subjects, claim: SubjectClaim) -> Subject | None:
    return await index.resolve(asking(claim))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """The statements the index sent."""
    sent: list[Question] = []
    ask = Reads.ask

    async def noted(reads: Reads, *questions: Question) -> list[list[TupleRow]]:
        sent.extend(questions)
        return await ask(reads, *questions)

    monkeypatch.setattr(Reads, "ask", noted)
    return sent


async def test_any_custodians_identifier_names_the_person_and_all_their_links(
    engine: AsyncEngine, reads: Reads
) -> None:
    await take_in(engine, feed(somebody(), somebody(**AT_EMS)))
    index = Index(reads)
    by_dss = await resolved(index, ByIdentifier(Agency.DSS, "D-1"))
    assert by_dss == await resolved(index, ByIdentifier(Agency.EMS, "E-1"))
    assert by_dss is not None
    assert by_dss.links == {Agency.DSS: "D-1", Agency.EMS: "E-1"}
    assert by_dss.birth_date == date(1984, 5, 17)


async def test_demographics_name_the_same_person(engine: AsyncEngine, reads: Reads) -> None:
    await take_in(engine, feed(somebody(), somebody(**AT_EMS)))
    index = Index(reads)
    assert await resolved(index, NAME_AND_BORN) == await resolved(index, ByIdentifier(Agency.DSS, "D-1"))


@pytest.mark.parametrize(
    "claim",
    [
        ByIdentifier(Agency.EMS, "D-1"),
        ByIdentifier(Agency.DSS, "d-1"),
        ByIdentifier(Agency.DSS, ""),
        ByIdentifier(Agency.DSS, "D-1\0"),
        ByIdentifier(Agency.DSS, "\ud800"),
        ByIdentifier(Agency.DSS, "D" * 129),
        ByIdentifier(Agency.DSS, "' OR true --"),
        ByDemographics(given="Keisha", family="Satterfield"),
        ByDemographics(),
        replace(NAME_AND_BORN, given="Denise"),
        replace(NAME_AND_BORN, given="\0\ud800"),
    ],
)
async def test_whoever_is_not_named_is_nobody(engine: AsyncEngine, reads: Reads, claim: SubjectClaim) -> None:
    await take_in(engine, feed(somebody()))
    assert await resolved(Index(reads), claim) is None


async def test_ambiguity_is_nobody(engine: AsyncEngine, reads: Reads) -> None:
    await take_in(engine, feed(somebody(), somebody(local_id="D-2", phone="919-555-0199")))
    assert await resolved(Index(reads), NAME_AND_BORN) is None


async def test_an_identifier_costs_one_statement(engine: AsyncEngine, reads: Reads, asked: list[Question]) -> None:
    await take_in(engine, feed(somebody()))
    await resolved(Index(reads), ByIdentifier(Agency.DSS, "D-1"))
    assert len(asked) == 1


async def test_one_demographic_is_not_even_looked_up(reads: Reads, asked: list[Question]) -> None:
    assert await resolved(Index(reads), ByDemographics(given="Keisha", family="Satterfield")) is None
    assert asked == []


async def test_concurrent_look_ups_share_statements_and_each_gets_their_own(
    engine: AsyncEngine, reads: Reads, asked: list[Question]
) -> None:
    names = ("Keisha", "Marcus", "Rosa", "Xiomara", "Tyrone", "Hana")
    await take_in(engine, feed(*(somebody(local_id=name, given=name) for name in names)))
    index = Index(reads)
    found = await asyncio.gather(*(resolved(index, ByIdentifier(Agency.DSS, name)) for name in names * 20))
    assert [subject.links[Agency.DSS] for subject in found if subject] == list(names * 20)
    assert len(asked) <= 2


async def test_a_link_made_a_moment_ago_is_seen(engine: AsyncEngine, reads: Reads) -> None:
    index = Index(reads)
    assert await resolved(index, ByIdentifier(Agency.DSS, "D-1")) is None
    await take_in(engine, feed(somebody()))
    assert await resolved(index, ByIdentifier(Agency.DSS, "D-1")) is not None


async def test_of_disputed_birth_dates_the_commonest_counts_and_then_the_youngest(
    engine: AsyncEngine, reads: Reads
) -> None:
    slip = date(1984, 5, 18)
    await take_in(engine, feed(somebody(), somebody(birth_date=slip, **AT_EMS)))
    two = await resolved(Index(reads), ByIdentifier(Agency.DSS, "D-1"))
    await take_in(engine, feed(somebody(**AT_LINCOLN)))
    three = await resolved(Index(reads), ByIdentifier(Agency.DSS, "D-1"))
    assert two is not None
    assert three is not None
    assert (two.birth_date, three.birth_date) == (slip, date(1984, 5, 17))


@pytest.mark.parametrize("claim", [ByIdentifier(Agency.DSS, "D-1"), NAME_AND_BORN])
async def test_a_database_that_is_gone_is_a_problem_and_not_a_nobody(claim: SubjectClaim) -> None:
    nowhere = Reads("postgresql://porchlight@/porchlight?host=/nonexistent", seconds=0.2)
    await nowhere.open()
    with pytest.raises(StoreUnavailable):
        await resolved(Index(nowhere), claim)
    await nowhere.close()
