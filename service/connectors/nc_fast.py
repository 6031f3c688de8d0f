"""What an NC FAST extract says, in the catalog's words. Pure: rows in, values out.

Each field names the columns it needs, so that no other column is ever selected. Where the address is confidential
(G.S. 15C), neither phone nor area is told to anybody.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from policies.vocabulary import Category
from service.gateway.ports import Fields, Value

PROGRAMS = {
    "MA": "Medicaid",
    "FNS": "Food and Nutrition Services",
    "WFFA": "Work First",
    "SA In-Home": "Special Assistance In-Home",
    "LIEAP": "Low-Income Energy Assistance",
    "CIP": "Crisis Intervention",
}
"""Programs whose cases may be read. Others (APS, CPS and any we do not know) are never selected."""

_HOUSING = {"HOMELESS": "homeless", "SHELTER": "sheltered", "OWN": "housed", "RENT": "housed", "FAMILY": "with family"}

Row = Mapping[str, Any]  # a database row: text, dates and numbers, as the extract has them
Rows = Sequence[Row]
Reading = tuple[tuple[str, ...], Callable[[Rows, date], Value | None]]
"""The columns a field needs, and how it is read from a person's rows (one per case) on a day."""

_NAME = ("FirstName", "MiddleName", "LastName", "Suffix")
_REACH = ("AddressConfidential", "HomePhone", "Zip")
_STATE = ("ProgramType", "CaseStatus", "CertificationStart", "CertificationEnd")
_WORKER = (*_STATE, "Caseworker", "CaseworkerPhone")


def _legal_name(rows: Rows, _: date) -> Value:
    return " ".join(rows[0][part] for part in _NAME if rows[0][part])


def _born(rows: Rows, _: date) -> Value | None:
    return _iso(rows[0]["DOB"])


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _reachable(column: str) -> Callable[[Rows, date], Value | None]:
    # Unknown is treated as confidential: somebody may be hiding from somebody.
    return lambda rows, _: rows[0][column] if rows[0]["AddressConfidential"] == "N" else None


def _active(rows: Rows, today: date, program: str = "") -> Rows:
    return [
        row for row in rows if row["ProgramType"] and program in ("", row["ProgramType"]) and _certified(row, today)
    ]


def _certified(row: Row, today: date) -> bool:
    start, end = row["CertificationStart"], row["CertificationEnd"]
    return row["CaseStatus"] == "Active" and start is not None and start <= today and (end is None or today <= end)


def _worker(column: str) -> Callable[[Rows, date], Value | None]:
    """Of the open case certified last, so that name and phone belong together."""

    def read(rows: Rows, today: date) -> Value | None:
        working = [row for row in rows if row["CaseStatus"] in ("Approved", "Pending")] + [*_active(rows, today)]
        latest = max(working, key=lambda row: (row["CertificationStart"] or date.min, row["Caseworker"]), default=None)
        return latest[column] if latest else None

    return read


def _plan(rows: Rows, today: date) -> Value | None:
    return next((row["HealthPlan"] for row in _active(rows, today, "MA") if row["HealthPlan"]), None)


def _recertification(rows: Rows, today: date) -> Value | None:
    due = [row["RecertificationDue"] for row in _active(rows, today) if row["RecertificationDue"]]
    return _iso(min(due, default=None))


def _pending(rows: Rows, _: date) -> Value:
    return tuple(sorted({PROGRAMS[row["ProgramType"]] for row in rows if row["CaseStatus"] == "Pending"}))


def _documents(rows: Rows, _: date) -> Value | None:
    waiting = [
        row["OutstandingVerifications"] for row in rows if row["CaseStatus"] in ("Active", "Pending", "Approved")
    ]
    return all(count == 0 for count in waiting) if waiting else None


READINGS: Mapping[Category, Mapping[str, Reading]] = {
    Category.IDENTITY_CORE: {
        "legal_name": (_NAME, _legal_name),
        "date_of_birth": (("DOB",), _born),
        "medicaid_id": (_STATE, lambda rows, today: rows[0]["IndividualID"] if _active(rows, today, "MA") else None),
    },
    Category.CONTACT: {
        "phone": (_REACH, _reachable("HomePhone")),
        "usual_area": (_REACH, _reachable("Zip")),
    },
    Category.CARE_TEAM: {
        "agency": (_WORKER, lambda rows, today: "Durham County DSS" if _worker("Caseworker")(rows, today) else None),
        "worker_name": (_WORKER, _worker("Caseworker")),
        "worker_phone": (_WORKER, _worker("CaseworkerPhone")),
    },
    Category.HOUSING_STATUS: {
        "homeless_status": (("LivingArrangement",), lambda rows, _: _HOUSING.get(rows[0]["LivingArrangement"])),
    },
    Category.BENEFITS_SUMMARY: {
        "medicaid_active": (_STATE, lambda rows, today: bool(_active(rows, today, "MA"))),
        "medicaid_plan": ((*_STATE, "HealthPlan"), _plan),
        "snap_active": (_STATE, lambda rows, today: bool(_active(rows, today, "FNS"))),
        "recert_due_date": ((*_STATE, "RecertificationDue"), _recertification),
        "pending_application_type": (_STATE, _pending),
        "documents_ready": ((*_STATE, "OutstandingVerifications"), _documents),
    },
}
OFFERS: Fields = {category: frozenset(readings) for category, readings in READINGS.items()}

OF_THE_PERSON = frozenset((*_NAME, *_REACH, "DOB", "LivingArrangement"))
"""Columns of `Individual`; the others are of `Case`."""
