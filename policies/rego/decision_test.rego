package porchlight.decision_test

import data.porchlight.decision
import data.porchlight.questions_test as questions

always := ["AOD", "AUDIT", "DELAU", "ENCRYPTT", "MINEC", "NORDSCLCD", "PERSISTLABEL"]

answer_to(question) := answer if {
	answer := decision.answer with input as question with data.tables as questions.tables
}

verdict_on(question) := answer_to(question).items[0]

reason_for(changes) := verdict_on(questions.changed(changes)).reason

emergency_reason(changes) := verdict_on(questions.emergency(changes)).reason

test_a_permit_names_fields_basis_consent_and_obligations if {
	answer_to(questions.question) == {"revision": "r1", "items": [{
		"key": "EMS/summary",
		"permit": true,
		"fields": ["a"],
		"basis": ["CONSENT"],
		"consents": [0],
		"reason": "",
		"obligations": always,
	}]}
}

test_a_refusal_names_only_its_reason if {
	verdict_on(questions.changed({"consents": []})) == {
		"key": "EMS/summary",
		"permit": false,
		"fields": [],
		"basis": [],
		"consents": [],
		"reason": "HIPAA_CONSENT_REQUIRED",
		"obligations": [],
	}
}

test_every_item_has_its_verdict_in_order if {
	other := object.union(questions.item, {"category": "bh", "fields": ["d"]})
	answer := answer_to(questions.changed({"items": [other, questions.item]}))
	[v.key | some v in answer.items] == ["EMS/bh", "EMS/summary"]
}

test_what_is_malformed_gets_no_verdict if {
	answer_to(questions.changed({"purpose": 1})).items == []
	answer_to({}).items == []
}

test_g0_agreement if reason_for({"asker/agreement": false}) == "NO_AGENCY_AGREEMENT"

test_g0_roster if reason_for({"asker/confirmed": false}) == "ROLE_NOT_ADMITTED"

test_g0_agency if reason_for({"asker/agency": "DSS"}) == "ROLE_NOT_ADMITTED"

test_g0_role if reason_for({"asker/role": "law_enforcement"}) == "ROLE_NOT_ADMITTED"

test_g1_blocked_even_where_a_role_lists_it if {
	emergency_reason({"purpose": "HRESCH"}) == "PURPOSE_BLOCKED"
}

test_g1_not_the_roles if reason_for({"purpose": "TREAT"}) == "PURPOSE_NOT_ALLOWED_FOR_ROLE"

test_g1_unattested if reason_for({"purpose": "BTG"}) == "BTG_NOT_ATTESTED"

test_g2_unknown if reason_for({"subject/known": false}) == "SUBJECT_UNKNOWN"

test_g2_no_relationship if reason_for({"subject/relationship": false}) == "NO_CARE_RELATIONSHIP"

test_g2_an_emergency_needs_none if verdict_on(questions.emergency({"subject/relationship": false})).permit

test_g3_minor if reason_for({"subject/minor": true}) == "MINOR_MANUAL_REVIEW"

test_g4_blocked if {
	reason_for({"items/0/category": "ssn", "items/0/fields": ["g"]}) == "CATEGORY_BLOCKED"
}

test_g4_not_connected if {
	facts := {"a7_notice": false, "a7_objection": false}
	reason_for({"items/0/custodian": "DSS", "custodians/DSS": facts}) == "CATEGORY_BLOCKED"
}

test_g4_a_custodian_without_a_module_is_not_connected if {
	facts := {"a7_notice": false, "a7_objection": false}
	reason_for({"items/0/custodian": "VSP", "custodians/VSP": facts}) == "CATEGORY_BLOCKED"
}

test_g5_no_profile_for_the_fields if reason_for({"items/0/fields": ["c"]}) == "NOT_NECESSARY_FOR_ROLE"

test_g5_is_told_before_what_is_about_the_person if {
	reason_for({"items/0/fields": ["c"], "subject/known": false}) == "NOT_NECESSARY_FOR_ROLE"
}

withheld := {
	"items": [object.union(questions.item, {"custodian": "ALLIANCE", "category": "bh", "fields": ["d"]})],
	"custodians": {"ALLIANCE": {"a7_notice": false, "a7_objection": false}},
}

test_g9_withheld_by_the_custodian if reason_for(withheld) == "CUSTODIAN_WITHHOLDS"

test_g9_withheld_is_about_the_person_too if {
	reason_for(object.union(withheld, {"subject/known": false})) == "SUBJECT_UNKNOWN"
}

test_g6_restricted if reason_for({"items/0/restricted": true}) == "RESTRICTION_AGREED"

test_g6_denied if reason_for({"items/0/denied": true}) == "CONSENT_DENIES"

test_g6_an_emergency_passes_both if {
	verdict_on(questions.emergency({"items/0/restricted": true, "items/0/denied": true})).permit
}

test_g6_but_not_a_capable_refusal if {
	emergency_reason({"emergency/capable_refusal": true}) == "PATIENT_CAPABLE_REFUSES"
}

test_g6_nor_for_a_role_that_is_not_medical if {
	attested := {"purpose": "BTG", "emergency/attested": true, "items/0/restricted": true}
	reason_for(attested) == "RESTRICTION_AGREED"
}

test_g7_why_no_consent_carries_it if reason_for({"consents/0/recipient": false}) == "RECIPIENT_NOT_NAMED"

test_g8_a_basis_in_every_law if {
	verdict := verdict_on(questions.emergency({"items/0/category": "bh", "items/0/fields": ["d"]}))
	verdict.basis == ["H-506-TREAT", "M-55e"]
	verdict.consents == []
	verdict.obligations == ["AOD", "AUDIT", "BTG_REVIEW_24H", "ENCRYPTT"]
}

test_g8_one_law_without_a_basis_refuses if {
	changes := {"items/0/category": "sud", "items/0/fields": ["e"], "emergency/can_consent": true}
	emergency_reason(changes) == "PART2_CONSENT_REQUIRED"
}

test_g10_part_2_without_consent_is_documented if {
	verdict := verdict_on(questions.emergency({"items/0/category": "sud", "items/0/fields": ["e"]}))
	verdict.basis == ["H-506-TREAT", "P2-51"]
	"P2_51_DOCUMENT" in verdict.obligations
}

# No law of the tables is without regimes; were one, it would open nothing.
test_a_law_without_regimes_opens_nothing if {
	emptied := json.patch(questions.tables, [{"op": "add", "path": "regimes/EMS/HIPAA", "value": []}])
	question := questions.emergency({})
	answer := decision.answer with input as question with data.tables as emptied
	[item | some item in answer.items; item.permit] == []
}
