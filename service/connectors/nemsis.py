"""Patient care reports as NEMSIS 3.5.1 XML holds them (EMSDataSet), read into plain values.

Only the elements named in `_READ` are ever looked at. Social security number (ePatient.12), race (ePatient.14),
alcohol and drug use indicators (eHistory.17), payment (G.S. 143-518: never released) and the narrative are not
among them, so they cannot leave. An element that says why it has no value (xsi:nil, NV or PN) has none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

NAMESPACE = "http://www.nemsis.org"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_LONGEST = 255

_READ = {
    "eRecord": "01",
    "eResponse": "03",
    "eTimes": "03 06 07",
    "ePatient": "01 02 03 04 05 09 17 18 22 23 25",
    "eScene": "19",
    "eSituation": "07 08 11 12",
    "eInjury": "01",
    "eHistory": "01 06",
    "eMedications": "03",
    "eDisposition": "01 21 27 28 30",
}
"""Every element that is read, by section. What is not here stays in the document."""


def _tags(read: Mapping[str, str]) -> Mapping[str, str]:
    names = (f"{section}.{number}" for section, numbers in read.items() for number in numbers.split())
    return {f"{{{NAMESPACE}}}{name}": name for name in names}


_TAGS = _tags(_READ)
_VITALS = _tags({"eVitals": "01 06 07 10 12 14 19 20 21"})


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """One patient care report. Codes are NEMSIS's, ICD-10-CM's or RxNorm's own; "" and () are "not recorded"."""

    patient: str
    incident: str
    at: datetime
    family: str
    given: str
    middle: str
    suffix: str
    birth_date: date | None
    sex: str
    street: str
    zip: str
    phone: str
    residence: str
    scene_zip: str
    location: str
    organ_system: str
    impressions: tuple[str, ...]
    causes: tuple[str, ...]
    barriers: tuple[str, ...]
    allergies: tuple[str, ...]
    medications: tuple[str, ...]
    destination: str
    destination_type: str
    unit: str
    care: str
    transport: str
    source: etree._Element

    @property
    def vitals(self) -> tuple[Mapping[str, str], ...]:
        """The groups of vital signs, read when asked for: half the work of a report, and few fields need them."""
        groups = self.source.iter(f"{{{NAMESPACE}}}eVitals.VitalGroup")
        return tuple({name: values[0] for name, values in _held(group, _VITALS).items()} for group in groups)


def reports(content: bytes) -> tuple[Report, ...]:
    """The reports of one EMSDataSet document, newest first.

    Raises ValueError or lxml's XMLSyntaxError for what is not one: another root, a document type declaration,
    a report without a time.
    """
    return newest_first(map(_report, _elements(content)))


def newest_first(held: Iterable[Report]) -> tuple[Report, ...]:
    """Reports in the order in which everything here takes them."""
    return tuple(sorted(held, key=lambda report: report.at, reverse=True))


def patients(content: bytes) -> frozenset[str]:
    """Whose reports a document holds: every EMS patient identifier in it (ePatient.01)."""
    tag = f"{{{NAMESPACE}}}ePatient.01"
    return frozenset(_text(element) for report in _elements(content) for element in report.iter(tag)) - {""}


def _elements(content: bytes) -> Iterator[etree._Element]:
    # XXE and entity bombs: entities are not resolved, nothing is fetched, and no document type is accepted at all.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.doctype or root.tag != f"{{{NAMESPACE}}}EMSDataSet":
        raise ValueError("not an EMSDataSet")
    yield from root.iterfind(f"{{{NAMESPACE}}}Header/{{{NAMESPACE}}}PatientCareReport")


def _report(element: etree._Element) -> Report:
    held = _held(element, _TAGS)
    one = {name: values[0] for name, values in held.items()}.get
    return Report(
        patient=one("ePatient.01", ""),
        incident=one("eResponse.03") or one("eRecord.01", ""),
        at=_instant(one("eTimes.07") or one("eTimes.06") or one("eTimes.03", "")),
        family=one("ePatient.02", ""),
        given=one("ePatient.03", ""),
        middle=one("ePatient.04", ""),
        suffix=one("ePatient.23", ""),
        birth_date=date.fromisoformat(born) if (born := one("ePatient.17")) else None,
        sex=one("ePatient.25", ""),
        street=one("ePatient.05", ""),
        zip=one("ePatient.09", "")[:5],
        phone=one("ePatient.18", ""),
        residence=one("ePatient.22", ""),
        scene_zip=one("eScene.19", "")[:5],
        location=one("eSituation.07", ""),
        organ_system=one("eSituation.08", ""),
        impressions=(*held["eSituation.11"], *held["eSituation.12"]),
        causes=tuple(held["eInjury.01"]),
        barriers=tuple(held["eHistory.01"]),
        allergies=tuple(held["eHistory.06"]),
        medications=tuple(held["eMedications.03"]),
        destination=one("eDisposition.01", ""),
        destination_type=one("eDisposition.21", ""),
        unit=one("eDisposition.27", ""),
        care=one("eDisposition.28", ""),
        transport=one("eDisposition.30", ""),
        source=element,
    )


def _held(element: etree._Element, tags: Mapping[str, str]) -> defaultdict[str, list[str]]:
    held: defaultdict[str, list[str]] = defaultdict(list)
    for found in element.iter(*tags):
        if text := _text(found):
            held[tags[found.tag]].append(text)
    return held


def _text(element: etree._Element) -> str:
    """The element's value on one line; "" where there is none.

    A PN beside a value denies it: a medication with PN "refused" was not given.
    """
    if element.attrib and (element.get(_NIL) in ("true", "1") or element.get("NV") or element.get("PN")):
        return ""
    text = " ".join((element.text or "").split())[:_LONGEST]
    return "" if _is_nil_code(text) else text


def _is_nil_code(text: str) -> bool:
    """Some exports write the reason for having no value as if it were the value (7701003, 8801019)."""
    return len(text) == 7 and text.isdigit() and text.startswith(("7701", "8801"))  # noqa: PLR2004  # digits of a code


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at
