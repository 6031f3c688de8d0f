"""The codes of HL7 and our own words: purposes, actors' roles, and labels as the categories they stand for. Pure.

Which label stands on which category is `policies/data/categories.json`. A permit covers what its labels surely name;
a refusal covers all that they may mean.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from consent.words import SENSITIVE
from policies import tables
from policies.vocabulary import Category, Purpose

OURS = "https://porchlight.example/fhir"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
ACT_REASON = f"{TERMINOLOGY}/v3-ActReason"
ACT_CODE = f"{TERMINOLOGY}/v3-ActCode"
CONFIDENTIALITY = f"{TERMINOLOGY}/v3-Confidentiality"
PARTICIPATION = f"{TERMINOLOGY}/v3-ParticipationType"
SCOPE = f"{TERMINOLOGY}/consentscope"
ACTION = f"{TERMINOLOGY}/consentaction"
LOINC = "http://loinc.org"
OUR_CATEGORY = f"{OURS}/CodeSystem/category"
OUR_PURPOSE = f"{OURS}/CodeSystem/purpose"
OUR_SIGNER = f"{OURS}/CodeSystem/signer"

RANKS = "ULMNRV"
"""v3-Confidentiality from unrestricted to very restricted."""

AKIN = (
    frozenset({"ETH", "ETHUD", "SUD", "OPIOIDUD", "42CFRPart2"}),
    frozenset({"BH", "MH", "PSY", "PSYTHPN"}),
    frozenset({"HIV", "STD"}),
    frozenset({"SDV", "VIO"}),
)
"""Sensitivities that one refusal may mean together: HL7 puts SUD not under ETH, yet both are about substance use.

No field of ours is labelled as finely as ETHUD or OPIOIDUD: a refusal of one refuses the whole, and no permit names it.
"""

Code = tuple[str, str]
"""System and code."""


class Unsayable(ValueError):
    """A code that our words cannot say; the message may be told."""


def purpose(code: Code) -> Purpose:
    """Exactly the purpose of this code: none covers another, break-glass least of all. Raises Unsayable."""
    system, word = code
    own = word == Purpose.LAWENF
    if word not in set(Purpose) or system != (OUR_PURPOSE if own else ACT_REASON):
        raise Unsayable("is not a purpose of use known here (v3-ActReason, each code by itself)")
    return Purpose(word)


def of_purpose(word: Purpose) -> dict[str, str]:
    """The Coding of a purpose."""
    return {"system": OUR_PURPOSE if word is Purpose.LAWENF else ACT_REASON, "code": str(word)}


def permitted(codes: Iterable[Code]) -> tuple[frozenset[Category], frozenset[Category]]:
    """The categories that a permit on these labels covers, and of these the sensitive ones.

    Confidentiality is a high-water mark (R4: R covers R or lower), but a sensitive category has a box of its own: it
    is covered only where its own labels, or our code for it, are named; by labels never what is very restricted, for
    SUD is no consent to counseling notes. Raises Unsayable.
    """
    named, marks, own = _sorted(codes)
    found = frozenset(c for c in Category if marks and RANKS.index(_rank(c)) <= max(map(RANKS.index, marks)))
    by_label = frozenset(c for c in Category if _sensitivities(c) and _sensitivities(c) <= named and _rank(c) != "V")
    if named - frozenset[str]().union(*(_sensitivities(c) for c in by_label)):
        raise Unsayable("names a sensitivity by which no category is known alone: name all labels of the category")
    return (found - SENSITIVE) | by_label | own, (by_label | own) & SENSITIVE


def refused(codes: Iterable[Code]) -> frozenset[Category]:
    """The categories that a refusal of these labels covers: R means R and above. Raises Unsayable."""
    named, marks, own = _sorted(codes)
    if marks - {"R", "V"}:
        raise Unsayable("refuses what is normal or lower, and whether it means what is higher too is not certain")
    found = {c for c in Category if marks and RANKS.index(_rank(c)) >= min(map(RANKS.index, marks))}
    for label in named:
        alike = next((group for group in AKIN if label in group), frozenset({label}))
        covered = {c for c in Category if _sensitivities(c) & alike}
        if not covered:
            raise Unsayable("refuses a sensitivity that no category carries, so it could not be kept")
        found |= covered
    return frozenset(found) | own


def of_category(word: Category) -> dict[str, str]:
    """The Coding of a category: our own, because PCF forbids `class` and `code`."""
    return {"system": OUR_CATEGORY, "code": str(word)}


def _sorted(codes: Iterable[Code]) -> tuple[frozenset[str], frozenset[str], frozenset[Category]]:
    """Labels as sensitivities, confidentiality marks and our own categories. Raises Unsayable."""
    by_system: dict[str, set[str]] = {ACT_CODE: set(), CONFIDENTIALITY: set(), OUR_CATEGORY: set()}
    for system, code in codes:
        if system not in by_system:
            raise Unsayable("is of a code system that is not read here")
        by_system[system].add(code)
    if by_system[CONFIDENTIALITY] - set(RANKS) or by_system[OUR_CATEGORY] - set(Category):
        raise Unsayable("is not a code of its system")
    own = frozenset(Category(word) for word in by_system[OUR_CATEGORY])
    return frozenset(by_system[ACT_CODE]), frozenset(by_system[CONFIDENTIALITY]), own


def _rank(category: Category) -> str:
    """The category's confidentiality; one that nobody labelled is very restricted."""
    return max(_labels().get(category, {"V"}) & set(RANKS), key=RANKS.index, default="V")


def _sensitivities(category: Category) -> frozenset[str]:
    return frozenset(_labels().get(category, ())) - frozenset(RANKS)


@cache
def _labels() -> Mapping[str, set[str]]:
    return {category: set(labels) for category, labels in tables.read()["categories"]["labels"].items()}
