"""Patient care reports as NEMSIS 3.5.1 XML holds them (EMSDataSet), read into plain values.

Only the elements named in `_READ` are ever looked at. Social security number (ePatient.12), race (ePatient.14),
alcohol and drug use indicators (eHistory.17), payment (G.S. 143-518: never released) and the narrative are not
among them, so they cannot leave. An element that says why it has no value (xsi:nil, NV or PN) has none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

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

READ = frozenset(_TAGS.values())
"""The names of the elements that may be read, vital signs apart."""

_PARSER = etree.XMLParser(
    # XXE and entity bombs: entities are not resolved, nothing is fetched, and no document type is accepted at all.
    resolve_entities=False,
    no_network=True,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)
"""One for all: lxml lets one thread at a time use it."""

_Held = Mapping[str, Sequence[str]]


class _First:
    """The first value of an element, or "" where it is not recorded."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __get__(self, report: "Report", _: object) -> str:
        return next((report.held[name][0] for name in self._names if name in report.held), "")


class _All:
    """Every value of some elements, one element after the other; () where none is recorded."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __get__(self, report: "Report", _: object) -> tuple[str, ...]:
        return tuple(value for name in self._names for value in report.held.get(name, ()))


class Report:
    """One patient care report. Codes are NEMSIS's, ICD-10-CM's or RxNorm's own; "" and () are "not recorded"."""

    __slots__ = ("at", "held", "source")

    def __init__(self, held: _Held, source: etree._Element) -> None:
        """Raises ValueError for a report without a time."""
        self.held, self.source = held, source
        self.at = _instant(self._time)

    _time = _First("eTimes.07", "eTimes.06", "eTimes.03")
    patient = _First("ePatient.01")
    incident = _First("eResponse.03", "eRecord.01")
    family = _First("ePatient.02")
    given = _First("ePatient.03")
    middle = _First("ePatient.04")
    suffix = _First("ePatient.23")
    sex = _First("ePatient.25")
    street = _First("ePatient.05")
    phone = _First("ePatient.18")
    residence = _First("ePatient.22")
    location = _First("eSituation.07")
    organ_system = _First("eSituation.08")
    impressions = _All("eSituation.11", "eSituation.12")
    causes = _All("eInjury.01")
    barriers = _All("eHistory.01")
    allergies = _All("eHistory.06")
    medications = _All("eMedications.03")
    destination = _First("eDisposition.01")
    destination_type = _First("eDisposition.21")
    unit = _First("eDisposition.27")
    care = _First("eDisposition.28")
    transport = _First("eDisposition.30")
    _zip = _First("ePatient.09")
    _scene_zip = _First("eScene.19")
    _born = _First("ePatient.17")

    @property
    def zip(self) -> str:
        """The five digits of the home's ZIP code."""
        return self._zip[:5]

    @property
    def scene_zip(self) -> str:
        """The five digits of the ZIP code where a crew met the patient."""
        return self._scene_zip[:5]

    @property
    def birth_date(self) -> date | None:
        """Raises ValueError for what is no date."""
        return date.fromisoformat(self._born) if self._born else None

    @property
    def vitals(self) -> tuple[Mapping[str, str], ...]:
        """The groups of vital signs, read when asked for: half the work of a report, and few fields need them."""
        groups = self.source.iter(f"{{{NAMESPACE}}}eVitals.VitalGroup")
        return tuple({name: values[0] for name, values in _held(group, _VITALS).items()} for group in groups)


def reports(content: bytes, elements: frozenset[str] = READ) -> tuple[Report, ...]:
    """The reports of one EMSDataSet document, newest first, of which only `elements` are looked at.

    Raises ValueError or lxml's XMLSyntaxError for what is not one: another root, a document type declaration,
    a report without a time.
    """
    tags = _some(elements)
    return newest_first(Report(_held(element, tags), element) for element in _elements(content))


@lru_cache(maxsize=256)
def _some(elements: frozenset[str]) -> Mapping[str, str]:
    return {tag: name for tag, name in _TAGS.items() if name in elements}


def newest_first(held: Iterable[Report]) -> tuple[Report, ...]:
    """Reports in the order in which everything here takes them."""
    return tuple(sorted(held, key=lambda report: report.at, reverse=True))


def patients(content: bytes) -> frozenset[str]:
    """Whose reports a document holds: every EMS patient identifier in it (ePatient.01)."""
    tag = f"{{{NAMESPACE}}}ePatient.01"
    return frozenset(_text(element) for report in _elements(content) for element in report.iter(tag)) - {""}


def _elements(content: bytes) -> Iterator[etree._Element]:
    root = etree.fromstring(content, _PARSER)
    if root.getroottree().docinfo.doctype or root.tag != f"{{{NAMESPACE}}}EMSDataSet":
        raise ValueError("not an EMSDataSet")
    yield from root.iterfind(f"{{{NAMESPACE}}}Header/{{{NAMESPACE}}}PatientCareReport")


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
