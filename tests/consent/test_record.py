"""A stored version reads back as exactly what was recorded, and what does not parse is an error, never a guess."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from consent import record
from consent.model import Consent, Directive
from tests.consent.consents import REF, a_consent, a_directive, consents, directives


@settings(deadline=None)
@given(consents)
def test_a_consent_reads_back_as_it_was_recorded(consent: Consent) -> None:
    stored = json.loads(json.dumps(record.of_consent(consent)))
    assert record.consent(consent.id, consent.version, REF, stored) == consent


@settings(deadline=None)
@given(directives)
def test_a_directive_reads_back_as_it_was_recorded(directive: Directive) -> None:
    stored = json.loads(json.dumps(record.of_directive(directive)))
    assert record.directive(directive.id, directive.version, REF, stored) == directive


@settings(deadline=None)
@given(consents)
def test_the_person_is_not_in_the_record_but_in_its_column(consent: Consent) -> None:
    assert not {"subject", "id", "version"} & record.of_consent(consent).keys()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "live"},
        {"recipients": ["SHERIFF"]},
        {"purposes": ["*"]},
        {"categories": ["everything"]},
        {"signer": "friend"},
        {"start": "soon"},
        {"signed_at": ""},
        {"denials": [{"recipient": "HEART"}]},
    ],
)
def test_a_word_outside_the_vocabulary_is_an_error(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        record.consent("c-1", 1, REF, record.of_consent(a_consent()) | change)


@pytest.mark.parametrize("left_out", sorted(record.of_consent(a_consent())))
def test_a_consent_that_lacks_anything_is_an_error(left_out: str) -> None:
    stored = {name: value for name, value in record.of_consent(a_consent()).items() if name != left_out}
    with pytest.raises((KeyError, ValueError)):
        record.consent("c-1", 1, REF, stored)


@pytest.mark.parametrize("left_out", sorted(record.of_directive(a_directive())))
def test_a_directive_that_lacks_anything_is_an_error(left_out: str) -> None:
    stored = {name: value for name, value in record.of_directive(a_directive()).items() if name != left_out}
    with pytest.raises(KeyError):
        record.directive("d-1", 1, REF, stored)
