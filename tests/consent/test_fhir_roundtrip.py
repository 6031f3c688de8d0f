"""What is written is read again as it was: every consent that can be recorded, through real JSON."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.faults import united
from consent.fhir import read
from consent.fhir_names import Directory, Patient
from consent.fhir_record import NARROWED, RECORD
from consent.fhir_write import ADVANCED, MASKED, write
from consent.model import Consent, DataPeriod, Denial, Grant, Person, Programme, Signer, Status
from consent.words import SENSITIVE, Channel, EndEvent, RevocationChannel, Statement
from policies.vocabulary import Agency, Category, Purpose
from tests.consent.consents import REF, a_consent, days, moments
from tests.consent.fhir_resources import Json, a_resource, faults_of, the_consent

PATIENT = Patient(Agency.EMS, "E1")
TOGETHER = [c for c in Category if c not in {Category.SUD_COUNSELING_NOTES, Category.PSYCHOTHERAPY_NOTES}]
ANYWHERE = [p for p in Purpose if p not in {Purpose.HLEGAL, Purpose.LAWENF}]

agencies = st.frozensets(st.sampled_from(Agency), min_size=1, max_size=4)
purposes = st.frozensets(st.sampled_from(ANYWHERE), min_size=1, max_size=4)
categories = st.frozensets(st.sampled_from(TOGETHER), min_size=1, max_size=6)
words = st.from_regex(r"[A-Za-z0-9_.:@+-]{1,40}", fullmatch=True)
maybe = st.none() | words
denials = st.builds(
    Denial,
    recipient=st.none() | st.sampled_from(Agency),
    custodian=st.none() | st.sampled_from(Agency),
    category=st.none() | st.sampled_from(Category),
)


@st.composite
def recordable(draw: st.DrawFn) -> Consent:
    """Any consent without a fault, with every part of the record."""
    grants = tuple(draw(st.lists(st.builds(Grant, agencies, agencies, purposes, categories), min_size=1, max_size=3)))
    whole = united(grants)
    start, until = draw(days), draw(st.none() | days)
    since, data_until = sorted(draw(st.tuples(days, days)))
    signed = draw(moments)
    return Consent(
        id=f"c-{draw(st.integers(0, 10**6))}",
        version=draw(st.integers(1, 99)),
        subject=REF,
        status=draw(st.sampled_from(Status)),
        policy=draw(st.from_regex(r"https://[a-z.]{1,20}/[A-Za-z0-9/#-]{0,20}", fullmatch=True)),
        organization=draw(st.sampled_from(Agency)),
        signed_at=signed,
        start=start,
        end=max(start, until) if until else None,
        custodians=whole.custodians,
        recipients=whole.recipients,
        purposes=whole.purposes,
        categories=whole.categories,
        denials=tuple(draw(st.lists(denials, max_size=4))),
        grants=grants if draw(st.booleans()) else (),
        initialled=whole.categories & draw(st.frozensets(st.sampled_from(Category))),
        custodian_programmes=frozenset(Programme(a, draw(words)) for a in whole.custodians if draw(st.booleans())),
        recipient_programmes=frozenset(Programme(a, draw(words)) for a in whole.recipients if draw(st.booleans())),
        recipient_persons=frozenset(Person(a, draw(words)) for a in whole.recipients if draw(st.booleans())),
        data_period=DataPeriod(draw(st.sampled_from([None, since])), draw(st.sampled_from([None, data_until]))),
        end_event=draw(st.none() | st.sampled_from(EndEvent)),
        ended_at=draw(st.none() | moments),
        statements=draw(st.frozensets(st.sampled_from(Statement))),
        signer=draw(st.sampled_from(Signer)),
        signer_ref=draw(words),
        authority_document=draw(maybe),
        witness=draw(words),
        language=draw(st.sampled_from(["en", "es"])),
        captured_by=draw(words),
        channel=draw(st.sampled_from(Channel)),
        copy_given_at=draw(st.none() | moments),
        form=draw(maybe),
        ticks=draw(st.frozensets(words, max_size=3)),
        document_sha256=draw(st.sampled_from(["", "5e" * 32])),
        supersedes=draw(st.none() | st.just("c-older")),
        revoked_at=draw(st.none() | moments),
        revoked_by=draw(maybe),
        revocation_channel=draw(st.none() | st.sampled_from(RevocationChannel)),
    )


def again(consent: Consent, **changes: Any) -> Consent:
    """Written, sent as JSON with changes, and read."""
    resource = json.loads(json.dumps(write(consent, PATIENT.reference()) | changes))
    made = read(resource, Directory(consent.organization))
    assert made.patient == PATIENT
    (entry,) = made.entries
    assert isinstance(entry, Consent)
    return replace(entry, subject=REF)


@given(recordable())
def test_every_recordable_consent_is_read_as_it_was_written(consent: Consent) -> None:
    assert again(consent) == consent


@given(recordable())
def test_writing_says_the_same_each_time(consent: Consent) -> None:
    assert write(again(consent), PATIENT.reference()) == write(consent, PATIENT.reference())


def test_a_consent_that_its_provision_says_whole_needs_no_modifier() -> None:
    assert "modifierExtension" not in write(a_consent(), PATIENT.reference())


@pytest.mark.parametrize(
    "narrowing",
    [
        {"recipient_persons": frozenset({Person(Agency.HEART, "n-1")})},
        {"recipient_programmes": frozenset({Programme(Agency.HEART, "PORT")})},
        {"custodian_programmes": frozenset({Programme(Agency.EMS, "PORT")})},
        {"end_event": EndEvent.HOUSED},
        {"categories": frozenset({Category.SUD_PART2}), "initialled": frozenset()},
    ],
    ids="-".join,
)
def test_what_narrows_a_consent_cannot_be_passed_over(narrowing: dict[str, Any]) -> None:
    """A reader may pass over an extension it does not know, and never a modifier extension."""
    written = write(a_consent(**narrowing), PATIENT.reference())
    assert [extension["url"] for extension in written["modifierExtension"]] == [NARROWED]  # type: ignore[attr-defined]  # a list of objects


def test_an_unmarked_sensitive_category_stays_unmarked() -> None:
    unmarked = a_consent(
        categories=frozenset(SENSITIVE - {Category.SUD_COUNSELING_NOTES, Category.PSYCHOTHERAPY_NOTES})
    )
    assert again(unmarked).agreed == frozenset()


def test_the_profile_is_claimed_only_where_pcf_can_say_it() -> None:
    own = a_consent(custodians=frozenset({Agency.HEART}), document_sha256="5e" * 32)
    for consent, claimed in (
        (own, [ADVANCED]),
        (a_consent(document_sha256="5e" * 32), None),
        (replace(own, document_sha256=""), None),
        (replace(own, denials=(Denial(custodian=Agency.EMS),)), None),
    ):
        assert write(consent, PATIENT.reference())["meta"].get("profile") == claimed  # type: ignore[attr-defined]  # an object


@pytest.mark.parametrize("signer", Signer)
def test_a_masked_resource_names_nobody_and_is_not_read_as_anybodys(signer: Signer) -> None:
    written = write(a_consent(signer=signer), MASKED)
    assert "identifier" not in json.dumps(written["patient"])
    assert set(faults_of(written, Directory(Agency.HEART))) == {"Consent.patient", "Consent.patient.extension"}


@pytest.mark.parametrize(
    "parts",
    [
        {"unheard": "x"},
        {"policy": "https://a.example/other"},
        {"channel": "telephone"},
        {"copy_given_at": "2026-06-01T10:00:00"},
        {"copy_given_at": "9999-12-31T23:59:59+00:00"},
        {"copy_given_at": "soon"},
        {"statements": '["revocation_how"'},
        {"statements": '"revocation_how"'},
        {"statements": "[1]"},
        {"statements": "[null]"},
        {"statements": '["reliance", "reliance"]'},
        {"ticks": "[[]]"},
        {"ticks": "[1]"},
        {"initialled": '["sud.part2"]'},
        {"grants": "[]"},
        {"recipient_persons": '[["HEART", "n-1"]]'},
        {"status": "superseded"},
        {"signer_ref": ""},
        {"witness": "\n"},
        {"witness": 1},
    ],
    ids="-".join,
)
def test_a_part_of_the_record_that_is_not_as_the_record_has_it_is_refused(parts: Json) -> None:
    stated = [{"url": name, "valueString": value} for name, value in parts.items()]
    assert faults_of(a_resource(extension=[{"url": RECORD, "extension": stated}]))


def test_a_part_stated_twice_is_refused() -> None:
    twice = [{"url": "form", "valueString": "a@1"}, {"url": "form", "valueString": "b@1"}]
    assert faults_of(a_resource(extension=[{"url": RECORD, "extension": twice}]))


@pytest.mark.parametrize(
    "part",
    [
        {"url": "grants", "valueString": '[{"custodians": ["EMS"]}]'},
        {"url": "grants", "valueString": '[["EMS"]]'},
        {"url": "recipient_persons", "valueString": '[["JUSTICE", "n-1"]]'},
        {"url": "recipient_persons", "valueString": '[["HEART"]]'},
        {"url": "ended_at", "valueString": "2026-06-01T10:00:00"},
        {"url": "statements", "valueString": "[]"},
    ],
)
def test_a_narrowing_that_does_not_fit_the_consent_is_refused(part: Json) -> None:
    assert faults_of(a_resource(modifierExtension=[{"url": NARROWED, "extension": [part]}]))


def test_a_representative_comes_back_with_the_evidence() -> None:
    signed = a_consent(signer=Signer.GUARDIAN, authority_document="order-1")
    assert again(signed).signer_authorized
    assert the_consent(a_resource()).authority_document is None
