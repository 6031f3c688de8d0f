"""The words of a form: as a page shows them, and as the one canonical text that is signed, copied and hashed. Pure."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from consent.form import LANGUAGES, Form, FormInvalid
from consent.words import Signer

DOCUMENT = Path(__file__).parent / "data" / "document.json"


@dataclass(frozen=True, slots=True)
class BoxWords:
    """A box on the page. `initial`: it wants the person's own mark, not a tick."""

    id: str
    text: str
    initial: bool


@dataclass(frozen=True, slots=True)
class SectionWords:
    """A section on the page."""

    id: str
    heading: str
    sentences: tuple[str, ...]
    boxes: tuple[BoxWords, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A form in one language."""

    form: str
    language: str
    title: str
    sections: tuple[SectionWords, ...]


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signed whose form, and for how long. Names stand in the document only; the record keeps none."""

    person: str = field(repr=False)
    signer: str = field(repr=False)
    relationship: Signer
    signed_on: date
    last_day: date
    authority_document: str | None = None
    witness: str | None = field(default=None, repr=False)


def wording(form: Form, language: str) -> Wording:
    """The form in one language. Raises FormInvalid for one it does not have."""
    if language not in LANGUAGES:
        raise FormInvalid("the form does not come in this language")
    sections = tuple(
        SectionWords(
            section.id,
            section.heading[language],
            tuple(sentence.text[language] for sentence in section.sentences),
            tuple(BoxWords(name, form.boxes[name].text[language], form.boxes[name].initial) for name in section.boxes),
        )
        for section in form.sections
    )
    return Wording(form.name, language, form.title[language], sections)


def document(form: Form, language: str, ticks: frozenset[str], signing: Signing) -> str:
    """The whole signed text: every word of the form, each box ticked or not, the agencies' full names, who signed.

    Canonical: Unicode NFC, one line each, LF, no line empty; so the same form signed alike is the same bytes.
    """
    lines = [*_body(wording(form, language), ticks), *_agencies(form, language, ticks), *_signed(signing, language)]
    return "".join(f"{_plain(line)}\n" for line in lines)


def document_sha256(text: str) -> str:
    """The hash by which records, entries and releases name the signed text: SHA-256 of its UTF-8, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _body(words: Wording, ticks: frozenset[str]) -> Iterator[str]:
    yield f"{words.title} [{words.form} {words.language}]"
    for section in words.sections:
        yield f"# {section.heading}"
        yield from section.sentences
        for box in section.boxes:
            yield f"[{'x' if box.id in ticks else ' '}] {box.text}"


def _agencies(form: Form, language: str, ticks: frozenset[str]) -> Iterator[str]:
    """The full names of the agencies that the ticked boxes mean (42 CFR 2.31(a)(2), (4))."""
    named = {agency for name in ticks for agency in form.boxes[name].recipients | form.boxes[name].custodians}
    yield f"# {_label('agencies', language)}"
    for agency in sorted(named):
        yield f"{_parts()['agencies'][agency]}"


def _signed(signing: Signing, language: str) -> Iterator[str]:
    yield f"{_label('person', language)}: {signing.person}"
    yield f"{_label('signer', language)}: {signing.signer}, {_label(signing.relationship, language)}"
    if signing.authority_document is not None:
        yield f"{_label('authority', language)}: {signing.authority_document}"
    if signing.witness is not None:
        yield f"{_label('witness', language)}: {signing.witness}"
    yield f"{_label('signed_on', language)}: {signing.signed_on.isoformat()}"
    yield f"{_label('last_day', language)}: {signing.last_day.isoformat()}"


def _label(name: str, language: str) -> str:
    return str(_parts()["labels"][name][language])


def _plain(line: str) -> str:
    """No line break and no control character can come in with a name and look like a line of the form."""
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in line)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


@cache
def _parts() -> Mapping[str, Any]:
    return dict(json.loads(DOCUMENT.read_text("utf-8")))
