"""The roster and the caseload decide who someone is and whom they care for; a claim never does."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from policies.vocabulary import Agency, Role
from service.db.engine import engine as make_engine
from service.db.session import transaction
from service.identity.actor import Roster, Standing, standings
from service.identity.staff import Assignment, BadStaffFile, Post
from service.identity.staffing import load_caseload, load_roster, put_caseload, put_roster
from service.problems import StoreUnavailable
from tests.service.identity.partner_world import AT

CASEWORKER, NAVIGATOR = Role.DSS_CASEWORKER, Role.HEART_NAVIGATOR
DAY = date(2026, 11, 23)
POSTS = [
    Post(Agency.DSS, "d-1", CASEWORKER),
    Post(Agency.DSS, "d-2", CASEWORKER, active=False),
    Post(Agency.DSS, "d-3", CASEWORKER),
    Post(Agency.HEART, "h-1", NAVIGATOR),
]
CASES = [
    Assignment(Agency.DSS, "d-1", "s-own", date(2026, 1, 1)),
    Assignment(Agency.DSS, "d-1", "s-today", DAY, DAY),
    Assignment(Agency.DSS, "d-1", "s-past", date(2026, 1, 1), date(2026, 11, 22)),
    Assignment(Agency.DSS, "d-1", "s-future", date(2026, 11, 24)),
    Assignment(Agency.HEART, "*", "s-team", date(2026, 1, 1)),
    Assignment(Agency.DSS, "d-2", "s-left", date(2026, 1, 1)),
]


@pytest.fixture
async def staffed(engine: AsyncEngine) -> AsyncEngine:
    async with transaction(engine) as connection:
        await put_roster(connection, POSTS)
        await put_caseload(connection, CASES)
    return engine


async def asked(engine: AsyncEngine, *questions: tuple[Agency, str, Role, str | None]) -> list[tuple[bool, bool]]:
    async with transaction(engine) as connection:
        found = await standings(connection, questions, AT)
    return [(standing.role_confirmed, standing.relationship) for standing in found]


@pytest.mark.parametrize(
    ("subject", "related"),
    [("s-own", True), ("s-today", True), ("s-past", False), ("s-future", False), ("s-team", False), (None, False)],
)
async def test_a_relationship_is_the_actors_own_and_lasts_its_days(
    staffed: AsyncEngine, subject: str | None, related: bool
) -> None:
    assert await asked(staffed, (Agency.DSS, "d-1", CASEWORKER, subject)) == [(True, related)]


async def test_a_team_cares_together_but_only_its_active_members(staffed: AsyncEngine) -> None:
    member, stranger = (Agency.HEART, "h-1", NAVIGATOR, "s-team"), (Agency.HEART, "h-9", NAVIGATOR, "s-team")
    assert await asked(staffed, member, stranger) == [(True, True), (False, False)]


@pytest.mark.parametrize(
    "claim",
    [
        (Agency.DSS, "d-1", Role.PRIVACY_OFFICER, "s-own"),  # a role not theirs
        (Agency.EMS, "d-1", CASEWORKER, "s-own"),  # another agency's
        (Agency.DSS, "D-1", CASEWORKER, "s-own"),
        (Agency.DSS, "*", CASEWORKER, "s-own"),
        (Agency.DSS, "d-2", CASEWORKER, "s-left"),  # left the agency
        (Agency.DSS, "", CASEWORKER, "s-own"),
        (Agency.DSS, "d-1' OR '1'='1", CASEWORKER, "s-own"),
    ],
)
async def test_a_claim_the_roster_does_not_confirm_is_worth_nothing(
    staffed: AsyncEngine, claim: tuple[Agency, str, Role, str]
) -> None:
    assert await asked(staffed, claim) == [(False, False)]


async def test_answers_keep_the_order_of_the_questions_duplicates_included(staffed: AsyncEngine) -> None:
    own, past = (Agency.DSS, "d-1", CASEWORKER, "s-own"), (Agency.DSS, "d-1", CASEWORKER, "s-past")
    unknown = (Agency.DSS, "d-9", CASEWORKER, None)
    expected = [(True, True), (False, False), (True, False), (True, True), (True, True)]
    assert await asked(staffed, own, unknown, past, own, own) == expected
    assert await asked(staffed) == []


async def test_a_day_is_durhams_day(staffed: AsyncEngine) -> None:
    question = [(Agency.DSS, "d-1", CASEWORKER, "s-today")]
    last = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)
    async with transaction(staffed) as connection:
        assert await standings(connection, question, last) == [Standing(role_confirmed=True, relationship=True)]
        assert not (await standings(connection, question, last.replace(hour=5)))[0].relationship


async def test_the_roster_confirms_one_actor_in_one_role(staffed: AsyncEngine) -> None:
    roster = Roster(staffed)
    assert await roster.confirms(Agency.DSS, "d-1", CASEWORKER, AT)
    assert not await roster.confirms(Agency.DSS, "d-1", NAVIGATOR, AT)
    assert not await roster.confirms(Agency.DSS, "d-2", CASEWORKER, AT)


async def test_without_the_database_nobody_is_confirmed() -> None:
    gone = make_engine("postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(StoreUnavailable):
        await Roster(gone).confirms(Agency.DSS, "d-1", CASEWORKER, AT)
    await gone.dispose()


async def test_who_is_no_longer_listed_is_out_and_other_agencies_are_untouched(
    staffed: AsyncEngine, tmp_path: Path
) -> None:
    (tmp_path / "r.csv").write_text("agency,actor,role,active\nDSS,d-2,dss_caseworker,true\n")
    async with transaction(staffed) as connection:
        assert await load_roster(connection, tmp_path / "r.csv") == 1
    assert await asked(
        staffed,
        (Agency.DSS, "d-1", CASEWORKER, "s-own"),
        (Agency.DSS, "d-2", CASEWORKER, "s-left"),
        (Agency.HEART, "h-1", NAVIGATOR, "s-team"),
    ) == [(False, False), (True, True), (True, True)]


async def test_a_new_caseload_replaces_the_agencys_old_one(staffed: AsyncEngine, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("agency,actor,subject_ref,since,until\nDSS,d-1,s-new,2026-01-01,\nDSS,d-1,s-new,2026-01-01,\n")
    async with transaction(staffed) as connection:
        assert await load_caseload(connection, path) == 2
    own, new = (Agency.DSS, "d-1", CASEWORKER, "s-own"), (Agency.DSS, "d-1", CASEWORKER, "s-new")
    team = (Agency.HEART, "h-1", NAVIGATOR, "s-team")
    assert await asked(staffed, own, new, team) == [(True, False), (True, True), (True, True)]


async def test_a_file_with_one_bad_row_changes_nothing(staffed: AsyncEngine, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = "DSS,d-9,dss_caseworker,true\n" * 6000
    path.write_text(f"agency,actor,role,active\n{rows}DSS,d-8,boss,true\n")
    with pytest.raises(BadStaffFile, match="row 6001"):
        async with transaction(staffed) as connection:
            await load_roster(connection, path)
    claims = (Agency.DSS, "d-1", CASEWORKER, "s-own"), (Agency.DSS, "d-9", CASEWORKER, "s-own")
    assert await asked(staffed, *claims) == [(True, True), (False, False)]


async def test_the_table_itself_refuses_an_actor_who_is_everyone(engine: AsyncEngine) -> None:
    forged = Post(Agency.DSS, "d-1", CASEWORKER)
    object.__setattr__(forged, "actor", "*")
    with pytest.raises(IntegrityError):
        async with transaction(engine) as connection:
            await put_roster(connection, [forged])
