package format

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Fingerprint returns the SHA-256 of a public key, in groups of four hexadecimal digits.
func Fingerprint(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	digits := hex.EncodeToString(sum[:])
	groups := make([]string, 0, len(digits)/4)
	for i := 0; i < len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " ")
}

// Commitment binds a public bundle to the full one with the given SHA-256.
func Commitment(salt, full string) string {
	sum := sha256.Sum256([]byte(salt + "\n" + full + "\n"))
	return hex.EncodeToString(sum[:])
}
