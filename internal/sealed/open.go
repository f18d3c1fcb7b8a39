package sealed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

const (
	intro = "age-encryption.org/" // how a binary age file begins
	// maxIdentityFile bounds a file with identities, in bytes.
	maxIdentityFile = 1 << 20
)

// Errors of files that cannot be opened.
var (
	ErrNotSealed     = errors.New("this is no sealed file")
	ErrOtherIdentity = errors.New("the file is sealed to another recipient")
	ErrDamaged       = errors.New("the sealed file is damaged or was cut off; copy it again from where you got it")
	ErrNoIdentity    = errors.New("this file has no identity: its lines must begin with AGE-SECRET-KEY-1")
	ErrPassphrase    = errors.New("the passphrase does not open the identity")
)

// Identities are secret keys that open sealed files.
type Identities struct{ keys []age.Identity }

// IsZero reports whether there are none.
func (i Identities) IsZero() bool { return len(i.keys) == 0 }

// NewIdentity makes a secret key. It returns the text of an identity file, and the recipient that belongs to it, which
// is public.
func NewIdentity() (file []byte, recipient string, err error) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, "", fmt.Errorf("sealed: make an identity: %w", err)
	}
	recipient = key.Recipient().String()
	return fmt.Appendf(nil, "# public key: %s\n%s\n", recipient, key), recipient, nil
}

// Protect encrypts the text of an identity file with a passphrase, as age does.
func Protect(file []byte, passphrase string) ([]byte, error) {
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("sealed: protect an identity: %w", err)
	}
	text, err := Recipients{keys: []age.Recipient{r}}.Text(file)
	return []byte(text), err
}

// ReadIdentities reads an identity file, such as NewIdentity or age-keygen makes. A file that is protected by a
// passphrase asks for it once. Errors never quote the file: ErrNoIdentity, ErrPassphrase, or those of reading.
func ReadIdentities(from io.Reader, passphrase func() (string, error)) (Identities, error) {
	file, err := io.ReadAll(io.LimitReader(from, maxIdentityFile))
	if err != nil {
		return Identities{}, fmt.Errorf("read the identity: %w", err)
	}
	if begins(file) {
		word, err := passphrase()
		if err != nil {
			return Identities{}, err
		}
		key, err := age.NewScryptIdentity(word)
		if err != nil {
			return Identities{}, ErrPassphrase
		}
		opened, err := Open(bytes.NewReader(file), Identities{[]age.Identity{key}})
		if err == nil {
			file, err = io.ReadAll(opened)
		}
		switch {
		case errors.Is(err, ErrOtherIdentity):
			return Identities{}, ErrPassphrase
		case err != nil:
			return Identities{}, err
		}
	}
	file = bytes.ReplaceAll(file, []byte("\r\n"), []byte("\n"))
	keys, err := age.ParseIdentities(bytes.NewReader(file))
	if err != nil {
		return Identities{}, ErrNoIdentity // age's error could quote a part of a key
	}
	return Identities{keys}, nil
}

// Recipients returns the recipients that belong to the identities.
func (i Identities) Recipients() Recipients {
	var names []string
	for _, key := range i.keys {
		switch key := key.(type) {
		case *age.X25519Identity:
			names = append(names, key.Recipient().String())
		case *age.HybridIdentity:
			names = append(names, key.Recipient().String())
		}
	}
	r, _ := Parse(strings.Join(names, " ")) // mixed kinds are none; each opens its own files
	return r
}

// Open returns a reader of what a sealed file has, binary or armored. The file is opened as it is read, in bounded
// memory. What was read is whole only if the reader ends with io.EOF: a file that was cut off ends with ErrDamaged.
// Open returns ErrNotSealed for another kind of file and ErrOtherIdentity if no identity opens the file.
func Open(from io.Reader, with Identities) (io.Reader, error) {
	source := bufio.NewReaderSize(from, 64<<10)
	start, _ := source.Peek(512) // a shorter file is judged by what it has
	if !begins(start) {
		return nil, ErrNotSealed
	}
	var binary io.Reader = source
	if armored(start) {
		binary = armor.NewReader(source)
	}
	plain, err := age.Decrypt(binary, with.keys...)
	var other *age.NoIdentityMatchError
	switch {
	case errors.As(err, &other):
		return nil, ErrOtherIdentity
	case err != nil:
		return nil, damaged(err)
	}
	return whole{plain}, nil
}

// Sealed reports whether what a reader has next is an age file, binary or armored. It reads nothing away.
func Sealed(source *bufio.Reader) bool {
	start, _ := source.Peek(512) // a shorter file is judged by what it has
	return begins(start)
}

// begins reports whether a file that begins so is an age file.
func begins(start []byte) bool { return bytes.HasPrefix(start, []byte(intro)) || armored(start) }

func armored(start []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(start), []byte(armor.Header)) }

func damaged(err error) error { return fmt.Errorf("%w (%w)", ErrDamaged, err) }

// whole returns ErrDamaged for any error but io.EOF.
type whole struct{ from io.Reader }

func (w whole) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // an io.EOF inside another error is no end
		err = damaged(err)
	}
	return n, err
}
