"""Rosters and caseloads are read whole or not at all."""

from datetime import date
from pathlib import Path

import pytest

from policies.vocabulary import Agency, Role
from service.identity.staff import Assignment, BadStaffFile, Post, read_assignments, read_posts


def test_a_roster_is_read_from_either_form(tmp_path: Path) -> None:
    table, listed = tmp_path / "r.csv", tmp_path / "r.json"
    table.write_text("agency,actor,role,active\nDSS,d-1,dss_caseworker,\nDSS,d-2,dss_caseworker,false\n")
    listed.write_text(
        '[{"agency":"DSS","actor":"d-1","role":"dss_caseworker"},'
        '{"agency":"DSS","actor":"d-2","role":"dss_caseworker","active":false}]'
    )
    assert list(read_posts(table)) == list(read_posts(listed))
    assert list(read_posts(table))[1] == Post(Agency.DSS, "d-2", Role.DSS_CASEWORKER, active=False)


def test_a_caseload_is_read_from_either_form(tmp_path: Path) -> None:
    table, listed = tmp_path / "c.csv", tmp_path / "c.json"
    table.write_text("agency,actor,subject_ref,since,until\nEMS,*,s-1,2026-01-01,\n")
    listed.write_text('[{"agency":"EMS","actor":"*","subject_ref":"s-1","since":"2026-01-01","until":null}]')
    expected = Assignment(Agency.EMS, "*", "s-1", date(2026, 1, 1))
    assert list(read_assignments(table)) == list(read_assignments(listed)) == [expected]


@pytest.mark.parametrize(
    "row",
    [
        "NSA,d-1,dss_caseworker,true",
        "DSS,d-1,boss,true",
        "DSS,,dss_caseworker,true",
        "DSS,*,dss_caseworker,true",
        "DSS,d 1,dss_caseworker,true",
        "DSS,d-1,dss_caseworker,maybe",
        "DSS,d-1",
        "DSS,d-1,dss_caseworker,true,extra",
        'DSS,"d-1"x,dss_caseworker,true',
        "dss,d-1,dss_caseworker,true",
    ],
)
def test_a_bad_post_is_refused_by_row_and_never_quoted(tmp_path: Path, row: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"agency,actor,role,active\nDSS,ok,dss_caseworker,true\n{row}\n")
    with pytest.raises(BadStaffFile) as refusal:
        list(read_posts(path))
    assert "d-1" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "row",
    [
        "DSS,d-1,s-1,yesterday,",
        "DSS,d-1,s-1,2026-02-01,2026-01-01",
        "DSS,d-1,,2026-02-01,",
        "DSS,d-1 *,s-1,2026-02-01,",
        "NSA,d-1,s-1,2026-02-01,",
    ],
)
def test_a_bad_assignment_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "c.csv").write_text(f"agency,actor,subject_ref,since,until\n{row}\n")
    with pytest.raises(BadStaffFile):
        list(read_assignments(tmp_path / "c.csv"))


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '[{"agency":"DSS"}]', '[{"x":1}]', "\xff"])
def test_anything_but_a_list_of_rows_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text, "latin-1")
    with pytest.raises(BadStaffFile):
        list(read_posts(tmp_path / "r.json"))
