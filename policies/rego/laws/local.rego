# Local agencies' own records (HEART, Justice supervision): by project policy, consent only.
package porchlight.laws.local

default basis := ""
