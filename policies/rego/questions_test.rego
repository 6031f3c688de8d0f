# A small county for the tests of the rules: two roles, three custodians, and one question that is permitted.
package porchlight.questions_test

tables := {
	"revision": "r1",
	"roles": {
		"navigator": {
			"agency": "HEART",
			"covered_entity": false,
			"provider": false,
			"medical_personnel": false,
			"nc122c_facility": false,
			"purposes": {"COC": true, "BTG": true},
			"fields": {
				"summary": {"a": true, "b": true},
				"bh": {"d": true},
				"sud": {"e": true},
				"public": {"f": true},
				"ssn": {"g": true},
			},
		},
		"clinician": {
			"agency": "LINCOLN",
			"covered_entity": true,
			"provider": true,
			"medical_personnel": true,
			"nc122c_facility": false,
			"purposes": {"TREAT": true, "BTG": true, "HRESCH": true},
			"fields": {
				"summary": {"a": true, "b": true, "c": true},
				"bh": {"d": true},
				"sud": {"e": true},
				"public": {"f": true},
				"ssn": {"g": true},
			},
		},
	},
	"custodians": {
		"EMS": {"connect": true, "nc122c_facility": false, "withholds": {}},
		"ALLIANCE": {"connect": true, "nc122c_facility": true, "withholds": {"bh": {"d": true}}},
		"DSS": {"connect": false, "nc122c_facility": false, "withholds": {}},
		"VSP": {"connect": true, "nc122c_facility": false, "withholds": {}},
	},
	"purposes": {
		"blocked": {"HRESCH": true},
		"treatment": {"TREAT": true, "COC": true, "BTG": true},
		"emergency": {"BTG": true},
	},
	"blocked": {"ssn": true},
	"laws": {
		"EMS": {
			"summary": general("HIPAA"),
			"bh": {"name": "HIPAA+NC122C", "time": "timed", "form": "any", "class": "general"},
			"sud": {"name": "HIPAA+PART2", "time": "any", "form": "part2", "class": "part2"},
			"public": {"name": "PUBLIC", "time": "any", "form": "any", "class": "public"},
			"ssn": general("HIPAA"),
		},
		"ALLIANCE": {"bh": general("HIPAA")},
		"DSS": {"summary": general("HIPAA")},
		"VSP": {"summary": general("HIPAA")},
	},
	"regimes": {
		"EMS": {
			"HIPAA": ["HIPAA"],
			"HIPAA+NC122C": ["HIPAA", "NC122C"],
			"HIPAA+PART2": ["HIPAA", "PART2"],
			"PUBLIC": ["PUBLIC"],
		},
		"ALLIANCE": {"HIPAA": ["HIPAA"]},
		"DSS": {"HIPAA": ["HIPAA"]},
		"VSP": {"HIPAA": ["HIPAA"]},
	},
}

general(name) := {"name": name, "time": "any", "form": "any", "class": "general"}

consent := {
	"status": "active",
	"started": true,
	"ended": false,
	"limited": true,
	"within_year": true,
	"recipient": true,
	"purpose": true,
	"part2_elements": true,
	"signer": true,
	"sources": {"EMS": true},
	"categories": {"summary": true, "bh": true, "sud": true},
}

item := {"custodian": "EMS", "category": "summary", "fields": ["a", "c"], "restricted": false, "denied": false}

# Permitted: a navigator with a signed consent asks EMS for a field of the profile and one outside it.
question := {
	"asker": {"agency": "HEART", "role": "navigator", "agreement": true, "confirmed": true},
	"purpose": "COC",
	"subject": {"known": true, "minor": false, "relationship": true},
	"emergency": {"attested": false, "can_consent": true, "capable_refusal": false},
	"items": [item],
	"consents": [consent],
	"custodians": {"EMS": {"a7_notice": false, "a7_objection": false}},
}

# The question with parts replaced, given as a path and a value each: JSON patch, as OPA has it.
changed(changes) := json.patch(question, [{"op": "add", "path": path, "value": value} | some path, value in changes])

# A clinician's emergency, without consent.
emergency(changes) := json.patch(question, [{"op": "add", "path": path, "value": value} | some path, value in object.union(
	{
		"asker": {"agency": "LINCOLN", "role": "clinician", "agreement": true, "confirmed": true},
		"purpose": "BTG",
		"emergency": {"attested": true, "can_consent": false, "capable_refusal": false},
		"consents": [],
	},
	changes,
)])
