package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"filippo.io/age"
	"filippo.io/age/armor"

	"urna/internal/messages"
)

// MaxRecipients is the largest number of recipients of one file.
const MaxRecipients = 10

// hybridPrefix begins recipients that resist quantum computers too.
const hybridPrefix = "age1pq1"

// Extension is how the names of sealed files end.
const Extension = ".age"

// MediaType is that of a sealed file.
const MediaType = "application/octet-stream"

// Recipients are the public keys to which something is sealed; each of their owners can open it. The zero value is
// none. They are sorted, and none is there twice, so that the same recipients are equal in whatever order they were
// written.
type Recipients struct {
	names []string
	keys  []age.Recipient
}

// Parse reads recipients that are separated by blanks, line ends, commas or semicolons; a text without any is no
// recipients. The mistake says what to do, and repeats nothing that could be a secret key; it is no sentence if there
// is none.
func Parse(text string) (Recipients, messages.Message) {
	var r Recipients
	if Secret(text) {
		return r, messages.FieldSealToSecret()
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || c == ',' || c == ';' })
	slices.Sort(words)
	hybrids := 0
	for _, word := range slices.Compact(words) {
		var key age.Recipient
		var err error
		if strings.HasPrefix(word, hybridPrefix) {
			hybrids++
			key, err = age.ParseHybridRecipient(word)
		} else {
			key, err = age.ParseX25519Recipient(word)
		}
		if err != nil {
			return Recipients{}, mistake(word)
		}
		r.names, r.keys = append(r.names, word), append(r.keys, key)
	}
	switch {
	case len(r.names) > MaxRecipients:
		return Recipients{}, messages.FieldSealToMany(int64(MaxRecipients))
	case hybrids > 0 && hybrids < len(r.names):
		return Recipients{}, messages.FieldSealToMixed()
	}
	return r, messages.Message{}
}

// Secret reports whether a text has a secret key of any kind, which is not to be shown or stored.
func Secret(text string) bool {
	text = strings.ToUpper(text)
	return slices.ContainsFunc([]string{"AGE-SECRET-KEY", "AGE-PLUGIN-", "PRIVATE KEY"}, func(s string) bool { return strings.Contains(text, s) })
}

// mistake says why a word is no recipient.
func mistake(word string) messages.Message {
	kind, _, _ := strings.Cut(strings.TrimPrefix(word, "age1"), "1")
	switch {
	case strings.HasPrefix(word, "ssh-"), strings.HasPrefix(word, "AAAA"):
		return messages.FieldSealToSsh()
	case strings.HasPrefix(word, hybridPrefix):
		return messages.FieldSealToWrong(Short(word))
	case strings.HasPrefix(word, "age1") && strings.Contains(word[len("age1"):], "1"): // the alphabet of a recipient has no digit 1
		return messages.FieldSealToPlugin(kind)
	case strings.HasPrefix(word, "age1"):
		return messages.FieldSealToWrong(Short(word))
	}
	return messages.FieldSealToNeeded()
}

// IsZero reports whether there are none.
func (r Recipients) IsZero() bool { return len(r.names) == 0 }

// Names returns the recipients as they are written, in their order.
func (r Recipients) Names() []string { return slices.Clone(r.names) }

// String returns them with a blank between two, as Parse reads them; "" for none.
func (r Recipients) String() string { return strings.Join(r.names, " ") }

// Equal reports whether both are the same recipients.
func (r Recipients) Equal(other Recipients) bool { return slices.Equal(r.names, other.names) }

// Stored returns the recipients of a text that String has returned.
func Stored(text string) []string { return strings.Fields(text) }

// Short returns how a recipient is shown: itself, or of a long one the beginning and the SHA-256.
func Short(recipient string) string {
	const most, begin = 80, 20
	if len(recipient) <= most {
		return recipient
	}
	sum := sha256.Sum256([]byte(recipient))
	return recipient[:begin] + "… (SHA-256 " + hex.EncodeToString(sum[:]) + ")"
}

// NewWriter returns a writer that seals all that is written to it. The file is whole when Close has returned nil; to is
// not closed. There must be recipients.
func (r Recipients) NewWriter(to io.Writer) (io.WriteCloser, error) {
	w, err := age.Encrypt(to, r.keys...)
	if err != nil {
		return nil, fmt.Errorf("sealed: encrypt: %w", err)
	}
	return w, nil
}

// Text seals a text to a text: an age file with ASCII armor.
func (r Recipients) Text(plain []byte) (string, error) {
	var b bytes.Buffer
	armored := armor.NewWriter(&b)
	w, err := r.NewWriter(armored)
	if err != nil {
		return "", err
	}
	for _, act := range []func() error{func() error { _, err := w.Write(plain); return err }, w.Close, armored.Close} {
		if err := act(); err != nil {
			return "", fmt.Errorf("sealed: encrypt: %w", err)
		}
	}
	return b.String(), nil
}

// Witnessed returns the recipients together with one more, whose new identity exists in memory only. A program that
// writes a sealed file can read it back with that identity, and must forget it then.
func (r Recipients) Witnessed() (Recipients, Identities, error) {
	var identity age.Identity
	var recipient age.Recipient
	hybrid := len(r.names) > 0 && strings.HasPrefix(r.names[0], hybridPrefix) // kinds are never mixed
	if hybrid {
		key, err := age.GenerateHybridIdentity()
		if err != nil {
			return Recipients{}, Identities{}, fmt.Errorf("sealed: make an identity: %w", err)
		}
		identity, recipient = key, key.Recipient()
	} else {
		key, err := age.GenerateX25519Identity()
		if err != nil {
			return Recipients{}, Identities{}, fmt.Errorf("sealed: make an identity: %w", err)
		}
		identity, recipient = key, key.Recipient()
	}
	return Recipients{names: r.names, keys: append(slices.Clone(r.keys), recipient)}, Identities{[]age.Identity{identity}}, nil
}
