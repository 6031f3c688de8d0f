# G.S. 132-1.4(c): arrest, charge and custody facts are public; they need no consent.
package porchlight.laws.public

basis := "J-PUBLIC"
