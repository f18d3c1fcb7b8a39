package auth

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"urna/internal/fault"
)

// The bounds of a password, in characters and in bytes.
const (
	minPasswordLength = 12
	maxPasswordBytes  = 255
)

// hasher makes and checks argon2id hashes, at most two at a time: each takes its memory for as long as
// it runs, and a wave of sign-ins must not take the machine down.
type hasher struct {
	params *argon2id.Params
	turns  chan struct{}
	decoy  string // compared against for unknown users, so that they take as long
}

func newHasher(params *argon2id.Params) (*hasher, error) {
	decoy, err := argon2id.CreateHash("a password that nobody has", params)
	if err != nil {
		return nil, fmt.Errorf("auth: hash: %w", err)
	}
	return &hasher{params: params, turns: make(chan struct{}, 2), decoy: decoy}, nil
}

// turn waits for leave to hash and returns what gives it back.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(password, h.params)
	if err != nil {
		return "", fmt.Errorf("auth: hash: %w", err)
	}
	return hash, nil
}

func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("auth: compare: %w", err)
	}
	return ok, nil
}

func checkPassword(c *fault.Checks, password string) {
	switch {
	case !utf8.ValidString(password):
		c.Add("password", "The password holds bytes that are not text.")
	case utf8.RuneCountInString(password) < minPasswordLength:
		c.Add("password", "Use at least %d characters; a few unrelated words do well.", minPasswordLength)
	case len(password) > maxPasswordBytes:
		c.Add("password", "Use at most %d bytes.", maxPasswordBytes)
	}
}
