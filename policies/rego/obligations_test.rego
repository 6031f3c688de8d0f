package porchlight.obligations_test

import data.porchlight.obligations

codes(treating, covered, emergency) := by_class if {
	by_class := obligations.codes with data.porchlight.asker as {
		"treating": treating,
		"covered_entity": covered,
		"emergency_purpose": emergency,
	}
}

test_treatment_by_a_covered_provider if {
	given := codes(true, true, false)
	given.public.law == ["AOD", "AUDIT", "ENCRYPTT"]
	given.general == {"consent": ["AOD", "AUDIT", "ENCRYPTT"], "law": ["AOD", "AUDIT", "ENCRYPTT"]}
	given.bound.consent == ["AOD", "AUDIT", "ENCRYPTT", "NORDSCLCD", "PERSISTLABEL"]
}

test_a_viewer_outside_hipaa if {
	given := codes(false, false, false)
	given.public.consent == ["AOD", "AUDIT", "DELAU", "ENCRYPTT", "MINEC"]
	given.general.law == ["AOD", "AUDIT", "DELAU", "ENCRYPTT", "MINEC", "NORDSCLCD", "PERSISTLABEL"]
	given.bound == given.general
}

test_part_2 if {
	given := codes(true, true, false).part2
	given.consent == [
		"AOD", "AUDIT", "CONSENT_COPY_OR_SCOPE", "ENCRYPTT", "MINEC",
		"NORDSCLCD", "PART2_NOTICE", "PERSISTLABEL", "RedisclosureProhibitionMark",
	]
	given.law == ["AOD", "AUDIT", "ENCRYPTT", "NORDSCLCD", "P2_51_DOCUMENT", "PERSISTLABEL"]
}

test_an_emergency_is_reviewed_whatever_the_class if {
	every _, by_ground in codes(true, true, true) {
		"BTG_REVIEW_24H" in by_ground.consent
		"BTG_REVIEW_24H" in by_ground.law
	}
}
