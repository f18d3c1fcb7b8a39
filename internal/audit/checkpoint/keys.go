package checkpoint

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// The signature types of c2sp.org/signed-note.
const (
	ofLog     = 0x01 // Ed25519 over the text
	ofWitness = 0x04 // Ed25519 over the text with a time
)

// maxName is the most characters of a key's name.
const maxName = 200

// key is a public key with its name. It encodes itself as a verifier key, which the specifications call vkey.
type key struct {
	name   string
	kind   byte
	public ed25519.PublicKey
}

// Name returns the name in signatures.
func (k key) Name() string { return k.name }

// KeyHash returns the number that distinguishes keys of one name.
func (k key) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(k.name+"\n"+string(rune(k.kind))), k.public...))
	return binary.BigEndian.Uint32(sum[:])
}

// String returns the verifier key: NAME+HASH+KEY.
func (k key) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{k.kind}, k.public...)))
}

// errKey is returned for a text that is no key of the expected kind.
var errKey = errors.New("checkpoint: this is no such key")

// parseKey reads NAME+HASH+DATA and returns the bytes after the signature type. The hash is for the caller to compare.
func parseKey(text string, kind byte) (name, hash string, data []byte, err error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	data, err = base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != kind || !validName(name) {
		return "", "", nil, errKey
	}
	return name, hash, data[1:], nil
}

// validName reports whether a key can have the name: no spaces, no plus, nothing invisible.
func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName && !strings.Contains(name, "+") &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

func parsePublic(text string, kind byte) (key, error) {
	name, hash, public, err := parseKey(text, kind)
	if err != nil {
		return key{}, err
	}
	k := key{name, kind, public}
	if k.String() != text || hash != fmt.Sprintf("%08x", k.KeyHash()) {
		return key{}, errKey
	}
	return k, nil
}

// LogKey is the public key of a log. It is a note.Verifier.
type LogKey struct{ key }

// originPrefix begins the origin of each log of Urna.
const originPrefix = "log.urna/"

// Origin returns the identity of the log with the public key. It binds the key: a log with another key has another origin.
func Origin(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return originPrefix + hex.EncodeToString(sum[:16])
}

// ParseLogKey reads the verifier key of a log of Urna.
func ParseLogKey(vkey string) (LogKey, error) {
	k, err := parsePublic(vkey, ofLog)
	if err != nil || k.name != Origin(k.public) {
		return LogKey{}, fmt.Errorf("%w: the verifier key of a log begins with %s and is one line of the page /log", errKey, originPrefix)
	}
	return LogKey{k}, nil
}

// Verify reports whether a signature over a text is the log's.
func (k LogKey) Verify(text, signature []byte) bool { return ed25519.Verify(k.public, text, signature) }

// LogSigner signs the checkpoints of a log. It is a note.Signer.
type LogSigner struct {
	LogKey

	private ed25519.PrivateKey
}

// NewLogSigner returns the signer with the key.
func NewLogSigner(private ed25519.PrivateKey) LogSigner {
	public := ed25519.PublicKey(private[ed25519.SeedSize:])
	return LogSigner{LogKey{key{Origin(public), ofLog, public}}, private}
}

// Sign signs a text.
func (s LogSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.private, text), nil }

// SignCheckpoint returns the signed checkpoint of a tree.
func (s LogSigner) SignCheckpoint(c Checkpoint) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: c.Text()}, s)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: sign: %w", err)
	}
	return signed, nil
}

// WitnessKey is the public key of a witness. It is a note.Verifier of countersignatures.
type WitnessKey struct{ key }

// ParseWitnessKey reads the verifier key of a witness.
func ParseWitnessKey(vkey string) (WitnessKey, error) {
	k, err := parsePublic(vkey, ofWitness)
	if err != nil {
		return WitnessKey{}, fmt.Errorf("%w: the verifier key of a witness is the line that urna witness key prints", err)
	}
	return WitnessKey{k}, nil
}

// timeSize is the number of bytes of the time in a countersignature.
const timeSize = 8

// stamped returns what a witness signs: the text with the time.
func stamped(text []byte, seconds uint64) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", seconds), text...)
}

// Verify reports whether a signature over a text is a countersignature of the witness.
func (k WitnessKey) Verify(text, signature []byte) bool {
	if len(signature) != timeSize+ed25519.SignatureSize || signature[0] > 0x7f {
		return false
	}
	return ed25519.Verify(k.public, stamped(text, binary.BigEndian.Uint64(signature)), signature[timeSize:])
}

// Time returns the time at which a countersignature was made, by the clock of the witness.
func Time(s note.Signature) (time.Time, error) {
	const hashSize = 4
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(raw) != hashSize+timeSize+ed25519.SignatureSize || raw[hashSize] > 0x7f {
		return time.Time{}, fmt.Errorf("checkpoint: %w: this is no countersignature", ErrMalformed)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[hashSize:])), 0).UTC(), nil
}

// WitnessSigner countersigns checkpoints.
type WitnessSigner struct {
	WitnessKey

	private ed25519.PrivateKey
}

// signerPrefix begins the secret form of a key.
const signerPrefix = "PRIVATE+KEY+"

// GenerateWitness returns a new key for a witness.
func GenerateWitness(name string) (WitnessSigner, error) {
	if !validName(name) {
		return WitnessSigner{}, errors.New("checkpoint: the name of a witness is like witness.example.org/urna, without spaces and plus signs")
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return WitnessSigner{}, fmt.Errorf("checkpoint: %w", err)
	}
	return WitnessSigner{WitnessKey{key{name, ofWitness, public}}, private}, nil
}

// Secret returns the key in the form in which it is kept: a line that ParseWitnessSigner reads.
func (s WitnessSigner) Secret() string {
	return fmt.Sprintf("%s%s+%08x+%s", signerPrefix, s.name, s.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{ofWitness}, s.private.Seed()...)))
}

// ParseWitnessSigner reads the secret key of a witness.
func ParseWitnessSigner(secret string) (WitnessSigner, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(secret), signerPrefix)
	name, _, seed, err := parseKey(rest, ofWitness)
	if !ok || err != nil {
		return WitnessSigner{}, errors.New("checkpoint: this is no key of a witness: make one with urna witness key")
	}
	private := ed25519.NewKeyFromSeed(seed)
	s := WitnessSigner{WitnessKey{key{name, ofWitness, ed25519.PublicKey(private[ed25519.SeedSize:])}}, private}
	if s.Secret() != signerPrefix+rest {
		return WitnessSigner{}, errors.New("checkpoint: the key of the witness is damaged: its parts do not fit together")
	}
	return s, nil
}

// signerAt is the signer at one time. It is a note.Signer.
type signerAt struct {
	WitnessSigner

	at time.Time
}

// Sign countersigns a text.
func (s signerAt) Sign(text []byte) ([]byte, error) {
	seconds := uint64(s.at.Unix())
	return append(binary.BigEndian.AppendUint64(nil, seconds), ed25519.Sign(s.private, stamped(text, seconds))...), nil
}

// Countersign returns the checkpoint with the signatures that it was opened with and the countersignature of that time.
func (s WitnessSigner) Countersign(n *note.Note, at time.Time) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}, signerAt{s, at})
	if err != nil {
		return nil, fmt.Errorf("checkpoint: countersign: %w", err)
	}
	return signed, nil
}

// Equal reports whether two keys of witnesses are the same.
func (k WitnessKey) Equal(other WitnessKey) bool {
	return k.name == other.name && bytes.Equal(k.public, other.public)
}
