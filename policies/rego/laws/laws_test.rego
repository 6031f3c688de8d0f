package porchlight.laws_test

import data.porchlight.laws
import data.porchlight.questions_test as questions

# The bases that a question meets, under each law.
bases(question, asker) := by_law if {
	by_law := laws with input as question with data.tables as questions.tables with data.porchlight.asker as asker
}

nobody := {
	"covered_entity": false,
	"treating": false,
	"medical_personnel": false,
	"nc122c_facility": false,
	"bona_fide_emergency": false,
}

but(facts) := object.union(nobody, facts)

at(custodian, notice, objection) := questions.changed({
	"purpose": "COC",
	"custodians": {custodian: {"a7_notice": notice, "a7_objection": objection}},
})

test_nobody_has_a_basis_but_in_public_facts if {
	given := bases(at("ALLIANCE", true, false), nobody)
	[given.hipaa.basis, given.part2.basis, given.nc143_518.basis, given.nc130a.basis] == ["", "", "", ""]
	[given.nc108a.basis, given.hmis.basis, given.local.basis] == ["", "", ""]
	given.nc122c.basis == {}
	given.public.basis == "J-PUBLIC"
}

test_hipaa_treatment if bases(questions.question, but({"treating": true, "covered_entity": true})).hipaa.basis == "H-506-TREAT"

test_hipaa_coordination_by_a_plan if {
	plan := but({"covered_entity": true})
	bases(questions.question, plan).hipaa.basis == "H-506-COC"
	bases(questions.changed({"purpose": "HPAYMT"}), plan).hipaa.basis == ""
}

test_part_2_wants_an_emergency_in_which_consent_cannot_be_had if {
	emergency := but({"bona_fide_emergency": true})
	bases(questions.changed({"emergency/can_consent": false}), emergency).part2.basis == "P2-51"
	bases(questions.question, emergency).part2.basis == ""
	bases(questions.changed({"emergency/can_consent": false}), nobody).part2.basis == ""
}

test_143_518_wants_medical_personnel_who_treat if {
	bases(questions.question, but({"treating": true, "medical_personnel": true})).nc143_518.basis == "E-518a3"
	bases(questions.question, but({"treating": true})).nc143_518.basis == ""
	bases(questions.question, but({"medical_personnel": true})).nc143_518.basis == ""
}

test_130a_treatment if bases(questions.question, but({"treating": true})).nc130a.basis == "C-143-3"

test_122c_notice_without_objection_toward_a_covered_entity if {
	covered := but({"covered_entity": true})
	bases(at("ALLIANCE", true, false), covered).nc122c.basis == {"ALLIANCE": "M-55a7"}
	bases(at("ALLIANCE", true, true), covered).nc122c.basis == {}
	bases(at("ALLIANCE", false, false), covered).nc122c.basis == {}
	bases(at("ALLIANCE", true, false), nobody).nc122c.basis == {}
	bases(object.union(at("ALLIANCE", true, false), {"purpose": "HPAYMT"}), covered).nc122c.basis == {}
}

test_122c_facility_to_facility if {
	facility := but({"nc122c_facility": true, "covered_entity": true})
	bases(at("ALLIANCE", true, true), facility).nc122c.basis == {"ALLIANCE": "M-55a"}
	bases(at("EMS", false, false), facility).nc122c.basis == {}
	bases(object.union(at("ALLIANCE", true, false), {"purpose": "HPAYMT"}), facility).nc122c.basis == {}
}

test_122c_emergency_before_everything_else if {
	emergency := but({"bona_fide_emergency": true, "nc122c_facility": true, "covered_entity": true})
	bases(at("ALLIANCE", true, true), emergency).nc122c.basis == {"ALLIANCE": "M-55e"}
}
