# What the person agreed to (G7): tables built once per query, looked up per item.
package porchlight.consent

# Each list keeps the consents that passed one check more. The first that is empty says why.
active := [i | some i; input.consents[i].status == "active"]

started := [i | some i in active; input.consents[i].started == true]

current := [i | some i in started; input.consents[i].ended == false]

named := [i | some i in current; input.consents[i].recipient == true]

purposed := [i | some i in named; input.consents[i].purpose == true]

live := [i | some i in purposed; input.consents[i].signer == true]

# The consents that may carry an item, by what its laws demand of a consent beyond the common checks:
# G.S. 122C-53(a) a stated time and 10A NCAC 26B .0202 one year; 42 CFR 2.31(a) its elements.
carriers_by_demand := {"plain": live, "nc122c": timed, "part2": elements, "nc122c+part2": timed_elements}

timed := [i |
	some i in live
	input.consents[i].limited == true
	input.consents[i].within_year == true
]

elements := [i | some i in live; input.consents[i].part2_elements == true]

timed_elements := [i | some i in timed; input.consents[i].part2_elements == true]

# covering[demand][custodian][category] = the consents (by index) that permit it.
covering[demand][custodian][category] contains i if {
	some demand, carriers in carriers_by_demand
	some i in carriers
	some custodian, yes in input.consents[i].sources
	yes == true
	some category, named_too in input.consents[i].categories
	named_too == true
}

# Why no consent carries this item: the first check at which none is left (RULES section 3, G7).
reason(item, demand) := common if {
	common := common_reason
	common != ""
} else := "CONSENT_NO_TIME_LIMIT" if {
	demands_time[demand]
	count([i | some i in current; input.consents[i].limited == true]) == 0
} else := "CONSENT_EXPIRED" if {
	demands_time[demand]
	count([i | some i in current; input.consents[i].limited == true; input.consents[i].within_year == true]) == 0
} else := "RECIPIENT_NOT_NAMED" if count(named) == 0

else := "SOURCE_NOT_NAMED" if count(sourced(named, item)) == 0

else := "PURPOSE_NOT_COVERED" if count(sourced(purposed, item)) == 0

else := "CATEGORY_NOT_COVERED" if count(categorised(purposed, item)) == 0

else := "PART2_ELEMENTS_MISSING" if {
	demands_elements[demand]
	count([i | some i in categorised(purposed, item); input.consents[i].part2_elements == true]) == 0
} else := "SIGNER_NOT_AUTHORIZED"

demands_time := {"nc122c", "nc122c+part2"}

demands_elements := {"part2", "nc122c+part2"}

default common_reason := ""

common_reason := "CONSENT_REVOKED" if {
	count(active) == 0
	count([1 | some c in input.consents; c.status == "revoked"]) > 0
} else := "CONSENT_NOT_ACTIVE" if count(active) == 0

else := "CONSENT_NOT_YET_VALID" if count(started) == 0

else := "CONSENT_EXPIRED" if count(current) == 0

sourced(consents, item) := [i | some i in consents; input.consents[i].sources[item.custodian] == true]

categorised(consents, item) := [i | some i in sourced(consents, item); input.consents[i].categories[item.category] == true]
