"""Migrations: whole, repeatable, and refused where they could not be kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.db import migrate as module
from service.db.embedded import Embedded
from service.db.migrate import UnfitDatabase, current, migrate
from tests.conftest import administer


@pytest.fixture
def empty_url(cluster: Embedded) -> str:
    administer(cluster, "DROP DATABASE IF EXISTS blank WITH (FORCE)")
    administer(cluster, "CREATE DATABASE blank")
    return cluster.url("blank")


def test_a_new_database_has_no_version_and_a_migrated_one_has_the_newest(empty_url: str, database_url: str) -> None:
    assert current(empty_url) == frozenset()
    assert current(database_url) != frozenset()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    before = current(database_url)
    migrate(database_url)
    assert current(database_url) == before


def test_two_processes_may_migrate_one_database_at_once(empty_url: str, database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, [empty_url, empty_url]))
    assert current(empty_url) == current(database_url)


def test_a_database_that_is_too_old_is_refused(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST", 990_000)
    with pytest.raises(UnfitDatabase, match="is needed"):
        migrate(empty_url)
    assert current(empty_url) == frozenset()
