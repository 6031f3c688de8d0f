"""A custodian's database over kept lines, against a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from time import monotonic
from uuid import uuid4

import psycopg
import pytest

from service.connectors import rows
from service.connectors.rows import Database
from service.db.embedded import Embedded

WHO = b"SELECT pg_backend_pid() AS pid, $1::text AS said"
SLEEP = b"SELECT pg_sleep(30)::text, $1::text"


@pytest.fixture
async def database(cluster: Embedded) -> AsyncIterator[Database]:
    opened = Database(cluster.url("postgres"))
    yield opened
    opened.close()


async def pid(database: Database) -> int:
    return int((await database.ask(WHO, "x"))[0]["pid"])


async def test_rows_come_by_column_with_the_types_of_the_database(database: Database) -> None:
    statement = b"SELECT n, date '2026-11-23' AS day, $1::text AS said, NULL AS nothing FROM generate_series(1, 2) n"
    day = date(2026, 11, 23)
    assert await database.ask(statement, "é' OR 1=1 --") == [
        {"n": n, "day": day, "said": "é' OR 1=1 --", "nothing": None} for n in (1, 2)
    ]
    assert await database.ask(b"SELECT 1 AS n WHERE $1::text = 'y'", "x") == []


async def test_one_after_another_share_a_line_and_a_prepared_statement(database: Database) -> None:
    assert len({await pid(database) for _ in range(5)}) == 1
    held = await database.ask(b"SELECT statement FROM pg_prepared_statements WHERE $1::text = 'x'", "x")
    assert [row["statement"] for row in held].count(WHO.decode()) == 1


async def test_many_at_once_get_their_own_rows_over_a_few_lines(database: Database) -> None:
    answers = await asyncio.gather(*(database.ask(WHO, f"{number}") for number in range(100)))
    assert [answer[0]["said"] for answer in answers] == [f"{number}" for number in range(100)]
    assert len({answer[0]["pid"] for answer in answers}) <= rows.MOST_LINES


async def test_giving_up_is_prompt_and_costs_the_line(database: Database) -> None:
    before, begun = await pid(database), monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await database.ask(SLEEP, "x")
    assert monotonic() - begun < 1
    assert await pid(database) != before


async def test_a_zero_byte_is_refused_where_libpq_would_cut_the_text_short(database: Database) -> None:
    before = await pid(database)
    with pytest.raises(psycopg.DataError):
        await database.ask(WHO, "x\0y")
    assert await pid(database) == before


async def test_a_line_that_died_between_two_questions_is_replaced(database: Database, cluster: Embedded) -> None:
    before = await pid(database)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (before,))
    assert await pid(database) != before


async def test_a_line_that_died_is_noticed_while_idle(database: Database, cluster: Embedded) -> None:
    before = await pid(database)
    (line,) = database.lines
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (before,))
    async with asyncio.timeout(5):
        while line.usable:  # noqa: ASYNC110  # the loop hears of it by itself
            await asyncio.sleep(0)
    assert await pid(database) != before


async def test_a_plan_of_a_table_that_changed_is_made_anew(database: Database, cluster: Embedded) -> None:
    table = f"t_{uuid4().hex}"
    statement = f"SELECT * FROM {table} WHERE $1::text = 'x'".encode()  # noqa: S608  # a table of our own
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as other:
        other.execute(f"CREATE TABLE {table} AS SELECT 1 AS n")
        assert await database.ask(statement, "x") == [{"n": 1}]
        other.execute(f"ALTER TABLE {table} ALTER COLUMN n TYPE text")
        assert await database.ask(statement, "x") == [{"n": "1"}]
        other.execute(f"DROP TABLE {table}")
        with pytest.raises(psycopg.errors.UndefinedTable):
            await database.ask(statement, "x")


async def test_what_the_server_timed_out_is_not_asked_again(cluster: Embedded) -> None:
    url = cluster.url("postgres")
    hasty = Database(f"{url}{'&' if '?' in url else '?'}options=-cstatement_timeout%3D100")
    await pid(hasty)
    begun = monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled):
        await hasty.ask(SLEEP, "x")
    assert monotonic() - begun < 0.19
    hasty.close()


async def test_closing_answers_whoever_waits(database: Database) -> None:
    waiting = asyncio.create_task(database.ask(SLEEP, "x"))
    await asyncio.sleep(0.1)
    database.close()
    with pytest.raises(psycopg.OperationalError):
        await waiting


async def test_a_line_with_many_statements_is_replaced(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_STATEMENTS", 3)
    statements = [WHO + b" -- %d" % number for number in range(6)]
    pids = [(await database.ask(statement, "x"))[0]["pid"] for statement in statements]
    assert len(set(pids)) == 2
    assert len(set(pids[:3])) == 1
