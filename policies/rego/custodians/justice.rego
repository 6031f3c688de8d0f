# What JUSTICE withholds beyond the law. A custodian's module can only narrow: the decision subtracts it and never adds.
package porchlight.custodians.JUSTICE

withholds[category] := fields if {
	some category, fields in data.tables.custodians.JUSTICE.withholds
}
