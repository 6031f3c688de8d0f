# G.S. 130A-143(3): reportable disease, for treatment as HIPAA 506 permits, whoever holds it.
package porchlight.laws.nc130a

default basis := ""

basis := "C-143-3" if data.porchlight.asker.treating
