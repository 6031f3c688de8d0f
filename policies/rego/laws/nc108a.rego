# G.S. 108A-80, 10A NCAC 69: social-services records. No basis without consent, for anybody outside the programme.
package porchlight.laws.nc108a

default basis := ""
