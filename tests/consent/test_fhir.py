"""A FHIR Consent is read whole, or refused with every reason: what stands around its provision."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from consent.fhir_element import Unreadable
from consent.fhir_names import Directory, Patient
from consent.model import Consent, Signer, Status
from policies.vocabulary import Agency, Category, Purpose
from tests.consent.fhir_resources import (
    LINCOLN_PATIENTS,
    NAMES,
    NPI,
    OID,
    Json,
    a_provision,
    a_resource,
    actor,
    concept,
    faults_of,
    imported,
    permitting,
    the_consent,
)


def test_a_pcf_basic_consent_is_read_whole() -> None:
    made = imported(a_resource())
    assert made.patient == Patient(Agency.LINCOLN, "P1")
    (consent,) = made.entries
    assert isinstance(consent, Consent)
    assert (consent.status, consent.signer, consent.organization) == (Status.ACTIVE, Signer.SELF, Agency.LINCOLN)
    assert consent.policy == "https://lincoln.example/policies/sharing"
    assert consent.signed_at == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert (consent.start, consent.end) == (date(2026, 6, 1), date(2027, 5, 31))
    assert consent.custodians == {Agency.LINCOLN}
    assert consent.recipients == {Agency.HEART}
    assert consent.purposes == {Purpose.TREAT, Purpose.COC}
    assert (consent.denials, consent.grants, consent.initialled) == ((), (), frozenset())


def test_a_consent_without_a_first_day_begins_on_the_day_it_was_signed_in_durham() -> None:
    signed = the_consent(a_resource(dateTime="2026-06-02T02:00:00Z", provision=a_provision(period=...)))
    assert (signed.start, signed.end) == (date(2026, 6, 1), None)


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("active", Status.ACTIVE),
        ("draft", Status.DRAFT),
        ("proposed", Status.DRAFT),
        ("rejected", Status.DRAFT),
        ("inactive", Status.REVOKED),
        ("entered-in-error", Status.ENTERED_IN_ERROR),
    ],
)
def test_only_an_active_consent_is_in_force(stated: str, kept: Status) -> None:
    assert the_consent(a_resource(status=stated)).status is kept


SIGNED = {"system": "https://porchlight.example/fhir/CodeSystem/signer"}
PLACES: list[tuple[str, Json]] = [
    ("Consent", {"resourceType": "Contract"}),
    ("Consent.status", {"status": "final"}),
    ("Consent.status", {"status": None}),
    ("Consent.status", {"status": ...}),
    ("Consent.scope", {"scope": concept("consentscope", "research")}),
    ("Consent.scope", {"scope": ...}),
    ("Consent.category", {"category": [concept("v3-ActCode", "EMRGONLY")]}),
    ("Consent.category", {"category": ...}),
    ("Consent.category", {"category": []}),
    ("Consent.patient", {"patient": ..., "performer": [{"identifier": {"system": "x", "value": "y"}}]}),
    ("Consent.patient", {"patient": {"reference": "https://elsewhere.example/Patient/P1"}}),
    ("Consent.patient", {"patient": {"reference": f"{LINCOLN_PATIENTS}/P 1"}}),
    ("Consent.patient", {"patient": {"display": "words"}}),
    ("Consent.dateTime", {"dateTime": ...}),
    ("Consent.dateTime", {"dateTime": "2026"}),
    ("Consent.dateTime", {"dateTime": "2026-06-01T10:00:00"}),
    ("Consent.dateTime", {"dateTime": "9999-12-31"}),
    ("Consent.performer", {"performer": ...}),
    ("Consent.performer[0]", {"performer": [{"reference": f"{LINCOLN_PATIENTS}/P2"}]}),
    ("Consent.performer[0]", {"performer": [{"reference": "RelatedPerson/mother"}]}),
    (
        "Consent.performer",
        {"performer": [{"reference": f"{LINCOLN_PATIENTS}/P1"}, {"identifier": {**SIGNED, "value": "parent"}}]},
    ),
    ("Consent.sourceAttachment", {"sourceAttachment": {}}),
    ("Consent.contained[0]", {"contained": [{"resourceType": "Organization", "id": "o", "active": False}]}),
    ("Consent.organization", {"organization": ...}),
    ("Consent.organization[0]", {"organization": [{"reference": "Organization/unheard"}]}),
    ("Consent.policy", {"policy": ...}),
    ("Consent.policy", {"policy": [{"uri": "https://a.example/1"}, {"uri": "https://a.example/2"}]}),
    ("Consent.policy", {"policy": [{"uri": "not an address"}]}),
    ("Consent.policyRule", {"policyRule": concept("v3-ActCode", "EMRGONLY")}),
    ("Consent.provision", {"provision": ...}),
    ("Consent.verification[0]", {"verification": [{"verified": True}]}),
    ("Consent.language", {"language": "English"}),
    ("Consent.implicitRules", {"implicitRules": "https://a.example/rules"}),
    ("Consent.extension[0]", {"extension": [{"url": "https://a.example/x", "valueBoolean": True}]}),
    ("Consent.modifierExtension[0]", {"modifierExtension": [{"url": "https://a.example/x", "valueBoolean": True}]}),
    ("Consent", {"_dateTime": {"id": "x"}}),
    ("Consent", {"unheard": 1}),
    ("Consent.contained[0]", {"contained": [{"resourceType": "Patient", "id": "p"}]}),
    ("Consent.sourceAttachment.data", {"sourceAttachment": {"data": "?"}}),
]


@pytest.mark.parametrize(("where", "change"), PLACES, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_kept_is_refused_where_it_stands(where: str, change: Json) -> None:
    assert where in faults_of(a_resource(**change))


def test_every_reason_is_told_at_once() -> None:
    wrong = a_resource(
        status="final",
        dateTime=...,
        provision=a_provision(actor=[actor("unheard")], purpose=..., period={"end": "soon"}, data=[{}]),
    )
    assert set(faults_of(wrong)) == {
        "Consent.status",
        "Consent.dateTime",
        "Consent.provision.actor[0].reference",
        "Consent.provision.purpose",
        "Consent.provision.period.end",
        "Consent.provision.data",
    }


def test_no_reason_repeats_what_was_sent() -> None:
    marked = a_resource(XYZZY="XYZZY", status="XYZZY", patient={"reference": "XYZZY/XYZZY", "XYZZY": 1})
    with pytest.raises(Unreadable) as refused:
        imported(marked)
    assert refused.value.faults
    assert "XYZZY" not in f"{refused.value} {refused.value.faults}"


@pytest.mark.parametrize("harmless", [{"id": "x"}, {"meta": {"tag": []}}, {"text": {}}, {"identifier": [{}]}])
def test_what_says_nothing_about_sharing_is_passed_over(harmless: dict[str, Any]) -> None:
    assert faults_of(a_resource(**harmless)) == {}


def test_an_organization_is_known_by_any_of_its_names_and_by_no_unknown_one() -> None:
    many = {"resourceType": "Organization", "id": "o", "identifier": [_named(OID, "999"), _named(NPI, "1000000002")]}
    inside = a_resource(contained=[many], provision=a_provision(actor=[_at({"reference": "#o"})]))
    assert the_consent(inside).recipients == {Agency.EMS}
    for reference in ({"identifier": _named(OID, "17")}, {"identifier": _named(NPI, "1000000001")}):
        assert the_consent(permitting(actor=[_at(reference)])).recipients == {Agency.LINCOLN}
    assert "Consent.provision.actor[0].reference" in faults_of(
        permitting(actor=[_at({"identifier": _named(OID, "9")})])
    )


def test_a_reference_to_two_organizations_at_once_is_refused() -> None:
    both = {"reference": "Organization/heart", "identifier": _named(NPI, "1000000002")}
    assert faults_of(permitting(actor=[_at(both)])) == {
        "Consent.provision.actor[0].reference": ["names two agencies at once"]
    }


def test_an_identifier_that_has_ended_names_nobody() -> None:
    old = _named(OID, "17") | {"use": "old"}
    assert "Consent.provision.actor[0].reference.identifier" in faults_of(permitting(actor=[_at({"identifier": old})]))


def test_a_bare_reference_to_a_patient_is_the_senders_own() -> None:
    bare = {"reference": "Patient/77"}
    for sender in (Agency.LINCOLN, Agency.EMS):
        names = Directory(sender, {"Organization/lincoln": sender, "Organization/heart": Agency.HEART})
        assert imported(a_resource(patient=bare, performer=[bare]), names).patient == Patient(sender, "77")


def test_a_patient_of_two_custodians_at_once_is_refused() -> None:
    both = {"reference": f"{LINCOLN_PATIENTS}/P1", "identifier": _named("urn:oid:2.999.8", "E1")}
    assert faults_of(a_resource(patient=both))["Consent.patient"] == ["names two people at once"]


def test_a_representative_signs_only_with_evidence() -> None:
    guardian = {"identifier": {**SIGNED, "value": "guardian"}}
    made = the_consent(a_resource(performer=[guardian]))
    assert (made.signer, made.signer_authorized) == (Signer.GUARDIAN, False)


def test_an_attached_document_is_known_by_its_hash() -> None:
    made = the_consent(a_resource(sourceAttachment={"data": "aGVsbG8="}, sourceReference=...))
    assert made.document_sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_several_organizations_are_the_custodians_and_the_sender_among_them_manages() -> None:
    both = [{"reference": "Organization/lincoln"}, {"reference": "Organization/ems"}]
    made = the_consent(a_resource(organization=both))
    assert made.organization is Agency.LINCOLN
    assert made.custodians == {Agency.LINCOLN, Agency.EMS}
    other = Directory(Agency.HEART, NAMES.organizations, NAMES.patients)
    assert "Consent.organization" in faults_of(a_resource(organization=both), other)


def test_a_permit_to_nobody_named_is_refused_unless_counsel_says_whom_it_means() -> None:
    unnamed = a_resource(provision=a_provision(actor=...))
    assert "Consent.provision.actor" in faults_of(unnamed)
    told = Directory(Agency.LINCOLN, NAMES.organizations, NAMES.patients, frozenset({Agency.EMS}))
    assert the_consent(unnamed, told).recipients == {Agency.EMS}


def test_a_permit_without_labels_holds_no_sensitive_category() -> None:
    made = the_consent(a_resource())
    assert Category.CLINICAL_NOTES in made.categories
    assert not made.categories & {Category.SUD_PART2, Category.COMMUNICABLE, Category.BH_CLINICAL}


def _named(system: str, value: str) -> Json:
    return {"system": system, "value": value}


def _at(reference: Json) -> Json:
    return actor("heart") | {"reference": reference}
