"""One bundle, one name: the same rules and tables always make the same bytes, and any other byte another name."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from policies import bundle, tables
from policies.bundle import Bundle

FIRST_RULE = "asker.rego"


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Path, Path]:
    """The rules and the tables in directories of the test's own."""
    shutil.copytree(bundle.REGO, tmp_path / "rego")
    shutil.copytree(tables.DATA, tmp_path / "data")
    return tmp_path / "rego", tmp_path / "data"


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]  # files only


def test_the_same_sources_make_the_same_bytes(rules: Bundle, copied: tuple[Path, Path]) -> None:
    elsewhere = bundle.load(*copied)
    assert elsewhere.revision == rules.revision
    assert elsewhere.archive() == rules.archive() == bundle.load().archive()


def test_the_archive_holds_the_rules_the_tables_and_the_revision(rules: Bundle) -> None:
    held = members(rules.archive())
    assert json.loads(held["/.manifest"])["revision"] == rules.revision
    assert json.loads(held["/data.json"]) == rules.data
    assert {name.removeprefix("/") for name in held if name.endswith(".rego")} == set(rules.rules)


def test_the_tests_of_the_rules_stay_out_of_the_bundle(rules: Bundle) -> None:
    assert list(bundle.REGO.rglob("*_test.rego"))
    assert not [name for name in rules.rules if name.endswith("_test.rego")]


def test_any_change_of_any_rule_changes_the_revision(rules: Bundle) -> None:
    for name in rules.rules:
        changed = {**rules.rules, name: rules.rules[name] + "\n"}
        assert bundle.made(changed, tables.read()).revision != rules.revision


def test_a_rule_renamed_added_or_removed_changes_the_revision(rules: Bundle) -> None:
    text = rules.rules[FIRST_RULE]
    without = {name: rule for name, rule in rules.rules.items() if name != FIRST_RULE}
    variants = (without, {**without, "other.rego": text}, rules.rules)
    revisions = {bundle.made(variant, tables.read()).revision for variant in variants}
    assert len(revisions) == 3


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("roles", '"last_response_date", "response_count_365d"', '"last_response_date"'),
        ("custodians", '"withholds": {}', '"withholds": {"contact": ["phone"]}'),
        ("categories", '"communicable": ["NC130A"]', '"communicable": ["NC130A", "HIPAA"]'),
        ("programmes", '"part2": "unknown"', '"part2": "no"'),
        ("purposes", '"emergency": ["ETREAT", "BTG"]', '"emergency": ["BTG"]'),
    ],
)
def test_a_change_of_the_tables_that_a_rule_can_see_changes_the_revision(
    table: str, old: str, new: str, copied: tuple[Path, Path]
) -> None:
    before, path = bundle.load(*copied).revision, copied[1] / f"{table}.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert bundle.load(*copied).revision != before
