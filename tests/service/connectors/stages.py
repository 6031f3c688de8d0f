"""A real running system for each custodian, holding one small county. A connector without a stage fails its tests."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from policies.vocabulary import Agency
from service.county.people import Person, people
from service.county.systems.dss import READER, load
from service.db.embedded import NAME, Embedded

TODAY = date(2026, 11, 23)
CUSTODIANS = (Agency.DSS, Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS)


def clock() -> datetime:
    return datetime(2026, 11, 23, 17, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a custodian's system runs, a person it knows, another one, and what nobody may find in a log."""

    custodian: Agency
    url: str
    known: str = field(repr=False)
    other: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def write_county(directory: Path) -> list[Person]:
    """Every agency's files for a few hundred people."""
    everybody = list(people(3, 300))
    for custodian in CUSTODIANS:
        writer = import_module(f"service.county.{custodian.lower()}").Writer(directory, TODAY)
        for person in everybody:
            writer.add(person)
        writer.close()
    return everybody


@contextmanager
def process(custodian: Agency, county: Path) -> Iterator[str]:
    """The custodian's system as a process of its own; gives its URL."""
    module = f"service.county.systems.{custodian.lower()}"
    command = [sys.executable, "-m", module, "--county", str(county), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603  # our own module
        assert running.stdout
        try:
            yield json.loads(running.stdout.readline())["url"]
        finally:
            running.terminate()
            running.wait(10)


@contextmanager
def database(cluster: Embedded, county: Path) -> Iterator[str]:
    """DSS's extract in a database of its own; gives the URL of the gateway's reader."""
    name = f"dss_{uuid4().hex}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        load(cluster.url(name), county / "dss")
        yield cluster.url(name).replace(f"//{NAME}@", f"//{READER}@")
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def folder(place: Path) -> Iterator[str]:
    """Files where they stand."""
    yield str(place)


def systems(cluster: Embedded, county: Path) -> Mapping[Agency, Callable[[], AbstractContextManager[str]]]:
    """How each custodian's system is brought up."""
    return {
        Agency.DSS: lambda: database(cluster, county),
        Agency.ALLIANCE: lambda: folder(county / "alliance"),
        Agency.LINCOLN: lambda: process(Agency.LINCOLN, county),
        Agency.EMS: lambda: process(Agency.EMS, county),
    }
