# HUD 69 FR 45888 with the local Release of Information: agencies outside HMIS need the signed release.
package porchlight.laws.hmis

default basis := ""
