# What ALLIANCE withholds beyond the law. A custodian's module can only narrow: the decision subtracts it and never adds.
package porchlight.custodians.ALLIANCE

withholds[category] := fields if {
	some category, fields in data.tables.custodians.ALLIANCE.withholds
}
