"""Promise 7: the gateway keeps no records of care: no value at rest, in a log, in an address, in an error or a metric.

Unmistakable values go through the whole application; then everything it wrote is searched for them.
"""

import base64
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import text
from structlog._config import BoundLoggerLazyProxy

from policies.vocabulary import Agency, Category
from service import logs
from service.db.embedded import Embedded
from service.db.session import transaction
from service.gateway.ports import Answer, Fields, Outcome, Value
from service.gateway.query import Subject
from tests.promises.edge.gate import ZEPHYRINE, Gate, agreement, by_id, question

TEXT, NUMBER, HIDDEN, RAISED = "Quinquagesimal-Text", 739_182_645, "Quinquagesimal-Hidden", "Quinquagesimal-Raised"
CARE = (TEXT, str(NUMBER), HIDDEN, RAISED)
"""What custodians said: nowhere."""

PERSON = (ZEPHYRINE.given, ZEPHYRINE.family, ZEPHYRINE.street, "919-555-0177", "9195550177", "Quinquagesimal-Nobody")
"""Who was asked about: in the person index, which is who is who, and nowhere else."""

INDEX = {"link"}


class Telling:
    """Custodians whose every answer is unmistakable: more fields and categories than asked, or an error that quotes."""

    def __init__(self, offers: Mapping[Agency, Fields]) -> None:
        self.offers, self.breaks = offers, False

    async def fetch(self, subject: Subject, wanted: Mapping[Agency, Fields]) -> Sequence[Answer]:
        if self.breaks:
            raise ValueError(RAISED)
        return [Answer(custodian, Outcome.FOUND, self._values(wanted[custodian])) for custodian in wanted]

    def _values(self, wanted: Fields) -> dict[Category, dict[str, Value]]:
        said: dict[Category, dict[str, Value]] = {
            category: {name: (TEXT, NUMBER, (TEXT,))[place % 3] for place, name in enumerate(sorted(names))}
            for category, names in wanted.items()
        }
        return {Category.SUD_PART2: {"moud_dose": HIDDEN}, **{c: {**v, "more": HIDDEN} for c, v in said.items()}}


@dataclass
class Written:
    """All that left the gateway other than the answer it was asked for."""

    operators: StringIO
    answers: list[httpx.Response] = field(default_factory=list)

    def texts(self) -> dict[str, str]:
        """By where it was found."""
        refusals = [a for a in self.answers if a.status_code != 200]
        return {
            "the operator's log": self.operators.getvalue(),
            "a problem": "".join(f"{a.headers} {a.text}" for a in refusals),
            "an address": "".join(f"{a.headers.get('location')} {a.json().get('instance')}" for a in refusals),
        }


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Iterator[Written]:
    """Everything logged from here on, through the gateway's own processors, and whatever libraries log."""
    caplog.set_level(logging.DEBUG)
    operators = StringIO()
    logs.configure(logging.DEBUG)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(operators), cache_logger_on_first_use=False)
    for log in [vars(module).get("log") for name, module in sys.modules.items() if name.startswith("service.")]:
        if isinstance(log, BoundLoggerLazyProxy):
            vars(log).pop("bind", None)  # it keeps the logger it first wrote with
    yield Written(operators)
    operators.write(caplog.text)
    logs.configure()


async def everything_asked(gate: Gate, written: Written) -> httpx.Response:
    """Every kind of request, with the values and the person in them; the permitted answer."""
    consent = await gate.agreed()
    described = {"demographics": {"given": ZEPHYRINE.given, "family": ZEPHYRINE.family, "birth_date": "1984-05-17"}}
    permitted = await gate.ask(described)
    telling: Any = gate.house.gateway.sources
    telling.breaks = True
    nobody = {"demographics": {"given": "Quinquagesimal-Nobody", "family": ZEPHYRINE.family, "phone": "919-555-0177"}}
    written.answers += [
        await gate.ask(described),
        await gate.ask(nobody),
        await gate.ask(described, categories=["bh.clinical"]),
        await gate.ask({"demographics": {ZEPHYRINE.given: TEXT}}),
        await gate.ask(described, purpose=TEXT),
        await gate.ask(described, fields={"ems.summary": [TEXT]}),
        await gate.post("/v1/queries", [{TEXT: ZEPHYRINE.family}]),
        await gate.post(f"/v1/{TEXT}", question(by_id(ZEPHYRINE.family))),
        await gate.post("/v1/consents", agreement(subject=nobody)),
        await gate.post(f"/v1/consents/{TEXT}/revoke", {}),
        await gate.http.post("/v1/queries", content=f'{{"a":"{TEXT}","a":1}}', headers=await gate.headers()),
        await gate.http.get(f"/v1/consents/c-1?given={ZEPHYRINE.given}", headers=await gate.headers()),
        await gate.http.get("/v1/audit/checkpoint", headers={"Authorization": f"Bearer {TEXT}"}),
    ]
    await gate.post(f"/v1/consents/{consent}/revoke", {})
    written.answers.append(await gate.ask(described))
    return permitted


async def tables(gate: Gate) -> dict[str, str]:
    """Every table as text, bytes both as hexadecimal and decoded."""
    async with transaction(gate.house.engine) as connection:
        rows = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        names = [str(row[0]) for row in rows]
        read = {n: await connection.execute(text(f'SELECT t::text FROM "{n}" t')) for n in names}  # noqa: S608  # our own tables
        return {name: "\n".join(str(row[0]) for row in found) for name, found in read.items()}


def spelled(value: str) -> list[str]:
    """A value as it stands, and as it would stand inside bytes shown in hexadecimal or base64."""
    raw = value.encode()
    return [value, raw.hex(), *(base64.b64encode(b" " * pad + raw)[4:-4].decode() for pad in range(3))]


def finds(values: Sequence[str], where: Mapping[str, str]) -> set[str]:
    """The places that hold one of the values in any spelling."""
    spellings = [s.lower() for value in values for s in spelled(value)]
    return {place for place, content in where.items() if any(s in content.lower() for s in spellings)}


def telling(gate: Gate) -> None:
    """From now on the custodians tell."""
    house, sources = gate.house, Telling(gate.sources.offers)
    changed: Any = sources
    gate.app.state.gateway = replace(house, sources=changed, gateway=replace(house.gateway, sources=sources))


def test_the_search_finds_a_value_however_it_is_spelled() -> None:
    raw = b"x" + TEXT.encode() + b"y"
    for hidden in (TEXT.upper(), raw.hex(), *(base64.b64encode(b"." * pad + raw).decode() for pad in range(3))):
        assert finds([TEXT], {"here": f"...{hidden}...", "there": ""}) == {"here"}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_permitted_answer_leaves_its_values_nowhere_else(
    gate: Gate, written: Written, cluster: Embedded
) -> None:
    telling(gate)
    permitted = await everything_asked(gate, written)
    assert (permitted.status_code, TEXT in permitted.text, str(NUMBER) in permitted.text) == (200, True, True)
    assert HIDDEN not in permitted.text
    assert all(answer.status_code >= 400 for answer in written.answers)
    metrics = (await gate.http.get("/metrics")).text
    places = {**await tables(gate), **written.texts(), "the metrics": metrics}
    places["the database's own log"] = (cluster.home / "log").read_text(errors="replace")
    assert "request_refused" in places["the operator's log"]
    assert "released" in places["log_entry_0"]
    assert finds(CARE, places) == set()
    assert finds(PERSON, places) - INDEX == set()
