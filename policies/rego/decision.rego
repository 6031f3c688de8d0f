# The decision: every (custodian, category) of a query in one evaluation, in the order of RULES section 3.
# A permit is one positive rule; whatever does not reach it is refused, and `why` only explains.
package porchlight.decision

answer := {"revision": data.tables.revision, "items": verdicts}

verdicts := [verdict |
	laws := data.tables.laws
	consents := input.consents
	some item in input.items
	verdict := verdict_of(item, released(item, facts), laws[item.custodian][item.category], facts, consents)
] if {
	data.porchlight.shape.valid
} else := []

verdict_of(item, fields, terms, facts, consents) := {
	"key": concat("/", [item.custodian, item.category]),
	"permit": true,
	"fields": fields,
	"basis": ground.basis,
	"consents": ground.consents,
	"reason": "",
	"obligations": ground.codes,
} if {
	facts.asker_gate == ""
	facts.subject_gate == ""
	count(fields) > 0
	accepted(item, facts)
	ground := ground_of(item, facts, terms, consents)
} else := {
	"key": concat("/", [item.custodian, item.category]),
	"permit": false,
	"fields": [],
	"basis": [],
	"consents": [],
	"reason": why(item, fields, terms, facts, consents),
	"obligations": [],
}

# What is the same for every item, worked out once; the functions below see only what they are given.
facts := {
	"asker_gate": asker_gate,
	"subject_gate": subject_gate,
	"capable_refusal": data.porchlight.asker.capable_refusal,
	"emergency": data.porchlight.asker.bona_fide_emergency,
	"profile": profile,
	"open": open,
	"blocked": data.tables.blocked,
	"withheld": withheld,
	"standing": standing,
	"reach": data.porchlight.consent.reach,
	"codes": data.porchlight.obligations.codes,
}

# G0, G1: what refuses the whole query because of the asker, whoever is asked about.
asker_gate := "NO_AGENCY_AGREEMENT" if {
	not agreed
} else := "ROLE_NOT_ADMITTED" if {
	not admitted
} else := "PURPOSE_BLOCKED" if {
	purpose_blocked
} else := "PURPOSE_NOT_ALLOWED_FOR_ROLE" if {
	not purpose_allowed
} else := "BTG_NOT_ATTESTED" if {
	not attested
} else := ""

# G2, G3: what refuses it because of the person. Explained only after all that is about the asker, so that
# what an asker is told never depends on whether the person is known (42 CFR 2.13(c), G.S. 108A-80).
subject_gate := "SUBJECT_UNKNOWN" if {
	not known
} else := "NO_CARE_RELATIONSHIP" if {
	not related
} else := "MINOR_MANUAL_REVIEW" if {
	not adult
} else := ""

default agreed := false

agreed if input.asker.agreement == true

default admitted := false

admitted if {
	input.asker.confirmed == true
	data.porchlight.asker.role.agency == input.asker.agency
}

default purpose_blocked := false

purpose_blocked if data.tables.purposes.blocked[input.purpose] == true

default purpose_allowed := false

purpose_allowed if data.porchlight.asker.role.purposes[input.purpose] == true

default attested := false

attested if data.porchlight.asker.emergency_purpose == false

attested if input.emergency.attested == true

default known := false

known if input.subject.known == true

default related := false

related if input.subject.relationship == true

related if data.porchlight.asker.bona_fide_emergency

default adult := false

adult if input.subject.minor == false

# G4 and G5: the role's profile as sets, without the categories that are blocked for everybody.
profile := {category: object.keys(fields) |
	some category, fields in data.porchlight.asker.role.fields
	object.get(data.tables.blocked, category, false) == false
}

# What each connected custodian withholds, by category. A custodian without a module here is not connected.
withheld := {custodian: module.withholds |
	some custodian, module in data.porchlight.custodians
	data.tables.custodians[custodian].connect == true
}

# open[custodian] = what is left of the profile after what that custodian withholds.
open := {custodian: left |
	some custodian, withholds in withheld
	left := narrowed(profile, withholds)
}

narrowed(profile, withholds) := profile if {
	withholds == {}
} else := {category: left |
	some category, fields in profile
	left := fields - object.keys(object.get(withholds, category, {}))
}

# G9: asked, in the role's profile, and not withheld by the custodian.
released(item, facts) := sort({field | some field in item.fields} & left) if {
	left := facts.open[item.custodian][item.category]
} else := []

# G6: the person's own refusals win, save in a bona fide emergency; a capable person's refusal wins even there.
accepted(item, facts) if {
	facts.capable_refusal == false
	item.restricted == false
	item.denied == false
} else if {
	facts.capable_refusal == false
	facts.emergency == true
}

# G7 and G8: a consent that carries the item, or else a basis in every law on it.
ground_of(item, facts, terms, consents) := {"basis": ["CONSENT"], "consents": carriers, "codes": facts.codes[terms.class].consent} if {
	carriers := data.porchlight.consent.carriers(facts.reach[terms.time][item.custodian], terms, item, consents)
	count(carriers) > 0
} else := {"basis": standing.bases, "consents": [], "codes": facts.codes[terms.class].law} if {
	standing := facts.standing[item.custodian][terms.name]
	count(standing.unmet) == 0
	count(standing.bases) > 0
}

# standing[custodian][law] = the bases this asker has without consent in the regimes of that law, and the regimes
# that give none, in the table's order.
standing := {custodian: {name: {"bases": sort(found), "unmet": missing} |
	some name, regimes in object.get(data.tables.regimes, custodian, {})
	found := [object.get(bases, regime, "") | some regime in regimes]
	missing := [r | some r in regimes; object.get(bases, r, "") == ""]
} |
	some custodian, _ in input.custodians
	bases := object.union(common, {"NC122C": object.get(data.porchlight.laws.nc122c.basis, custodian, "")})
}

common := {
	"HIPAA": data.porchlight.laws.hipaa.basis,
	"PART2": data.porchlight.laws.part2.basis,
	"NC143_518": data.porchlight.laws.nc143_518.basis,
	"NC130A": data.porchlight.laws.nc130a.basis,
	"NC108A": data.porchlight.laws.nc108a.basis,
	"HMIS2004": data.porchlight.laws.hmis.basis,
	"LOCAL": data.porchlight.laws.local.basis,
	"PUBLIC": data.porchlight.laws.public.basis,
}

# Why not: the first step of the procedure that did not let the item through. It explains; it permits nothing.
why(item, fields, terms, facts, consents) := facts.asker_gate if {
	facts.asker_gate != ""
} else := unreleased(item, facts) if {
	count(fields) == 0
} else := facts.subject_gate if {
	facts.subject_gate != ""
} else := "PATIENT_CAPABLE_REFUSES" if {
	facts.capable_refusal == true
} else := "RESTRICTION_AGREED" if {
	facts.emergency == false
	item.restricted == true
} else := "CONSENT_DENIES" if {
	facts.emergency == false
	item.denied == true
} else := unfounded(item, terms, facts, consents)

# G4 and G5, about the asker and not about the person; a custodian's own refusal is about the person again.
unreleased(item, facts) := "CATEGORY_BLOCKED" if {
	object.get(facts.blocked, item.category, false) == true
} else := "CATEGORY_BLOCKED" if {
	object.get(facts.withheld, item.custodian, "closed") == "closed"
} else := "NOT_NECESSARY_FOR_ROLE" if {
	count({field | some field in item.fields} & object.get(facts.profile, item.category, set())) == 0
} else := facts.subject_gate if {
	facts.subject_gate != ""
} else := "CUSTODIAN_WITHHOLDS"

unfounded(item, terms, facts, consents) := data.porchlight.consent.reason(facts.reach[terms.time][item.custodian], terms, item, consents) if {
	count(consents) > 0
} else := concat("_", [facts.standing[item.custodian][terms.name].unmet[0], "CONSENT_REQUIRED"])
