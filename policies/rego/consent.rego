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

# The consents that carry an item: with its category's tick, sufficient for its laws, and rightly signed.
carriers(reach, terms, item, consents) := [at |
	some c in reach.left
	consent := consents[c.at]
	consent.categories[item.category] == true
	sufficient(consent, terms)
	consent.signer == true
	at := c.at
]

# 42 CFR 2.31(a): where Part 2 is among the laws, a form without its elements is void for the item (2.31(c)).
sufficient(consent, terms) if {
	terms.form == "any"
} else if {
	consent.part2_elements == true
}

# Why no consent carries an item: the first check at which none is left.
reason(reach, terms, item, consents) := reach.halt if {
	reach.halt != ""
} else := "CATEGORY_NOT_COVERED" if {
	count(ticked(reach, item, consents)) == 0
} else := "PART2_ELEMENTS_MISSING" if {
	count([c | some c in ticked(reach, item, consents); sufficient(c, terms)]) == 0
} else := "SIGNER_NOT_AUTHORIZED"

ticked(reach, item, consents) := [consent |
	some c in reach.left
	consent := consents[c.at]
	consent.categories[item.category] == true
]
