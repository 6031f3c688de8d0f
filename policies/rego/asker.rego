# Who asks, as the roster and the registry know them. Facts once per query.
package porchlight.asker

default role := {
	"agency": "",
	"covered_entity": false,
	"provider": false,
	"medical_personnel": false,
	"nc122c_facility": false,
	"purposes": {},
	"fields": {},
}

role := data.tables.roles[input.asker.role]

default covered_entity := false

covered_entity if role.covered_entity == true

default provider := false

provider if role.provider == true

default medical_personnel := false

medical_personnel if role.medical_personnel == true

default nc122c_facility := false

nc122c_facility if role.nc122c_facility == true

# A treatment purpose: TREAT and its children as RULES lists them (no subsumption; codes match exactly).
default treating := false

treating if {
	provider
	data.tables.purposes.treatment[input.purpose] == true
}

# A bona fide emergency: attested, an emergency purpose, and medical personnel (42 CFR 2.51, G.S. 122C-55(e)).
default emergency_purpose := false

emergency_purpose if data.tables.purposes.emergency[input.purpose] == true

default bona_fide_emergency := false

bona_fide_emergency if {
	emergency_purpose
	medical_personnel
	input.emergency.attested == true
}

default capable_refusal := false

capable_refusal if {
	emergency_purpose
	input.emergency.capable_refusal == true
}
