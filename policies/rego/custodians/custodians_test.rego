package porchlight.custodians_test

import data.porchlight.custodians

names := {"ALLIANCE", "DSS", "EMS", "HEART", "HMIS", "JUSTICE", "LINCOLN"}

test_every_custodian_that_connects_has_its_module if {
	names == {name | some name, _ in custodians}
}

test_each_withholds_what_its_table_says_and_no_other if {
	every name in names {
		table := {name: {"withholds": {"contact": {"phone": true}}}}
		withheld := {other: module.withholds | some other, module in custodians} with data.tables.custodians as table
		withheld[name] == {"contact": {"phone": true}}
		every other in names - {name} {
			withheld[other] == {}
		}
	}
}
