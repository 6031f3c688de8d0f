package porchlight.consent_test

import data.porchlight.decision
import data.porchlight.questions_test as questions

# The item's laws: none that ask more (summary), 122C's time (bh), Part 2's elements (sud).
fields := {"summary": "a", "bh": "d", "sud": "e"}

verdict(category, consents) := answer.items[0] if {
	item := object.union(questions.item, {"category": category, "fields": [fields[category]]})
	question := questions.changed({"items": [item], "consents": consents})
	answer := decision.answer with input as question with data.tables as questions.tables
}

but(change) := object.union(questions.consent, change)

test_the_consents_that_carry_are_named if {
	verdict("summary", [but({"signer": false}), questions.consent, questions.consent]).consents == [1, 2]
}

test_revoked if verdict("summary", [but({"status": "revoked"})]).reason == "CONSENT_REVOKED"

test_not_active if verdict("summary", [but({"status": "draft"})]).reason == "CONSENT_NOT_ACTIVE"

test_not_yet if verdict("summary", [but({"started": false})]).reason == "CONSENT_NOT_YET_VALID"

test_over if verdict("summary", [but({"ended": true})]).reason == "CONSENT_EXPIRED"

test_recipient if verdict("summary", [but({"recipient": false})]).reason == "RECIPIENT_NOT_NAMED"

test_source if verdict("summary", [but({"sources": null})]).reason == "SOURCE_NOT_NAMED" with data.porchlight.shape.valid as true

test_purpose if verdict("summary", [but({"purpose": false})]).reason == "PURPOSE_NOT_COVERED"

test_signer if verdict("summary", [but({"signer": false})]).reason == "SIGNER_NOT_AUTHORIZED"

test_a_source_or_category_said_to_be_false_is_not_named if {
	without_source := json.patch(questions.consent, [{"op": "add", "path": "sources/EMS", "value": false}])
	verdict("summary", [without_source]).reason == "SOURCE_NOT_NAMED"
	without_category := json.patch(questions.consent, [{"op": "add", "path": "categories/summary", "value": false}])
	verdict("summary", [without_category]).reason == "CATEGORY_NOT_COVERED"
}

test_122c_without_an_end if {
	verdict("bh", [but({"limited": false})]).reason == "CONSENT_NO_TIME_LIMIT"
	verdict("summary", [but({"limited": false})]).permit
}

test_122c_past_the_year if {
	verdict("bh", [but({"within_year": false})]).reason == "CONSENT_EXPIRED"
	verdict("summary", [but({"within_year": false})]).permit
}

test_122c_revoked_before_its_time_is_looked_at if {
	verdict("bh", [but({"status": "revoked", "limited": false})]).reason == "CONSENT_REVOKED"
}

test_122c_carried if verdict("bh", [questions.consent]).consents == [0]

test_part_2_elements if {
	verdict("sud", [but({"part2_elements": false})]).reason == "PART2_ELEMENTS_MISSING"
	verdict("summary", [but({"part2_elements": false})]).permit
}

test_part_2_carried if verdict("sud", [questions.consent]).consents == [0]
