package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// newSealer returns AES-256-GCM under a key derived from the server's for second factors alone.
func newSealer(serverKey []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, serverKey, nil, "urna second factor", 32)
	if err != nil {
		return nil, fmt.Errorf("auth: derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("auth: cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// seal encrypts an account's secret for the database: a random nonce and the sealed text, which opens
// for that account only.
func (s *Service) seal(userID int64, secret []byte) ([]byte, error) {
	nonce := make([]byte, s.sealer.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("auth: random nonce: %w", err)
	}
	return s.sealer.Seal(nonce, nonce, secret, []byte(subject(userID))), nil
}

// open decrypts what seal made.
func (s *Service) open(userID int64, sealed []byte) ([]byte, error) {
	size := s.sealer.NonceSize()
	if len(sealed) < size {
		return nil, errors.New("auth: a sealed secret is too short")
	}
	secret, err := s.sealer.Open(nil, sealed[:size], sealed[size:], []byte(subject(userID)))
	if err != nil {
		return nil, errors.New("auth: a sealed secret does not open with this server's key")
	}
	return secret, nil
}
