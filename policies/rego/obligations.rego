# What must be done because an item is released (G10): HL7 obligations and refrains, and ours.
package porchlight.obligations

of(item, regimes, by_consent) := sort([code |
	some rule in [
		["AUDIT", true],
		["AOD", true],
		["ENCRYPTT", true],
		["MINEC", minimum_necessary(regimes, by_consent)],
		["DELAU", delete_after_use],
		["NORDSCLCD", no_redisclosure(item, regimes)],
		["PERSISTLABEL", no_redisclosure(item, regimes)],
		["PART2_NOTICE", part2(regimes, by_consent)],
		["CONSENT_COPY_OR_SCOPE", part2(regimes, by_consent)],
		["RedisclosureProhibitionMark", part2(regimes, by_consent)],
		["P2_51_DOCUMENT", part2(regimes, by_consent == false)],
		["BTG_REVIEW_24H", data.porchlight.asker.emergency_purpose],
	]
	rule[1] == true
	code := rule[0]
])

# 45 CFR 164.502(b)(2)(i): not for treatment by a provider; 42 CFR 2.13(a): always for Part 2 by consent.
minimum_necessary(regimes, by_consent) if {
	part2(regimes, by_consent) == true
} else := data.porchlight.asker.treating == false

# A viewer outside HIPAA keeps nothing: the summary expires (project rule).
default delete_after_use := true

delete_after_use := false if data.porchlight.asker.covered_entity

# 42 CFR 2.32, G.S. 108A-80, G.S. 143-518, and whoever is not a covered entity. Public facts are public.
no_redisclosure(item, regimes) := false if {
	"PUBLIC" in regimes
} else if {
	"PART2" in regimes
} else if {
	item.custodian in ["DSS", "EMS"]
} else := data.porchlight.asker.covered_entity == false

# Part 2 data on the stated ground: by consent carries 2.32's notice, without consent 2.51's record.
part2(regimes, ground) if {
	ground == true
	"PART2" in regimes
} else := false
