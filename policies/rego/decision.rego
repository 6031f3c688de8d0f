# The decision: every (custodian, category) of a query in one evaluation, in the order of RULES section 3.
# A permit is one positive rule; whatever does not reach it is refused, and `why` only explains.
package porchlight.decision

answer := {"revision": data.tables.revision, "items": verdicts}

verdicts := [verdict | some item in input.items; verdict := verdict_of(item)] if data.porchlight.shape.valid

else := []

verdict_of(item) := {
	"key": key(item),
	"permit": true,
	"fields": fields,
	"basis": sort([b | some b in bases]),
	"consents": sort([i | some i in consents]),
	"reason": "",
	"obligations": data.porchlight.obligations.of(item, law(item).regimes, count(consents) > 0),
} if {
	asker_gate == ""
	subject_gate == ""
	candidate(item)
	refused_by_subject(item) == ""
	fields := released(item)
	count(fields) > 0
	consents := covered_by(item)
	bases := grounds(item, consents)
	count(bases) > 0
} else := {
	"key": key(item),
	"permit": false,
	"fields": [],
	"basis": [],
	"consents": [],
	"reason": why(item),
	"obligations": [],
}

key(item) := concat("/", [item.custodian, item.category])

# G0, G1: what refuses the whole query because of the asker, whoever is asked about.
default asker_gate := "INPUT_MALFORMED"

asker_gate := "NO_AGENCY_AGREEMENT" if input.asker.agreement == false
else := "ROLE_NOT_ADMITTED" if not admitted
else := "PURPOSE_BLOCKED" if purpose_blocked
else := "PURPOSE_NOT_ALLOWED_FOR_ROLE" if not purpose_allowed
else := "BTG_NOT_ATTESTED" if unattested
else := ""

# G2, G3: what refuses it because of the person. Explained only after all that is about the asker, so that
# what an asker is told never depends on whether the person is known (42 CFR 2.13(c), G.S. 108A-80).
default subject_gate := "INPUT_MALFORMED"

subject_gate := "SUBJECT_UNKNOWN" if not known
else := "NO_CARE_RELATIONSHIP" if not related
else := "MINOR_MANUAL_REVIEW" if not adult
else := ""

default admitted := false

admitted if {
	input.asker.confirmed == true
	data.porchlight.asker.role.agency == input.asker.agency
}

default purpose_blocked := false

purpose_blocked if data.tables.purposes.blocked[input.purpose] == true

default purpose_allowed := false

purpose_allowed if data.porchlight.asker.role.purposes[input.purpose] == true

default unattested := false

unattested if {
	data.porchlight.asker.emergency_purpose
	input.emergency.attested == false
}

default known := false

known if input.subject.known == true

default related := false

related if input.subject.relationship == true

related if data.porchlight.asker.bona_fide_emergency

default adult := false

adult if input.subject.minor == false

# G4 and G5: the category is not blocked, the custodian may connect, and the role has a profile for it.
candidate(item) if {
	object.get(data.tables.blocked, item.category, false) == false
	data.tables.custodians[item.custodian].connect == true
	data.porchlight.asker.role.fields[item.category]
}

# G9: asked, in the role's profile, and not withheld by the custodian.
released(item) := sort([f |
	some f in item.fields
	data.porchlight.asker.role.fields[item.category][f] == true
	count([1 | withheld(item, f)]) == 0
])

withheld(item, field) if data.porchlight.custodians[item.custodian].withholds[item.category][field] == true

# G6: the person's own refusals win, save in a bona fide emergency that the capable person does not refuse.
refused_by_subject(item) := "PATIENT_CAPABLE_REFUSES" if data.porchlight.asker.capable_refusal

else := "" if data.porchlight.asker.bona_fide_emergency

else := "RESTRICTION_AGREED" if item.restricted == true

else := "CONSENT_DENIES" if item.denied == true

else := ""

# G7: the consents that carry this item, or none.
covered_by(item) := consents if {
	consents := data.porchlight.consent.covering[law(item).demand][item.custodian][item.category]
} else := set()

law(item) := data.tables.laws[item.custodian][item.category]

# G8: consent, or else a basis in every law on the datum.
grounds(item, consents) := ["CONSENT"] if count(consents) > 0

else := bases if {
	regimes := law(item).regimes
	count(regimes) > 0
	bases := [basis | some regime in regimes; basis := basis_of(item.custodian, regime); basis != ""]
	count(bases) == count(regimes)
}

basis_of(custodian, regime) := object.get(data.porchlight.laws.nc122c.basis, custodian, "") if regime == "NC122C"

else := object.get(bases_by_regime, regime, "")

bases_by_regime := {
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
why(item) := asker_gate if {
	asker_gate != ""
} else := "CATEGORY_BLOCKED" if {
	object.get(data.tables.blocked, item.category, false) == true
} else := "CATEGORY_BLOCKED" if {
	not_connected(item)
} else := "NOT_NECESSARY_FOR_ROLE" if {
	count(profiled(item)) == 0
} else := subject_gate if {
	subject_gate != ""
} else := "CUSTODIAN_WITHHOLDS" if {
	count(released(item)) == 0
} else := reason if {
	reason := refused_by_subject(item)
	reason != ""
} else := reason if {
	count(input.consents) > 0
	reason := data.porchlight.consent.reason(item, law(item).demand)
} else := reason if {
	reason := concat("_", [unmet(item)[0], "CONSENT_REQUIRED"])
} else := "INPUT_MALFORMED"

not_connected(item) if count([1 | data.tables.custodians[item.custodian].connect == true]) == 0

profiled(item) := [f | some f in item.fields; data.porchlight.asker.role.fields[item.category][f] == true]

unmet(item) := [regime | some regime in law(item).regimes; basis_of(item.custodian, regime) == ""]
