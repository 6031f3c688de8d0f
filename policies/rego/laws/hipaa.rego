# HIPAA, 45 CFR 164.506(c): treatment by a provider; coordination of care by a covered plan.
package porchlight.laws.hipaa

default basis := ""

basis := "H-506-TREAT" if data.porchlight.asker.treating

else := "H-506-COC" if {
	data.porchlight.asker.covered_entity
	input.purpose == "COC"
}
