"""A consent form: its sections, plain sentences and boxes, and what each of them means in law. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from consent.words import SENSITIVE, Statement
from policies.vocabulary import Agency, Category, Purpose

LANGUAGES = ("en", "es")

Words = Mapping[str, str]
"""One text in every language, by its code."""


class FormInvalid(ValueError):
    """The form's file cannot be used. Lists every fault."""


class Sort(StrEnum):
    """What a box is about."""

    WHO = "who"
    NEVER = "never"
    WHAT = "what"
    WHY = "why"


@dataclass(frozen=True, slots=True)
class Box:
    """A box to tick, and all that ticking it means. A WHAT box names the custodians that may tell its categories."""

    id: str
    sort: Sort
    text: Words
    recipients: frozenset[Agency] = frozenset()
    custodians: frozenset[Agency] = frozenset()
    categories: frozenset[Category] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    excludes: frozenset[str] = frozenset()

    @property
    def initial(self) -> bool:
        """Does it want the person's own mark?"""
        return bool(self.categories & SENSITIVE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A few plain sentences, and which statements of law they make."""

    text: Words
    states: frozenset[Statement]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what stands under it, and its boxes by id."""

    id: str
    heading: Words
    sentences: tuple[Sentence, ...]
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `days` is the longest it may last from the day of signing; never more than 365."""

    id: str
    version: int
    policy: str
    days: int
    title: Words
    sections: tuple[Section, ...]
    boxes: Mapping[str, Box]

    @property
    def name(self) -> str:
        """`care-coordination@1`: how records name the text that was signed."""
        return f"{self.id}@{self.version}"

    @property
    def states(self) -> frozenset[Statement]:
        """All that the text tells the person: it is shown whole, whatever is ticked."""
        return frozenset(s for section in self.sections for sentence in section.sentences for s in sentence.states)


def parsed(document: Mapping[str, Any]) -> Form:
    """A form of its JSON. Raises FormInvalid for a part that is missing, unknown or of the wrong kind."""
    try:
        boxes = [_box(box) for box in document["boxes"]]
        whole = {
            **document,
            "sections": tuple(_section(section) for section in document["sections"]),
            "boxes": {box.id: box for box in boxes},
        }
        if len(whole["boxes"]) != len(boxes):
            raise FormInvalid("two boxes have one name")
        return Form(**whole)
    except (KeyError, TypeError, ValueError) as error:
        raise FormInvalid(f"the form is not whole: {error}") from error


def _box(box: Mapping[str, Any]) -> Box:
    return Box(
        **{name: value for name, value in box.items() if name in {"id", "text"}},
        sort=Sort(box["sort"]),
        recipients=frozenset(Agency(a) for a in box.get("recipients", ())),
        custodians=frozenset(Agency(a) for a in box.get("custodians", ())),
        categories=frozenset(Category(c) for c in box.get("categories", ())),
        purposes=frozenset(Purpose(p) for p in box.get("purposes", ())),
        excludes=frozenset(box.get("excludes", ())),
    )


def _section(section: Mapping[str, Any]) -> Section:
    sentences = tuple(_sentence(sentence) for sentence in section["sentences"])
    return Section(section["id"], section["heading"], sentences, tuple(section["boxes"]))


def _sentence(sentence: Mapping[str, Any]) -> Sentence:
    text = {language: sentence[language] for language in LANGUAGES}
    return Sentence(text, frozenset(Statement(s) for s in sentence.get("states", ())))
