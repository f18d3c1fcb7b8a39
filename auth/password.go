package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed" // the common passwords
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// The bounds of a password: characters of its normal form, and bytes of the typed form. A letter may be typed as several
// characters.
const (
	minPasswordLength = 12
	maxPasswordLength = 255
	mostPasswordBytes = 16 * maxPasswordLength
)

// hasher makes and checks argon2id hashes, a few at a time: each takes its memory for as long as it runs.
type hasher struct {
	params *argon2id.Params
	turns  *turns
	decoy  string // compared against for unknown users, so that they take as long
}

// newHasher returns a hasher with the given costs. Its decoy has these costs too and is the hash of no password: a random
// value in a hash's place.
func newHasher(params *argon2id.Params) *hasher {
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // never fails
		return base64.RawStdEncoding.EncodeToString(b)
	}
	decoy := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, params.Memory, params.Iterations, params.Parallelism,
		random(params.SaltLength), random(params.KeyLength))
	return &hasher{params: params, turns: newTurns(), decoy: decoy}
}

// hash hashes a password in the caller's turn. ErrSignInsBusy is returned if too many requests wait.
func (h *hasher) hash(ctx context.Context, who caller, password string) (string, error) {
	done, err := h.turns.take(ctx, who)
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

// matches compares a password with a hash in the caller's turn. ErrSignInsBusy is returned if too many requests wait.
func (h *hasher) matches(ctx context.Context, who caller, password, hash string) (bool, error) {
	done, err := h.turns.take(ctx, who)
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

// normalPassword returns the one form in which a password is checked, compared and hashed: NFKC, as NIST SP 800-63B asks,
// so that it does not matter how a keyboard puts letters and accents together.
func normalPassword(s string) string { return norm.NFKC.String(s) }

// SamePassword reports whether two passwords that were typed are the same.
func SamePassword(a, b string) bool { return normalPassword(a) == normalPassword(b) }

// checkPassword adds the problems of a new password, in its normal form, under a rule. The password must not consist of
// the e-mail address and names of its account u.
func checkPassword(c *problem.Checks, rule PasswordRule, password string, u User) {
	switch {
	case !utf8.ValidString(password):
		c.Add("password", ErrPasswordNotText.Message)
		return
	case utf8.RuneCountInString(password) > maxPasswordLength:
		c.Add("password", messages.FieldTooLong(int64(maxPasswordLength)))
		return
	}
	if rule == PasswordOfEPMS {
		switch {
		case !validEPMSPassword(password):
			c.Add("password", messages.FieldPasswordContract())
		case madeOf(password, u.Email):
			c.Add("password", messages.FieldPasswordIsEmail())
		}
		return
	}
	switch {
	case utf8.RuneCountInString(password) < minPasswordLength:
		c.Add("password", messages.FieldPasswordTooShort(int64(minPasswordLength)))
	case madeOf(password, u.guessable()...):
		c.Add("password", messages.FieldPasswordOfName())
	case common(password):
		c.Add("password", messages.FieldPasswordCommon())
	}
}

// guessable returns what a guesser who knows an account tries first in a password for it: its e-mail address, the parts
// of it, and the person's names.
func (u User) guessable() []string {
	local, domain, _ := strings.Cut(u.Email, "@")
	words := append([]string{u.Email, local, domain, u.Forename, u.Surname}, strings.FieldsFunc(local, func(r rune) bool {
		return !unicode.IsLetter(r)
	})...)
	return append(words, strings.Fields(u.Forename+" "+u.Surname)...)
}

// madeOf reports whether a password consists of some of the words, in any case and with any signs between, and of
// digits, with fewer than four letters beside them. Words of fewer than three letters and digits are passed over.
func madeOf(password string, words ...string) bool {
	bare := make([]string, 0, len(words))
	for _, word := range words {
		if word = lettersAndDigits(word); utf8.RuneCountInString(word) >= 3 {
			bare = append(bare, word)
		}
	}
	slices.SortFunc(bare, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the whole before its parts
	whole := lettersAndDigits(password)
	rest := whole
	for _, word := range bare {
		rest = strings.ReplaceAll(rest, word, " ")
	}
	return rest != whole && utf8.RuneCountInString(letters(rest)) < 4
}

// letters returns the letters of a text, in the one case and form in which they are compared.
func letters(s string) string { return only(s, isLetter) }

// lettersAndDigits is letters with the digits.
func lettersAndDigits(s string) string {
	return only(s, func(r rune) bool { return isLetter(r) || unicode.IsDigit(r) })
}

// isLetter reports whether r is a letter or a sign that belongs to one, such as a vowel's of Hindi.
func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

func only(s string, is func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if is(r) {
			return r
		}
		return -1
	}, text.Looks(s))
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

// common reports whether a password is one that others try first: on the list, a listed word among digits and signs,
// few different characters, or a run of neighbours.
func common(password string) bool {
	lower, bare := text.Key(password), letters(password)
	return bare == "" || commonWords()[lower] || commonWords()[bare] || monotonous(lower)
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
