"""What provisions inside provisions come to: grants, denials, a do-not-share; or a refusal to read them."""

import pytest

from consent.fhir_codes import refused
from consent.model import Consent, Denial, Directive, DirectiveKind, Grant
from policies.vocabulary import Agency, Category, Purpose
from tests.consent.fhir_resources import (
    TERMS,
    Json,
    a_provision,
    a_resource,
    actor,
    category,
    concept,
    faults_of,
    imported,
    label,
    mark,
    permitting,
    purposes,
    the_consent,
)

RESTRICTED = refused([(f"{TERMS}/v3-Confidentiality", "R")])


def denying(**members: object) -> Json:
    return {"type": "deny", **members}


def scopes(resource: Json) -> tuple[Denial, ...]:
    """What a resource refuses on its own."""
    entries = imported(resource).entries
    assert all(isinstance(e, Directive) and e.kind is DirectiveKind.DO_NOT_SHARE for e in entries)
    return tuple(entry.scope for entry in entries if isinstance(entry, Directive))


def test_a_refusal_of_what_is_restricted_inside_a_permit_denies_that_and_leaves_the_rest() -> None:
    made = the_consent(permitting(denying(securityLabel=[mark("R")])))
    assert {denial.category for denial in made.denials} == RESTRICTED
    assert {Category.CLINICAL_NOTES, Category.SUD_PART2, Category.PSYCHOTHERAPY_NOTES} <= RESTRICTED
    assert not RESTRICTED & {Category.CLINICAL_SUMMARY, Category.IDENTITY_CORE, Category.EMS_SUMMARY}
    assert made.categories - RESTRICTED >= {Category.CLINICAL_SUMMARY, Category.IDENTITY_CORE}


def test_a_category_that_nobody_labelled_counts_as_very_restricted() -> None:
    assert {Category.JUSTICE_CJI, Category.EDUCATION} <= refused([(f"{TERMS}/v3-Confidentiality", "V")])


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        ("R", {Category.CLINICAL_SUMMARY, Category.CLINICAL_NOTES, Category.JUSTICE_PUBLIC}),
        ("N", {Category.CLINICAL_SUMMARY, Category.JUSTICE_PUBLIC}),
        ("U", {Category.JUSTICE_PUBLIC}),
    ],
)
def test_a_permits_mark_is_a_high_water_mark_without_what_needs_a_box_of_its_own(
    code: str, covered: set[Category]
) -> None:
    made = the_consent(permitting(securityLabel=[mark(code)]))
    known = {Category.CLINICAL_SUMMARY, Category.CLINICAL_NOTES, Category.JUSTICE_PUBLIC, Category.SUD_PART2}
    assert made.categories & known == covered
    assert made.initialled == set()


def test_a_sensitive_category_is_permitted_by_all_its_own_labels() -> None:
    made = the_consent(permitting(securityLabel=[mark("N"), label("SUD"), label("42CFRPart2"), label("PSY")]))
    assert made.initialled == {Category.SUD_PART2, Category.BH_CLINICAL}
    half = permitting(securityLabel=[label("HIV")])
    assert "Consent.provision.securityLabel" in faults_of(half)


@pytest.mark.parametrize("code", ["ETH", "SUD", "42CFRPart2", "OPIOIDUD"])
def test_a_refusal_about_substance_use_means_all_of_it_whatever_its_code(code: str) -> None:
    made = the_consent(permitting(denying(securityLabel=[label(code)])))
    assert {d.category for d in made.denials} == {
        Category.SUD_PART2,
        Category.SUD_COUNSELING_NOTES,
        Category.EMS_OVERDOSE,
    }


@pytest.mark.parametrize(
    "unkept", [mark("N"), mark("X"), label("GDIS"), category("unheard"), {"system": "x", "code": "R"}]
)
def test_a_refusal_that_could_not_be_kept_is_not_read(unkept: Json) -> None:
    refusal = denying(securityLabel=[unkept])
    assert list(faults_of(permitting(refusal))) == ["Consent.provision.provision[0].securityLabel"]


def test_each_combination_that_a_refusal_names_is_denied() -> None:
    refusal = denying(
        actor=[actor("justice"), actor("heart"), actor("ems", "CST")],
        securityLabel=[category("contact"), category("care_team")],
    )
    assert set(the_consent(permitting(refusal)).denials) == {
        Denial(recipient, Agency.EMS, word)
        for recipient in (Agency.JUSTICE, Agency.HEART)
        for word in (Category.CONTACT, Category.CARE_TEAM)
    }


def test_an_exception_to_a_refusal_is_cut_out_of_it() -> None:
    allowed = {"type": "permit", "actor": [actor("heart")]}
    made = the_consent(permitting(denying(securityLabel=[category("contact")], provision=[allowed])))
    assert {(d.recipient, d.custodian, d.category) for d in made.denials} == {
        (agency, None, Category.CONTACT) for agency in Agency if agency is not Agency.HEART
    }


def test_an_exception_to_an_exception_is_refused_again() -> None:
    again = denying(actor=[actor("ems", "CST")])
    allowed = {"type": "permit", "actor": [actor("heart")], "provision": [again]}
    made = the_consent(permitting(denying(securityLabel=[category("contact")], provision=[allowed])))

    def is_refused(recipient: Agency, custodian: Agency) -> bool:
        return any(denial.covers(recipient, custodian, Category.CONTACT) for denial in made.denials)

    assert is_refused(Agency.HEART, Agency.EMS)
    assert is_refused(Agency.JUSTICE, Agency.LINCOLN)
    assert not is_refused(Agency.HEART, Agency.LINCOLN)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("purpose", purposes("TREAT")),
        ("period", {"end": "2026-12-31"}),
        ("dataPeriod", {"start": "2015-01-01", "end": "2015-02-01"}),
        ("data", [{"meaning": "instance", "reference": {"reference": "Task/1"}}]),
        ("class", [{"system": "x", "code": "y"}]),
        ("code", [concept("v3-ActCode", "x")]),
        ("modifierExtension", [{"url": "https://a.example/x"}]),
    ],
)
def test_a_refusal_bounded_by_what_a_denial_cannot_say_is_not_read(member: str, value: object) -> None:
    assert list(faults_of(permitting(denying(**{member: value})))) == [f"Consent.provision.provision[0].{member}"]


def test_a_permit_inside_a_permit_grants_more_and_no_rectangle_around_both() -> None:
    more = {"type": "permit", "actor": [actor("ems")], "securityLabel": [category("contact")]}
    made = the_consent(permitting(more, securityLabel=[category("care_team")]))
    both = frozenset({Purpose.TREAT, Purpose.COC})
    lincoln = frozenset({Agency.LINCOLN})
    assert made.grants == (
        Grant(lincoln, frozenset({Agency.HEART}), both, frozenset({Category.CARE_TEAM})),
        Grant(lincoln, frozenset({Agency.EMS}), both, frozenset({Category.CONTACT})),
    )


def test_a_root_that_only_refuses_is_a_do_not_share() -> None:
    alone = a_resource(provision=denying())
    assert scopes(alone) == (Denial(),)
    with_justice = a_resource(provision=denying(actor=[actor("justice")]))
    assert scopes(with_justice) == (Denial(recipient=Agency.JUSTICE),)


def test_opting_out_is_a_do_not_share_and_opting_in_names_nobody() -> None:
    out = a_resource(policyRule=concept("v3-ActCode", "OPTOUT"), policy=..., provision=...)
    assert scopes(out) == (Denial(),)
    assert "Consent.provision.actor" in faults_of(out | {"policyRule": concept("v3-ActCode", "OPTIN")})


@pytest.mark.parametrize("status", ["draft", "inactive", "rejected", "entered-in-error"])
def test_a_refusal_alone_is_put_on_file_only_while_it_stands(status: str) -> None:
    assert list(faults_of(a_resource(status=status, provision=denying()))) == ["Consent.status"]


def test_a_refusal_alone_for_some_purposes_or_days_is_not_read() -> None:
    bounded = denying(purpose=purposes("TREAT"), period={"end": "2026-12-31"})
    assert set(faults_of(a_resource(provision=bounded))) == {"Consent.provision.purpose", "Consent.provision.period"}


def test_a_root_that_refuses_all_but_something_permits_that_and_denies_the_rest() -> None:
    but = {
        "type": "permit",
        "actor": [actor("heart")],
        "purpose": purposes("TREAT", "COC"),
        "securityLabel": [category("contact")],
    }
    made = the_consent(a_resource(provision=denying(period={"end": "2027-05-31"}, provision=[but])))
    assert made.recipients == {Agency.HEART}
    assert made.categories == {Category.CONTACT}

    def is_refused(recipient: Agency, custodian: Agency, word: Category) -> bool:
        return any(denial.covers(recipient, custodian, word) for denial in made.denials)

    assert not is_refused(Agency.HEART, Agency.LINCOLN, Category.CONTACT)
    assert is_refused(Agency.EMS, Agency.LINCOLN, Category.CONTACT)
    assert is_refused(Agency.HEART, Agency.EMS, Category.CONTACT)
    assert is_refused(Agency.HEART, Agency.LINCOLN, Category.CARE_TEAM)


def test_a_root_that_refuses_some_purposes_and_permits_others_is_not_read() -> None:
    but = {"type": "permit", "actor": [actor("heart")], "purpose": purposes("TREAT")}
    assert "Consent.provision" in faults_of(a_resource(provision=denying(provision=[but])))


EVERYBODY = [actor(agency, role) for agency in ("heart", "ems", "justice", "lincoln") for role in ("IRCP", "CST")]
INSIDE_ANOTHER = [
    permitting(denying(provision=[denying(actor=[actor("heart")])])),
    permitting({"type": "permit", "actor": [actor("ems")], "provision": [denying(actor=[actor("heart")])]}),
    a_resource(provision=denying(provision=[denying(actor=[actor("heart")])])),
]


@pytest.mark.parametrize("resource", INSIDE_ANOTHER, ids=["refusal-in-refusal", "refusal-in-inner-permit", "root"])
def test_a_rule_that_is_no_exception_to_the_one_around_it_is_not_read(resource: Json) -> None:
    assert any(where.startswith("Consent.provision.provision[0]") for where in faults_of(resource))


def test_more_refusals_than_a_record_holds_are_not_read() -> None:
    every = denying(actor=EVERYBODY, securityLabel=[category(word) for word in Category])
    assert "Consent.provision" in faults_of(permitting(every))


def test_a_refusal_alone_holds_no_parts_of_a_consent() -> None:
    part = {"url": "form", "valueString": "a@1"}
    stated = [{"url": "https://porchlight.example/fhir/StructureDefinition/consent-record", "extension": [part]}]
    assert list(faults_of(a_resource(extension=stated, provision=denying()))) == ["Consent.extension"]


def test_a_permit_beyond_the_refusal_it_stands_in_is_not_read() -> None:
    but = {"type": "permit", "actor": [actor("heart")], "purpose": purposes("TREAT", "COC")}
    wrong = a_resource(provision=denying(actor=[actor("justice")], provision=[but]))
    assert "Consent.provision.provision[0]" in faults_of(wrong)


@pytest.mark.parametrize(
    ("provision", "read"),
    [
        ({"provision": [denying(actor=[actor("justice")])]}, True),
        ({"period": {"end": "2027-05-31"}, "provision": [denying(actor=[actor("justice")])]}, True),
        ({"period": {"end": "2027-05-31"}}, False),
        ({"actor": [actor("heart")], "provision": [denying()]}, False),
    ],
)
def test_a_root_without_a_type_is_read_only_where_the_policy_leaves_no_doubt(provision: Json, read: bool) -> None:
    resource = a_resource(policyRule=concept("v3-ActCode", "OPTOUT"), provision=provision)
    found = faults_of(resource).get("Consent.provision.type", [])
    assert (found == []) is read
    assert faults_of(resource | {"policyRule": concept("v3-ActCode", "HIPAA")})


def test_a_root_of_another_type_than_its_policy_is_not_read() -> None:
    assert "Consent.provision.type" in faults_of(a_resource(policyRule=concept("v3-ActCode", "OPTOUT")))


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("type", {"type": "maybe"}),
        ("purpose[0]", {"purpose": purposes("HOPERAT")}),
        ("purpose[0]", {"purpose": purposes("CAREMGT")}),
        ("purpose[0]", {"purpose": purposes("LAWENF")}),
        ("purpose[0]", {"purpose": [{"system": "http://hl7.org/fhir/v3/ActReason", "code": "TREAT"}]}),
        ("purpose", {"purpose": {"code": "TREAT"}}),
        ("purpose", {"purpose": ...}),
        ("securityLabel", {"securityLabel": []}),
        ("actor[0].role", {"actor": [actor("heart", "DELEGATEE")]}),
        ("actor[0].reference", {"actor": [actor("unheard")]}),
        ("action[0]", {"action": [concept("consentaction", "correct")]}),
        ("securityLabel", {"securityLabel": [label("HIV")]}),
        ("data", {"data": [{"meaning": "related", "reference": {"reference": "Task/1"}}]}),
        ("class", {"class": []}),
        ("code", {"code": []}),
        ("modifierExtension", {"modifierExtension": []}),
    ],
)
def test_what_a_permit_may_not_say_is_refused_where_it_stands(where: str, change: Json) -> None:
    assert f"Consent.provision.{where}" in faults_of(permitting(**change))


def test_access_and_disclosure_are_the_actions_decided_here() -> None:
    assert (
        faults_of(permitting(action=[concept("consentaction", "access"), concept("consentaction", "disclose")])) == {}
    )


@pytest.mark.parametrize("inner", [{"actor": [actor("heart")]}, {"type": "none"}, "text", {}])
def test_a_provision_inside_another_must_say_its_type(inner: object) -> None:
    resource = a_resource(provision=a_provision(provision=[inner]))
    assert [where for where in faults_of(resource) if where.startswith("Consent.provision.provision[0]")]


def test_provisions_without_end_are_refused() -> None:
    nested = denying()
    for _ in range(8):
        nested = {"type": "deny" if nested["type"] == "permit" else "permit", "provision": [nested]}
    assert any("nested too deeply" in why for whys in faults_of(permitting(nested)).values() for why in whys)


def test_a_consent_that_must_stand_alone_is_refused_with_others() -> None:
    mixed = permitting(securityLabel=[category("psychotherapy.notes"), category("contact")])
    assert list(faults_of(mixed)) == ["Consent"]
    assert isinstance(imported(permitting(securityLabel=[category("psychotherapy.notes")])).entries[0], Consent)
