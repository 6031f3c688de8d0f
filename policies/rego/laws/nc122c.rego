# G.S. 122C-55: (e) emergency, (a) facility to facility, (a7) notice without objection toward covered entities.
# 122C-52(d): where federal law prohibits, none of these applies; part2.rego is asked as well.
package porchlight.laws.nc122c

# By custodian, for each has its own standing and its own notices and objections on file.
basis[custodian] := given if {
	some custodian, on_file in input.custodians
	given := basis_with(data.tables.custodians[custodian], on_file, asked)
}

asked := {
	"emergency": data.porchlight.asker.bona_fide_emergency,
	"by_facility": data.porchlight.asker.nc122c_facility,
	"by_covered_entity": data.porchlight.asker.covered_entity,
	"coordinating": coordinating,
}

default coordinating := false

coordinating if data.tables.purposes.treatment[input.purpose] == true

basis_with(custodian, on_file, asked) := "M-55e" if {
	asked.emergency == true
} else := "M-55a" if {
	asked.coordinating == true
	asked.by_facility == true
	custodian.nc122c_facility == true
} else := "M-55a7" if {
	asked.coordinating == true
	asked.by_covered_entity == true
	on_file.a7_notice == true
	on_file.a7_objection == false
}
