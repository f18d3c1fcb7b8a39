package bundle

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"urna/results/bundle/format"
)

// Key signs the bundles of a data folder.
type Key struct{ private ed25519.PrivateKey }

// NewKey returns the key that follows from a secret of 32 bytes or more.
func NewKey(secret []byte) Key {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("urna bundle signing key"))
	return Key{private: ed25519.NewKeyFromSeed(mac.Sum(nil))}
}

func (k Key) public() ed25519.PublicKey {
	return ed25519.PublicKey(k.private[ed25519.SeedSize:])
}

// Fingerprint returns the SHA-256 of the public key, in groups of four hexadecimal digits.
func (k Key) Fingerprint() string { return format.Fingerprint(k.public()) }

// salt returns what makes the commitment to a full bundle impossible to guess: always the same for the
// same figures, and not computable without the key.
func (k Key) salt(figures string) string {
	mac := hmac.New(sha256.New, k.private.Seed())
	mac.Write([]byte("urna commitment salt\n" + figures))
	return hex.EncodeToString(mac.Sum(nil))
}
