package porchlight.asker_test

import data.porchlight.asker
import data.porchlight.questions_test as questions

known(question) := facts if {
	facts := asker with input as question with data.tables as questions.tables
}

test_a_navigator if {
	facts := known(questions.question)
	facts.role.agency == "HEART"
	[facts.covered_entity, facts.provider, facts.medical_personnel, facts.nc122c_facility] == [false, false, false, false]
	[facts.treating, facts.emergency_purpose, facts.bona_fide_emergency, facts.capable_refusal] == [false, false, false, false]
}

test_a_clinician_in_an_emergency if {
	facts := known(questions.emergency({}))
	[facts.covered_entity, facts.provider, facts.medical_personnel] == [true, true, true]
	[facts.treating, facts.emergency_purpose, facts.bona_fide_emergency] == [true, true, true]
}

test_a_facility if {
	tables := json.patch(questions.tables, [{"op": "add", "path": "roles/navigator/nc122c_facility", "value": true}])
	facts := asker with input as questions.question with data.tables as tables
	facts.nc122c_facility
}

test_an_unknown_role_is_nobody if {
	facts := known(questions.changed({"asker/role": "sheriff"}))
	facts.role == {
		"agency": "", "purposes": {}, "fields": {},
		"covered_entity": false, "provider": false, "medical_personnel": false, "nc122c_facility": false,
	}
}

test_an_emergency_wants_purpose_attestation_and_medical_personnel if {
	not known(questions.emergency({"purpose": "TREAT"})).bona_fide_emergency
	not known(questions.emergency({"emergency/attested": false})).bona_fide_emergency
	not known(questions.changed({"purpose": "BTG", "emergency/attested": true})).bona_fide_emergency
}

test_a_capable_refusal_is_one_of_an_emergency if {
	known(questions.emergency({"emergency/capable_refusal": true})).capable_refusal
	not known(questions.changed({"emergency/capable_refusal": true})).capable_refusal
}
