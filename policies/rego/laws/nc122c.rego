# G.S. 122C-55: (e) emergency, (a) facility to facility, (a7) notice without objection toward covered entities.
# 122C-52(d): where federal law prohibits, none of these applies; part2.rego is asked as well.
package porchlight.laws.nc122c

default emergency := false

emergency if {
	data.porchlight.asker.bona_fide_emergency
}

default coordinates := false

coordinates if data.tables.purposes.treatment[input.purpose] == true

basis[custodian] := "M-55e" if {
	some custodian, _ in input.custodians
	emergency
}

basis[custodian] := "M-55a" if {
	some custodian, _ in input.custodians
	emergency == false
	facility_to_facility(custodian)
}

basis[custodian] := "M-55a7" if {
	some custodian, facts in input.custodians
	emergency == false
	count([1 | facility_to_facility(custodian)]) == 0
	data.porchlight.asker.covered_entity
	coordinates
	facts.a7_notice == true
	facts.a7_objection == false
}

facility_to_facility(custodian) if {
	data.porchlight.asker.nc122c_facility
	coordinates
	data.tables.custodians[custodian].nc122c_facility == true
}
