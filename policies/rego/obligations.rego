# What must be done because an item is released (G10): HL7 obligations and refrains, and ours. Built once per
# query: codes[class of the law][ground of the release].
package porchlight.obligations

codes := {
	# Arrest and custody facts stay public wherever they go (G.S. 132-1.4(c)).
	"public": {"consent": sort(always), "law": sort(always)},
	"general": {"consent": general, "law": general},
	# G.S. 108A-80 and 10A NCAC 69 .0604, G.S. 143-518: whoever receives these may not pass them on.
	"bound": {"consent": bound, "law": bound},
	# 42 CFR 2.32's notice and scope and, even for treatment, 2.13(a)'s minimum; without consent 2.51(c)'s record.
	"part2": {
		"consent": sort(((always | no_redisclosure) | {"MINEC", "PART2_NOTICE", "CONSENT_COPY_OR_SCOPE", "RedisclosureProhibitionMark"})),
		"law": sort(((always | no_redisclosure) | {"P2_51_DOCUMENT"})),
	},
}

# A covered entity passes on as HIPAA allows; nobody else does.
general := sort(always) if {
	data.porchlight.asker.covered_entity
} else := bound

bound := sort(always | no_redisclosure)

no_redisclosure := {"NORDSCLCD", "PERSISTLABEL"}

# What the query alone decides.
always contains code if some code in ["AUDIT", "AOD", "ENCRYPTT"]

# 45 CFR 164.502(b)(2)(i): the minimum-necessary rule does not reach treatment by a provider.
always contains "MINEC" if data.porchlight.asker.treating == false

# A viewer outside HIPAA keeps nothing: the summary expires (project rule).
always contains "DELAU" if data.porchlight.asker.covered_entity == false

# Whatever leaves under an emergency purpose is reviewed within a day (project rule).
always contains "BTG_REVIEW_24H" if data.porchlight.asker.emergency_purpose
