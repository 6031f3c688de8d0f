# What HMIS withholds beyond the law. A custodian's module can only narrow: the decision subtracts it and never adds.
package porchlight.custodians.HMIS

withholds[category] := fields if {
	some category, fields in data.tables.custodians.HMIS.withholds
}
