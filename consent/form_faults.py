"""What is wrong with a form: every fault, before anybody signs it. Pure."""

from collections.abc import Iterator
from functools import cache

from consent.form import LANGUAGES, Form, Sort, Words
from consent.part2 import TPO, covered_entities
from consent.reading import readable
from consent.words import SENSITIVE, Statement
from policies import tables
from policies.vocabulary import Category

MOST_DAYS = 365
"""10A NCAC 26B .0202(b): a year at most."""

EVERY_FORM = frozenset({Statement.REVOCATION_HOW, Statement.RELIANCE, Statement.NO_CONDITIONING})
"""45 CFR 164.508(c)(2)(i) and (ii); 10A NCAC 26B .0202; 10A NCAC 69 .0401(d)."""

LISTS = {
    Sort.WHO: ("recipients",),
    Sort.NEVER: ("recipients",),
    Sort.WHAT: ("custodians", "categories"),
    Sort.WHY: ("purposes",),
}
"""What each sort of box names, and nothing else."""


def faults(form: Form) -> tuple[str, ...]:
    """Every reason not to use it; none when it may be signed."""
    return (*_whole(form), *_boxes(form), *_statements(form), *_hard_to_read(form))


def _whole(form: Form) -> Iterator[str]:
    if not 1 <= form.days <= MOST_DAYS:
        yield "it may last from one day to one year"
    shown = [name for section in form.sections for name in section.boxes]
    if sorted(shown) != sorted(form.boxes):
        yield "each box stands in the text once"
    for sort in (Sort.WHO, Sort.WHAT, Sort.WHY):
        if not any(box.sort is sort for box in form.boxes.values()):
            yield f"it has no box that says {sort}"


def _boxes(form: Form) -> Iterator[str]:
    for box in form.boxes.values():
        named = {name for name in ("recipients", "custodians", "categories", "purposes") if getattr(box, name)}
        if named != set(LISTS[box.sort]):
            yield f"box {box.id} names what its sort does not, or not what it does"
        if box.initial and len(box.categories) > 1:
            yield f"box {box.id}: a sensitive category has a box of its own"
        if box.categories & _never_shared():
            yield f"box {box.id} offers what never passes"
        if not box.excludes <= form.boxes.keys():
            yield f"box {box.id} excludes a box that is not here"


def _statements(form: Form) -> Iterator[str]:
    for statement in sorted(_needed(form) - form.states):
        yield f"it does not say {statement}"


def _needed(form: Form) -> frozenset[Statement]:
    """The statements the law asks of what this form offers, if everything were ticked."""
    recipients = {agency for box in form.boxes.values() if box.sort is Sort.WHO for agency in box.recipients}
    categories = {category for box in form.boxes.values() for category in box.categories}
    purposes = {purpose for box in form.boxes.values() for purpose in box.purposes}
    entities, part2 = recipients & covered_entities(), categories & _part2()
    needed = {
        Statement.REDISCLOSURE_HIPAA: entities,
        Statement.REDISCLOSURE_NONHIPAA: recipients - covered_entities(),
        Statement.PART2_TPO_REDISCLOSURE: part2 and entities and purposes & TPO,
        Statement.PART2_REFUSAL_CONSEQUENCES: part2 and purposes & TPO,
    }
    return EVERY_FORM | {statement for statement, wanted in needed.items() if wanted}


def _hard_to_read(form: Form) -> Iterator[str]:
    for place, words in texts(form):
        for language in LANGUAGES:
            if language not in words or not readable(words[language], language):
                yield f"{place} is missing or above the eighth grade in {language}"


def texts(form: Form) -> Iterator[tuple[str, Words]]:
    """Every text of the form, by where it stands."""
    yield "title", form.title
    for section in form.sections:
        yield f"{section.id} heading", section.heading
        for number, sentence in enumerate(section.sentences):
            yield f"{section.id} {number}", sentence.text
    for box in form.boxes.values():
        yield f"box {box.id}", box.text


@cache
def _never_shared() -> frozenset[Category]:
    return frozenset(Category(name) for name in tables.read()["categories"]["blocked"])


@cache
def _part2() -> frozenset[Category]:
    """What is, or until somebody decides may be, a Part 2 programme's."""
    programmes = [p for named in tables.read()["programmes"].values() for p in named.values() if p["part2"] != "no"]
    return frozenset(Category(c) for p in programmes for c in p["categories"]) | (SENSITIVE & {Category.SUD_PART2})
