"""Unsound tables stop the gateway at start, with every fault named: a misspelt word must not quietly permit more."""

import json
from pathlib import Path
from typing import Any

import pytest

from policies import faults, tables
from policies.tables import TablesInvalid, keyed, patched
from policies.vocabulary import Agency, Category, Purpose, Role

UNSOUND: list[tuple[str, dict[str, Any]]] = [
    ("unknown role 'sheriff'", {"roles": {"sheriff": dict(tables.read()["roles"]["heart_navigator"])}}),
    ("unknown agency of role", {"roles": {"heart_navigator": {"agency": "SHERIFF"}}}),
    ("unknown purpose of role", {"roles": {"heart_navigator": {"purposes": ["COC", "CAREMGT"]}}}),
    ("which the catalog lacks", {"roles": {"heart_navigator": {"fields": {"contact": ["phone", "home_address"]}}}}),
    ("lists the unknown category", {"roles": {"heart_navigator": {"fields": {"contacts": ["phone"]}}}}),
    ("medical_personnel is neither", {"roles": {"heart_navigator": {"medical_personnel": "yes"}}}),
    ("provider is neither", {"roles": {"heart_navigator": {"provider": None}}}),
    ("unknown custodian 'DPD'", {"custodians": {"DPD": dict(tables.read()["custodians"]["EMS"])}}),
    ("connect is neither", {"custodians": {"EMS": {"connect": "true"}}}),
    ("nc122c_facility is neither", {"custodians": {"EMS": {"nc122c_facility": "unknown"}}}),
    ("VSP may never connect", {"custodians": {"VSP": {"connect": True}}}),
    ("unknown regime 'PART-2'", {"custodians": {"ALLIANCE": {"regimes": {"sud.part2": ["HIPAA", "PART-2"]}}}}),
    ("default has no regimes", {"custodians": {"EMS": {"regimes": {"default": []}}}}),
    ("no default regimes", {"custodians": {"EMS": {"regimes": {"default": None}}}}),
    ("unknown category of custodian", {"custodians": {"EMS": {"regimes": {"ems.summry": ["HIPAA"]}}}}),
    ("lists the unknown category", {"custodians": {"EMS": {"withholds": {"ems.summry": ["encounter_count_30d"]}}}}),
    ("which the catalog lacks", {"custodians": {"EMS": {"withholds": {"ems.summary": ["encounter_count"]}}}}),
    ("unknown blocked category", {"categories": {"blocked": [*tables.read()["categories"]["blocked"], "ssn"]}}),
    ("identity.ssn is not blocked", {"categories": {"blocked": tables.read()["categories"]["blocked"][:-1]}}),
    ("unknown regime 'NC130'", {"categories": {"regimes": {"communicable": ["NC130"]}}}),
    ("unknown category of categories", {"categories": {"regimes": {"hiv": ["NC130A"]}}}),
    ("unknown labelled category", {"categories": {"labels": {"hiv": ["R"]}}}),
    ("unknown emergency purpose", {"purposes": {"emergency": ["ERTREAT"]}}),
    ("unknown category 'ssn'", {"catalog": {"ssn": ["ssn"]}}),
    ("part2 is neither yes, no nor unknown", {"programmes": {"EMS": {"PORT": {"part2": "No"}}}}),
    ("unknown category of programme", {"programmes": {"EMS": {"PORT": {"categories": ["ems.overdoses"]}}}}),
    ("unknown custodian of a programme", {"programmes": {"DUKE": {"ED": {"part2": "no", "categories": []}}}}),
    ("lacks a part", {"custodians": {"EMS": {"withholds": None}}}),
    ("lacks a part", {"roles": {"heart_navigator": {"fields": None}}}),
    ("lacks a part", {"purposes": None}),
    ("lacks a part", {"roles": {"heart_navigator": "all"}}),
]


def test_the_tables_of_the_repository_are_sound() -> None:
    assert faults.of(tables.read()) == []


@pytest.mark.parametrize(("fault", "patch"), UNSOUND, ids=[f"{n}-{fault}" for n, (fault, _) in enumerate(UNSOUND)])
def test_unsound_tables_are_refused_and_the_fault_is_named(fault: str, patch: dict[str, Any]) -> None:
    with pytest.raises(TablesInvalid, match=fault):
        keyed(patched(tables.read(), patch))


def test_every_fault_is_named_at_once() -> None:
    patch = {"custodians": {"VSP": {"connect": True}}, "roles": {"heart_navigator": {"agency": "SHERIFF"}}}
    assert len(faults.of(patched(tables.read(), patch))) == 2


def test_a_name_that_stands_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roles.json").write_text('{"a": {"fields": 1, "fields": 2}}')
    with pytest.raises(TablesInvalid, match="twice"):
        tables.read(tmp_path)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roles.json").write_text("{")
    with pytest.raises(json.JSONDecodeError):
        tables.read(tmp_path)


def test_every_word_of_the_vocabulary_has_its_place_in_the_tables() -> None:
    source = tables.read()
    assert set(source["custodians"]) == set(Agency)
    assert set(Role) - set(source["roles"]) == {Role.LAW_ENFORCEMENT, Role.PRIVACY_OFFICER}
    assert set(source["purposes"]["blocked"]) <= set(Purpose)
    assert set(source["catalog"]) == set(Category) - faults.HARD_BLOCKS - {Category.CLINICAL_NOTES}


def test_an_undecided_programme_counts_as_part_2() -> None:
    def laws(part2: str) -> str:
        source = patched(tables.read(), {"programmes": {"EMS": {"PORT": {"part2": part2}}}})
        return str(keyed(source)["laws"]["EMS"]["ems.overdose"]["name"])

    assert laws("unknown") == laws("yes") == "HIPAA+NC143_518+PART2"
    assert laws("no") == "HIPAA+NC143_518"


def test_records_of_substance_use_are_part_2_at_every_custodian() -> None:
    laws = keyed(tables.read())["laws"]
    assert {custodian for custodian in laws if laws[custodian]["sud.part2"]["form"] == "part2"} == set(Agency)


def test_a_merge_patch_replaces_adds_and_removes_and_changes_neither_side() -> None:
    source = {"a": {"b": 1, "c": 2}, "d": [1]}
    assert patched(source, {"a": {"b": None, "e": {"f": 3, "g": None}}, "d": [2]}) == {
        "a": {"c": 2, "e": {"f": 3}},
        "d": [2],
    }
    assert source == {"a": {"b": 1, "c": 2}, "d": [1]}
