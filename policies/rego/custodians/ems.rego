# What EMS withholds beyond the law. A custodian's module can only narrow: the decision subtracts it and never adds.
package porchlight.custodians.EMS

withholds[category] := fields if {
	some category, fields in data.tables.custodians.EMS.withholds
}
