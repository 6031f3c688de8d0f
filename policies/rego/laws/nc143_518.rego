# G.S. 143-518(a)(3): EMS records, without consent only to health care personnel providing medical care.
package porchlight.laws.nc143_518

default basis := ""

basis := "E-518a3" if {
	data.porchlight.asker.medical_personnel
	data.porchlight.asker.treating
}
