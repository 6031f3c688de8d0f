"""One source for text and rule: a form that says too little or is too hard to read is refused; ticks make the rule."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import part2, signing
from consent.faults import faults, united, whole
from consent.form import Form, FormInvalid, Sort, parsed
from consent.form_faults import faults as form_faults
from consent.form_faults import texts
from consent.forms import FOLDER, forms
from consent.provisions import TicksRefused, provisions
from consent.reading import ease, english_syllables, grade, readable, spanish_syllables
from consent.signing import Capture, Signature, SigningRefused
from consent.wording import Signing, document, document_sha256, wording
from consent.words import SENSITIVE, Channel, Signer, Statement
from policies.vocabulary import Agency, Category

CARE = forms()["care-coordination"]
SOME = frozenset({"who-heart", "what-ems", "what-sud", "why-together"})
SIGNED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BLOCKS = {f"{form.id} {place}": words for form in forms().values() for place, words in texts(form)}
ticks = st.frozensets(st.sampled_from(sorted(CARE.boxes)))


def a_signature(**changes: Any) -> Signature:
    given: dict[str, Any] = {"language": "en", "ticks": SOME, "signed_at": SIGNED, "relationship": Signer.SELF}
    return Signature(**given | {"person": "A Neighbor", "signer": "A Neighbor"} | changes)


CAPTURE = Capture("c-1", "s-1", Agency.HEART, "heart-1", Channel.SCREEN, "e1:aa", None, None)


def changed(change: Mapping[str, Any]) -> Form:
    """The first form with parts of its JSON replaced."""
    return parsed(json.loads((FOLDER / "care-coordination.json").read_text("utf-8")) | change)


@pytest.mark.parametrize("words", BLOCKS.values(), ids=BLOCKS)
def test_every_text_of_every_form_is_at_or_below_the_eighth_grade(words: Mapping[str, str]) -> None:
    assert grade(words["en"]) <= 8.0
    assert ease(words["es"]) >= 60.0


def test_the_formulas_are_the_published_ones() -> None:
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)
    assert ease("La casa es roja.") == pytest.approx(206.84 - 60 * 6 / 4 - 1.02 * 4)
    assert not readable("Notwithstanding applicable confidentiality regulations, authorization is irrevocable.", "en")
    assert not readable("Independientemente de las reglamentaciones confidenciales aplicables, es irrevocable.", "es")
    with pytest.raises(ValueError, match="no formula"):
        readable("Ja.", "de")


@pytest.mark.parametrize(
    ("word", "count"),
    [("shared", 1), ("alliance", 3), ("agency", 3), ("table", 2), ("houses", 2), ("HIV", 3), ("wanted", 2), ("use", 1)],
)
def test_english_syllables(word: str, count: int) -> None:
    assert english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [("día", 2), ("ciudad", 2), ("información", 4), ("aeropuerto", 5), ("guerra", 2), ("quien", 1), ("muy", 1)],
)
def test_spanish_syllables(word: str, count: int) -> None:
    assert spanish_syllables(word) == count


def test_every_sensitive_category_that_is_offered_has_a_box_of_its_own_that_wants_a_mark() -> None:
    for form in forms().values():
        for box in form.boxes.values():
            assert box.initial == bool(box.categories & SENSITIVE)
            assert not box.initial or len(box.categories) == 1
    offered = {c for box in CARE.boxes.values() for c in box.categories}
    assert SENSITIVE - offered == {Category.SUD_COUNSELING_NOTES, Category.PSYCHOTHERAPY_NOTES}


@pytest.mark.parametrize("statement", sorted(set(Statement) - {Statement.INTERMEDIARY_NAMED}))
def test_a_form_that_leaves_out_what_the_law_wants_said_is_refused(statement: Statement) -> None:
    sections = tuple(
        replace(section, sentences=tuple(s for s in section.sentences if statement not in s.states))
        for section in CARE.sections
    )
    assert f"it does not say {statement}" in form_faults(replace(CARE, sections=sections))


HARD = "Notwithstanding applicable confidentiality regulations, authorization is irrevocable."


@pytest.mark.parametrize(
    "change",
    [
        {"days": 366},
        {"days": 0},
        {"title": {"en": HARD, "es": "Sí."}},
        {"title": {"en": "Yes."}},
        {"sections": []},
    ],
    ids=["over a year", "no day", "too hard", "one language", "boxes not shown"],
)
def test_a_form_that_may_not_be_signed_is_refused(change: dict[str, Any]) -> None:
    assert form_faults(changed(change))


@pytest.mark.parametrize(
    "change",
    [
        {"categories": ["sud.part2", "communicable"]},
        {"categories": ["psychotherapy.notes"]},
        {"recipients": ["DSS"]},
        {"custodians": []},
        {"excludes": ["what-else"]},
    ],
    ids=lambda change: "-".join(f"{name}" for name in change),
)
def test_a_box_that_means_something_else_than_its_sort_is_refused(change: dict[str, Any]) -> None:
    boxes = json.loads((FOLDER / "care-coordination.json").read_text("utf-8"))["boxes"]
    altered = [box | change if box["id"] == "what-sud" else box for box in boxes]
    assert form_faults(changed({"boxes": altered}))


def test_a_file_with_an_unknown_word_or_a_name_twice_is_no_form(tmp_path: Path) -> None:
    for change in ({"days": None, "unheard": 1}, {"boxes": [{"id": "x", "sort": "what", "categories": ["all"]}]}):
        with pytest.raises(FormInvalid):
            changed(change)
    (tmp_path / "a.json").write_text('{"id": "a", "id": "b"}')
    with pytest.raises(FormInvalid, match="twice"):
        forms(tmp_path)


@given(ticks)
def test_the_rule_is_what_is_ticked_and_nothing_beside_it(ticked: frozenset[str]) -> None:
    try:
        agreed = provisions(CARE, ticked)
    except TicksRefused:
        return
    boxes = [CARE.boxes[name] for name in ticked]
    assert united(agreed.grants).categories == {c for b in boxes for c in b.categories} == agreed.categories
    assert agreed.recipients == {a for b in boxes if b.sort is Sort.WHO for a in b.recipients}
    assert agreed.initialled == agreed.categories & SENSITIVE
    assert {d.recipient for d in agreed.denials} == {a for b in boxes if b.sort is Sort.NEVER for a in b.recipients}


@given(ticks, st.sampled_from(sorted(CARE.boxes)))
def test_unticking_a_box_never_widens(ticked: frozenset[str], name: str) -> None:
    try:
        more, fewer = provisions(CARE, ticked), provisions(CARE, ticked - {name})
    except TicksRefused:
        return
    assert fewer.categories <= more.categories
    assert fewer.recipients <= more.recipients
    assert fewer.purposes <= more.purposes


@given(ticks, ticks)
def test_two_ways_of_ticking_are_two_texts_and_two_hashes(one: frozenset[str], other: frozenset[str]) -> None:
    how = Signing("A Neighbor", "A Neighbor", Signer.SELF, date(2026, 11, 23), date(2027, 11, 23))
    hashes = {document_sha256(document(CARE, "en", ticked, how)) for ticked in (one, other)}
    assert len(hashes) == len({one, other})


def test_every_word_of_the_form_stands_in_the_text_that_is_signed() -> None:
    for language in ("en", "es"):
        text = signing.text(CARE, a_signature(language=language))
        words = wording(CARE, language)
        for section in words.sections:
            assert section.heading in text
            assert all(sentence in text for sentence in section.sentences)
            assert all(f"[{'x' if b.id in SOME else ' '}] {b.text}" in text for b in section.boxes)
        assert "Alliance Health" in text.splitlines()  # its full name, for it is ticked


def test_a_name_cannot_write_a_line_of_the_form() -> None:
    sly = "A Neighbor\n[x] Everything\u2028# More"
    text = signing.text(CARE, a_signature(person=sly, signer=sly))
    assert len(text.splitlines()) == len(signing.text(CARE, a_signature()).splitlines())


def test_a_signed_form_is_a_sound_and_complete_consent_with_its_hash() -> None:
    sha = document_sha256(signing.text(CARE, a_signature()))
    made = signing.consent(CARE, a_signature(), sha, CAPTURE)
    assert (faults(made), part2.missing(made), made.document_sha256) == ((), (), sha)
    assert (made.form, made.ticks, made.end) == ("care-coordination@1", SOME, date(2027, 11, 23))
    assert united(made.grants) == whole(made)


@pytest.mark.parametrize(
    "change",
    [
        {"ticks": SOME - {"what-sud"}},
        {"language": "es"},
        {"person": "B Neighbor", "signer": "B Neighbor"},
        {"last_day": date(2026, 12, 24)},
        {"witness": "A Witness"},
    ],
    ids="-".join,
)
def test_the_hash_of_another_text_signs_nothing(change: dict[str, Any]) -> None:
    sha = document_sha256(signing.text(CARE, a_signature()))
    with pytest.raises(SigningRefused):
        signing.consent(CARE, a_signature(**change), sha, CAPTURE)


@pytest.mark.parametrize(
    "change",
    [
        {"signer": "Somebody Else"},
        {"relationship": Signer.GUARDIAN},
        {"relationship": Signer.PARENT, "authority_document": "order-1"},
        {"last_day": date(2026, 11, 22)},
        {"last_day": date(2027, 11, 24)},
    ],
)
def test_who_may_not_sign_so_signs_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(SigningRefused):
        signing.text(CARE, a_signature(**change))


def test_a_guardian_signs_with_the_paper_that_lets_them_and_it_stands_in_the_text() -> None:
    by_guardian = a_signature(signer="A Guardian", relationship=Signer.GUARDIAN, authority_document="24-E-0001")
    assert "24-E-0001" in signing.text(CARE, by_guardian)
