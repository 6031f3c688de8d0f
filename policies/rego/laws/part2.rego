# 42 CFR Part 2: without consent only the medical emergency of 2.51, and only where consent cannot be obtained.
package porchlight.laws.part2

default basis := ""

basis := "P2-51" if {
	data.porchlight.asker.bona_fide_emergency
	input.emergency.can_consent == false
}
