package online

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"urna/ballots"
)

// digest is a keyed hash, cut to 128 bits.
type digest [16]byte

// hasher makes keyed hashes of one kind. It may be used concurrently.
type hasher struct{ pool sync.Pool }

// newHasher derives a key of its own from the secret.
func newHasher(secret []byte, purpose string) (*hasher, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("online: derive key: %w", err)
	}
	return &hasher{pool: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}, nil
}

// sum hashes a message: each part preceded by its length, so that no two lists of parts are the same
// message.
func (h *hasher) sum(parts ...string) digest {
	var scratch [256]byte
	message := scratch[:0]
	for _, part := range parts {
		message = binary.AppendUvarint(message, uint64(len(part)))
		message = append(message, part...)
	}
	full := h.full(message)
	return digest(full[:16])
}

// full returns the whole hash of a message.
func (h *hasher) full(message []byte) (sum [sha256.Size]byte) {
	mac, ok := h.pool.Get().(hash.Hash)
	if !ok {
		panic("online: a pool of hashes holds something else")
	}
	defer h.pool.Put(mac)
	mac.Reset()
	mac.Write(message)
	mac.Sum(sum[:0])
	return sum
}

// hashes are the keyed hashes of voters and keys.
type hashes struct {
	voters *hasher // of election and personal id
	pairs  *hasher // of personal id and GUID
	logged *hasher // of election and personal id, for the audit log
	// approvals hashes what a second administrator approves and no table keeps. It joins with no other table.
	approvals *hasher
}

func newHashes(secret []byte) (h hashes, err error) {
	if len(secret) < 32 {
		return h, fmt.Errorf("online: the secret has %d bytes, fewer than 32", len(secret))
	}
	if h.voters, err = newHasher(secret, "urna voter"); err != nil {
		return h, err
	}
	if h.logged, err = newHasher(secret, "urna voter in the audit log"); err != nil {
		return h, err
	}
	if h.pairs, err = newHasher(secret, "urna voter key"); err != nil {
		return h, err
	}
	if h.approvals, err = newHasher(secret, "urna approval"); err != nil {
		return h, err
	}
	return h, nil
}

// voter returns the hash under which a person is known in an election.
func (h *hashes) voter(electionID int64, personalID string) digest {
	return h.voters.sum(string(binary.BigEndian.AppendUint64(nil, uint64(electionID))), personalID)
}

// inLog returns the name of a person in the events of an election. No table has it: without the secret nothing joins it
// with a voter, and two events of one person are found all the same.
func (h *hashes) inLog(electionID int64, personalID string) string {
	sum := h.logged.sum(string(binary.BigEndian.AppendUint64(nil, uint64(electionID))), personalID)
	return hex.EncodeToString(sum[:])
}

// pair returns the hash of what a vote presents.
func (h *hashes) pair(personalID, guid string) digest { return h.pairs.sum(personalID, guid) }

// newGUID returns a random UUID (version 4): 122 random bits.
func newGUID() ballots.GUID {
	var g ballots.GUID
	_, _ = rand.Read(g[:]) // never fails: the program ends where the system has no randomness
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

// tidyPersonalID returns a personal id as it is hashed; false where it is none. What Unicode takes for the same
// characters is the same (NFKC): an accent that is a sign of its own, digits of full width, a blank that does not
// break. Capitals make a difference. The result may be longer than an id that may be presented; no such id gets a key.
func tidyPersonalID(s string) (string, bool) {
	s, ok := tidy(s, maxPersonalID)
	if !ok {
		return "", false
	}
	return strings.TrimSpace(norm.NFKC.String(s)), true
}

// tidyGUID returns a key's GUID as it is hashed: a UUID in any form is the same key, however a person
// typed it: letters of either case, with blanks and dashes of any sort anywhere, and signs that look like one of
// a UUID's and are none.
func tidyGUID(s string) (string, bool) {
	s, ok := tidy(s, maxGUID)
	if !ok {
		return "", false
	}
	if g, ok := ballots.ParseGUID([]byte(s)); ok {
		return g.String(), true
	}
	if g, ok := ballots.ParseGUID([]byte(KeySigns(BareKey(s)))); ok {
		return g.String(), true
	}
	return s, true
}

// BareKey returns what counts of a key's GUID as a person typed it: all but blanks, dashes of any sort and braces.
func BareKey(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("{}\u2212", r) {
			return -1
		}
		return r
	}, typed)
}

// KeySigns returns a bare key with the digits that a person's O, I, L and | can only have meant: a UUID has the
// letters A to F alone.
func KeySigns(bare string) string {
	return strings.NewReplacer("O", "0", "o", "0", "I", "1", "i", "1", "L", "1", "l", "1", "|", "1").Replace(bare)
}

// tidy takes the blanks around s away and reports whether 1 to most characters of valid text are left.
func tidy(s string, most int) (string, bool) {
	s = strings.TrimSpace(s)
	return s, s != "" && len(s) <= 4*most && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most
}

// Pair returns the stored form of a key under a secret. A holder of the secret can compute it, and so
// tell who has voted, though not what.
func Pair(secret []byte, k Key) ([]byte, error) {
	h, err := newHashes(secret)
	if err != nil {
		return nil, err
	}
	personalID, _ := tidyPersonalID(k.PersonalID)
	guid, _ := tidyGUID(k.GUID)
	pair := h.pair(personalID, guid)
	return pair[:], nil
}

// NameInLog returns the name that the owner of a key has in the events of an election, for tests that know the secret.
func NameInLog(secret []byte, electionID int64, personalID string) (string, error) {
	h, err := newHashes(secret)
	if err != nil {
		return "", err
	}
	personalID, _ = tidyPersonalID(personalID)
	return h.inLog(electionID, personalID), nil
}
