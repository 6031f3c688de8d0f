# Is the input whole and of the right types? Anything else refuses everything: the two engines compare
# mixed types differently, so nothing below may ever meet one.
package porchlight.shape

default valid := false

valid if {
	asker_valid
	subject_valid
	emergency_valid
	is_string(input.purpose)
	is_array(input.items)
	count(input.items) <= 200
	is_array(input.consents)
	count(input.consents) <= 64
	count(good_items) == count(input.items)
	count(good_custodians) == count(input.custodians)
	count(good_consents) == count(input.consents)
}

default asker_valid := false

asker_valid if {
	is_string(input.asker.agency)
	is_string(input.asker.role)
	is_boolean(input.asker.agreement)
	is_boolean(input.asker.confirmed)
}

default subject_valid := false

subject_valid if {
	is_boolean(input.subject.known)
	is_boolean(input.subject.minor)
	is_boolean(input.subject.relationship)
}

default emergency_valid := false

emergency_valid if {
	is_boolean(input.emergency.attested)
	is_boolean(input.emergency.can_consent)
	is_boolean(input.emergency.capable_refusal)
}

# What is good is counted, never what is bad: a missing key must count as bad on both engines.
good_items := [true |
	custodians := input.custodians
	some item in input.items
	is_string(item.custodian)
	is_string(item.category)
	is_boolean(item.restricted)
	is_boolean(item.denied)
	is_array(item.fields)
	every field in item.fields { is_string(field) }
	is_object(custodians[item.custodian])
]

good_custodians := [true |
	some facts in input.custodians
	is_boolean(facts.a7_notice)
	is_boolean(facts.a7_objection)
]

good_consents := [true |
	some consent in input.consents
	is_string(consent.status)
	is_boolean(consent.started)
	is_boolean(consent.ended)
	is_boolean(consent.limited)
	is_boolean(consent.within_year)
	is_boolean(consent.recipient)
	is_boolean(consent.purpose)
	is_boolean(consent.part2_elements)
	is_boolean(consent.signer)
	is_object(consent.sources)
	is_object(consent.categories)
]
