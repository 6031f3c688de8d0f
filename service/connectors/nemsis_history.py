"""What one patient's reports amount to: counts, last dates, and the words for the last encounter. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.connectors.nemsis import Report
from service.connectors.nemsis_words import (
    ALLERGIES,
    BARRIERS,
    CARE,
    DRUGS,
    LOCATIONS,
    NALOXONE,
    OPEN_DESTINATIONS,
    ORGAN_SYSTEMS,
    TRANSPORT,
    TRANSPORTED,
    impression_category,
    overdose,
)

MONTH, YEAR = 30, 365
"""Days, as the catalog's field names count them."""
_CONTACT_MADE = "4227001"
_HOMELESS = "2522001"


@dataclass(frozen=True, slots=True, repr=False)
class History:
    """The reports of encounters (a crew met the patient) up to `at`, newest first."""

    reports: tuple[Report, ...]
    at: datetime

    @classmethod
    def of(cls, reports: Iterable[Report], at: datetime) -> "History":
        """Leave out cancelled calls and what a wrong clock put into the future."""
        return cls(tuple(report for report in reports if report.unit == _CONTACT_MADE and report.at <= at), at)

    def overdoses(self) -> "History":
        """Only the encounters whose impression or cause of injury says overdose."""
        return History(tuple(r for r in self.reports if any(map(overdose, (*r.impressions, *r.causes)))), self.at)

    def within(self, days: int) -> "History":
        """Only the encounters of the last `days`."""
        return History(tuple(r for r in self.reports if r.at > self.at - timedelta(days=days)), self.at)

    def count(self) -> int:
        """How many encounters: two units at one incident are one."""
        return len({report.incident for report in self.reports})

    def last_date(self) -> str | None:
        """The day of the last encounter, as the crew's own clock had it."""
        return self.reports[0].at.date().isoformat() if self.reports else None


def legal_name(history: History) -> str | None:
    """`Given Middle Family Suffix` from the newest report that has a family name."""
    named = next((report for report in history.reports if report.family), None)
    return " ".join(filter(None, (named.given, named.middle, named.family, named.suffix))) if named else None


def birth_date(history: History) -> str | None:
    """From the newest report that has one."""
    return next((report.birth_date.isoformat() for report in history.reports if report.birth_date), None)


def homeless_status(history: History) -> str | None:
    """`homeless` where the newest report that speaks of a home says so; no crew writes that somebody is housed."""
    spoken = next((report for report in history.reports if report.residence or report.street), None)
    return "homeless" if spoken and spoken.residence == _HOMELESS else None


def usual_area(history: History) -> str | None:
    """A ZIP area: of the home, or for somebody without one the area where crews met them most in a year."""
    home = next((report.zip for report in history.reports if report.zip), None)
    if home and not homeless_status(history):
        return home
    met = Counter(report.scene_zip for report in history.within(YEAR).reports if report.scene_zip)
    return met.most_common(1)[0][0] if met else None


def safety_alerts(history: History) -> tuple[str, ...]:
    """Drug allergies and barriers to care that any crew noted within a year."""
    noted = {code for report in history.within(YEAR).reports for code in (*report.barriers, *report.allergies)}
    return tuple(sorted(filter(None, (BARRIERS.get(code) or ALLERGIES.get(code) for code in noted))))


def naloxone_given(history: History) -> bool:
    """Whether naloxone was given, by anybody, at an encounter within a year."""
    return any(NALOXONE.intersection(report.medications) for report in history.within(YEAR).reports)


def disposition(report: Report) -> str:
    """`care provided, transported`."""
    return ", ".join(filter(None, (CARE.get(report.care), TRANSPORT.get(report.transport))))


def destination(report: Report) -> str | None:
    """The hospital or clinic; nothing where the place itself would tell a secret."""
    told = report.transport in TRANSPORTED and report.destination_type in OPEN_DESTINATIONS
    return report.destination if told else None


def impression(report: Report) -> str:
    """The category of the primary impression."""
    return impression_category(report.impressions[0]) if report.impressions else ""


def complaint(report: Report) -> str:
    """`chest, cardiovascular`: where and which organ system, in coded words. The complaint's free text stays."""
    said = (LOCATIONS.get(report.location), ORGAN_SYSTEMS.get(report.organ_system))
    return ", ".join(dict.fromkeys(filter(None, said)))


def medications(report: Report) -> tuple[str, ...]:
    """Names of what was given, each once."""
    return tuple(dict.fromkeys(DRUGS[code] for code in report.medications if code in DRUGS))


def vitals(report: Report) -> str:
    """`BP 128/80, pulse 88, resp 16, SpO2 97 %, GCS 15`: the last set that measured anything."""
    measured = [group for group in report.vitals if len(group) > ("eVitals.01" in group)]
    return _spelled(max(measured, key=lambda group: group.get("eVitals.01", ""))) if measured else ""


def _spelled(group: Mapping[str, str]) -> str:
    coma = [group[f"eVitals.{part}"] for part in (19, 20, 21) if f"eVitals.{part}" in group]
    pressure = "/".join(filter(None, (group.get("eVitals.06"), group.get("eVitals.07"))))
    said = {
        "BP {}": pressure if "eVitals.06" in group else "",
        "pulse {}": group.get("eVitals.10"),
        "resp {}": group.get("eVitals.14"),
        "SpO2 {} %": group.get("eVitals.12"),
        "GCS {}": str(sum(map(int, coma))) if len(coma) == 3 else "",  # noqa: PLR2004  # eye, verbal, motor
    }
    return ", ".join(words.format(value) for words, value in said.items() if value)
