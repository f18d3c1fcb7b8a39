// Package sealed encrypts voter keys to the public key of another person, in the format of age
// (age-encryption.org/v1), so that only that person can read them.
//
// Parse reads recipients, which are public; NewIdentity and ReadIdentities are for the machine that opens sealed
// files. A secret key never appears in an error or a message of this package. It knows neither elections nor keys.
package sealed
