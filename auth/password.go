package auth

import (
	"context"
	_ "embed" // the common passwords
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"urna/internal/fault"
)

// The bounds of a password, in characters, and of what is hashed at all, in bytes.
const (
	minPasswordLength = 12
	maxPasswordLength = 255
	mostPasswordBytes = 4 * maxPasswordLength
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

// checkPassword names what is wrong with a new password under a rule; about are the person's e-mail and
// names, which a password must not consist of.
func checkPassword(c *fault.Checks, rule PasswordRule, password string, about ...string) {
	if !utf8.ValidString(password) || utf8.RuneCountInString(password) > maxPasswordLength {
		c.Add("password", "Use at most %d characters of text.", maxPasswordLength)
		return
	}
	if rule == PasswordOfEPMS {
		if !validEPMSPassword(password) {
			c.Add("password", "Use at least 8 characters with a digit, a lower-case and an upper-case letter.")
		}
		return
	}
	switch {
	case utf8.RuneCountInString(password) < minPasswordLength:
		c.Add("password", "Use at least %d characters; a few unrelated words do well.", minPasswordLength)
	case common(password, about):
		c.Add("password", "This password is among the first that others try. Use a few unrelated words.")
	}
}

// validEPMSPassword reports whether a password is as the EPMS contract asks.
func validEPMSPassword(s string) bool {
	return utf8.RuneCountInString(s) >= 8 &&
		strings.ContainsFunc(s, func(r rune) bool { return r >= '0' && r <= '9' }) &&
		strings.ContainsFunc(s, unicode.IsLower) && strings.ContainsFunc(s, unicode.IsUpper)
}

//go:embed common_passwords.txt
var commonPasswords string

// commonWords are the passwords and parts of passwords that people choose most often.
//
//nolint:gochecknoglobals // a table, never written
var commonWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(commonPasswords) {
		if !strings.HasPrefix(line, "#") {
			words[strings.TrimSpace(line)] = true
		}
	}
	return words
})

// common reports whether a password is one that others try first: on the list, a listed word or the
// person's own name among digits and signs, few different characters, or a run of neighbours.
func common(password string, about []string) bool {
	lower := strings.ToLower(password)
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, lower)
	if letters == "" || commonWords()[lower] || commonWords()[letters] {
		return true
	}
	for _, a := range about {
		name, _, _ := strings.Cut(strings.ToLower(a), "@")
		if len(name) >= 3 && len(letters) < len(name)+4 && strings.Contains(lower, name) {
			return true
		}
	}
	return monotonous(lower)
}

// monotonous reports whether a text has fewer than five different characters, or goes up or down in
// single steps nearly throughout.
func monotonous(s string) bool {
	different := map[rune]bool{}
	var before rune
	steps := 0
	for _, r := range s {
		different[r] = true
		if d := r - before; d == 1 || d == -1 {
			steps++
		}
		before = r
	}
	return len(different) < 5 || steps >= utf8.RuneCountInString(s)-3
}
