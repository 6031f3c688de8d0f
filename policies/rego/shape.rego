# Is the input whole and of the right types? Anything else refuses everything: the two engines compare
# mixed types differently, so nothing below may ever meet one.
package porchlight.shape

default valid := false

valid if {
	is_object(input)
	asker_valid
	subject_valid
	emergency_valid
	is_string(input.purpose)
	is_array(input.items)
	count(input.items) <= 200
	is_array(input.consents)
	count(input.consents) <= 64
	is_object(input.custodians)
	count(bad_items) == 0
	count(bad_custodians) == 0
	count(bad_consents) == 0
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

# Negation over a comprehension's count, never over a lookup: a missing key must count as bad on both engines.
bad_items := [item | some item in input.items; count([1 | item_valid(item)]) == 0]

item_valid(item) if {
	is_string(item.custodian)
	is_string(item.category)
	is_array(item.fields)
	is_boolean(item.restricted)
	is_boolean(item.denied)
	count([f | some f in item.fields; is_string(f)]) == count(item.fields)
	is_object(input.custodians[item.custodian])
}

bad_custodians := [facts | some facts in input.custodians; count([1 | custodian_valid(facts)]) == 0]

custodian_valid(facts) if {
	is_boolean(facts.a7_notice)
	is_boolean(facts.a7_objection)
}

bad_consents := [consent | some consent in input.consents; count([1 | consent_valid(consent)]) == 0]

consent_valid(consent) if {
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
}
