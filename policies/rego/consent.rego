# What the person agreed to (G7). A consent is named by its index in the question, as {"at": index}. Each list keeps
# the consents that passed one check more, in the order of RULES section 3; the first that is empty says why.
package porchlight.consent

active := [{"at": i} | some i; input.consents[i].status == "active"]

started := [c | some c in active; input.consents[c.at].started == true]

current := [c | some c in started; input.consents[c.at].ended == false]

# G.S. 122C-53(a): a stated length of time; 10A NCAC 26B .0202(b): one year from signing at most.
limited := [c | some c in current; input.consents[c.at].limited == true]

timed := [c | some c in limited; input.consents[c.at].within_year == true]

default over := ""

over := "CONSENT_REVOKED" if {
	count(active) == 0
	"revoked" in {consent.status | some consent in input.consents}
} else := "CONSENT_NOT_ACTIVE" if {
	count(active) == 0
} else := "CONSENT_NOT_YET_VALID" if {
	count(started) == 0
} else := "CONSENT_EXPIRED" if {
	count(current) == 0
}

default out_of_time := ""

out_of_time := over if {
	over != ""
} else := "CONSENT_NO_TIME_LIMIT" if {
	count(limited) == 0
} else := "CONSENT_EXPIRED" if {
	count(timed) == 0
}

# reach[time][custodian] = the consents left before the category's check, or why none is; `time` says whether the
# laws on the item demand a consent within its time (G.S. 122C) or any that is current.
reach := {
	"any": {custodian: reached(named, custodian, over, consents) |
		consents := input.consents
		named := [c | some c in current; consents[c.at].recipient == true]
		some custodian, _ in input.custodians
	},
	"timed": {custodian: reached(named, custodian, out_of_time, consents) |
		consents := input.consents
		named := [c | some c in timed; consents[c.at].recipient == true]
		some custodian, _ in input.custodians
	},
}

reached(named, custodian, halt, consents) := {"left": purposed, "halt": halted(halt, named, sourced, purposed)} if {
	sourced := [c | some c in named; object.get(consents[c.at].sources, custodian, false) == true]
	purposed := [c | some c in sourced; consents[c.at].purpose == true]
}

halted(halt, named, sourced, purposed) := halt if {
	halt != ""
} else := "RECIPIENT_NOT_NAMED" if {
	count(named) == 0
} else := "SOURCE_NOT_NAMED" if {
	count(sourced) == 0
} else := "PURPOSE_NOT_COVERED" if {
	count(purposed) == 0
} else := ""

# Those with the category's tick, and with the elements that 42 CFR 2.31(a) wants where Part 2 is among the laws
# (without them a form is void for its data, 2.31(c)).
ticked(left, item, consents) := [c | some c in left; consents[c.at].categories[item.category] == true]

complete(ticked, "part2", consents) := [c | some c in ticked; consents[c.at].part2_elements == true]

complete(ticked, "any", _) := ticked

# And of these the rightly signed, which carry the item.
carriers(reach, terms, item, consents) := [c.at |
	some c in complete(ticked(reach.left, item, consents), terms.form, consents)
	consents[c.at].signer == true
]

# Why no consent carries an item: the first check at which none is left.
reason(reach, terms, item, consents) := reach.halt if {
	reach.halt != ""
} else := "CATEGORY_NOT_COVERED" if {
	count(ticked(reach.left, item, consents)) == 0
} else := "PART2_ELEMENTS_MISSING" if {
	count(complete(ticked(reach.left, item, consents), terms.form, consents)) == 0
} else := "SIGNER_NOT_AUTHORIZED"
