"""What a patient's FHIR resources say, in the catalog's words. Pure.

`Chart.told` holds only what tells no secret; `Chart.all` is for the one category that asks for secrets by name
(communicable). Race, ethnicity, notes and Observations other than those named are never read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from service.connectors.fhir import Resource, codes, each, first, first_of, instant, sensitive, words

_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_LOINC = "http://loinc.org"
_HOUSING = {
    "LA30189-7": "housed",
    "LA30190-5": "homeless",
    "LA31993-1": "housed",
    "LA31994-9": "at risk",
    "LA31995-6": "homeless",
}
"""Answers to LOINC 71802-3 (housing status) in PRAPARE and in the AHC screening tool."""
_NOT_TRUE = frozenset({"refuted", "entered-in-error"})

Found = Mapping[str, Sequence[Resource]]
"""Resources by the name of the search that found them."""


@dataclass(frozen=True, slots=True, repr=False)
class Chart:
    """One patient, and what each named search found, as of `at` (aware)."""

    patient: Resource
    all: Found
    told: Found
    at: datetime

    @classmethod
    def of(cls, patient: Resource, found: Found, at: datetime) -> "Chart":
        """Set aside what tells a secret."""
        told = {name: [resource for resource in held if not sensitive(resource)] for name, held in found.items()}
        return cls(patient, found, told, at)


def mrn(patient: Resource, system: str) -> str:
    """The patient's record number in the custodian's own identifier system."""
    return next((first(i, "value") for i in each(patient, "identifier") if first(i, "system") == system), "")


def medicaid_id(chart: Chart) -> str:
    """The identifier typed `MA` (patient Medicaid number)."""
    identifiers = each(chart.patient, "identifier")
    return next((first(i, "value") for i in identifiers if "MA" in codes(first_of(i, "type"), _TYPES)), "")


def legal_name(chart: Chart) -> str:
    """The name in official use, or the one that has no other use."""
    return " ".join(filter(None, name_parts(chart.patient)))


class Name(NamedTuple):
    """A name in parts, in the order in which it is spoken."""

    given: str
    middle: str
    family: str
    suffix: str


def name_parts(patient: Resource) -> Name:
    """The legal name. All given names but the first are middle names."""
    name = _name(patient, "official") or _name(patient, "usual", "")
    given = [part for part in each(name, "given") if isinstance(part, str)]
    return Name(" ".join(given[:1]), " ".join(given[1:]), first(name, "family"), first(name, "suffix"))


def preferred_name(chart: Chart) -> str:
    """What the patient goes by, where that is not the legal name."""
    return first(_name(chart.patient, "nickname"), "given")


def _name(patient: Resource, *uses: str) -> object:
    return next((name for name in each(patient, "name") if first(name, "use") in uses), None)


def phone(chart: Chart) -> str:
    """The preferred telephone number; nothing of somebody whose record is restricted: they may be hiding."""
    phones = [t for t in each(chart.patient, "telecom") if first(t, "system") == "phone" and first(t, "use") != "old"]
    ranked = sorted(phones, key=lambda telecom: str(first_of(telecom, "rank") or 9))
    return "" if _restricted(chart) else first(first_of({"phones": ranked}, "phones"), "value")


def usual_area(chart: Chart) -> str:
    """The ZIP area of the home."""
    return first(home(chart), "postalCode")[:5]


def home(chart: Chart) -> object:
    """The address in use; None for somebody whose record is restricted."""
    homes = [address for address in each(chart.patient, "address") if first(address, "use") not in ("old", "billing")]
    return None if _restricted(chart) else next(iter(homes), None)


def _restricted(chart: Chart) -> bool:
    return sensitive({"meta": chart.patient.get("meta", {})})


def last_visit(chart: Chart) -> str | None:
    """The day of the last visit that may be told."""
    days = {first(visit, "period", "start")[:10] for visit in chart.told["visits"]} - {""}
    return max((day for day in days if day <= chart.at.date().isoformat()), default=None)


def next_visit(chart: Chart) -> str | None:
    """When the next booked appointment that may be told begins, as the clinic wrote it."""
    starts = {first(appointment, "start") for appointment in chart.told["appointments"]}
    ahead = [(at, text) for text in starts if (at := instant(text)) and at >= chart.at]
    return min(ahead)[1] if ahead else None


def next_visit_date(chart: Chart) -> str:
    """The day of the next visit."""
    return (next_visit(chart) or "")[:10]


def worker(chart: Chart) -> str:
    """Who coordinates the patient's care: the first practitioner on an active care team."""
    members = [member for team in chart.told["team"] for member in each(team, "participant", "member")]
    return next((first(m, "display") for m in members if first(m, "reference").startswith("Practitioner/")), "")


def worker_phone(chart: Chart) -> str:
    """The care team's telephone number."""
    telecoms = [telecom for team in chart.told["team"] for telecom in each(team, "telecom")]
    return next((first(telecom, "value") for telecom in telecoms if first(telecom, "system") == "phone"), "")


def homeless_status(chart: Chart) -> str:
    """`homeless`, `at risk` or `housed`, from the newest answer that is one."""
    newest = sorted(chart.told["housing"], key=lambda seen: first(seen, "effectiveDateTime"), reverse=True)
    said = (codes(first_of(seen, "valueCodeableConcept"), _LOINC) & _HOUSING.keys() for seen in newest)
    return next((_HOUSING[min(answers)] for answers in said if answers), "")


def listed(search: str, concept: str) -> Callable[[Chart], tuple[str, ...]]:
    """A reading: what the concepts of a search's resources are called, each once, in alphabetical order."""

    def read(chart: Chart) -> tuple[str, ...]:
        true = [r for r in chart.told[search] if not _NOT_TRUE.intersection(_verification(r))]
        return tuple(sorted({words(first_of(resource, concept)) for resource in true} - {""}))

    return read


def _verification(resource: Resource) -> list[str]:
    return [code for code in each(resource, "verificationStatus", "coding", "code") if isinstance(code, str)]
