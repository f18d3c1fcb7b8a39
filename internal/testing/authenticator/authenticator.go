package authenticator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// Authenticator keeps passkeys. Its fields may be changed between two uses.
type Authenticator struct {
	Origin  string // of the page that asks
	Counter uint32 // of the next signature; it grows with each
	// Stuck keeps the counter where it is, as that of an authenticator that does not count.
	Stuck bool

	keys []key
}

// key is a passkey with the account that it was made for.
type key struct {
	id      []byte
	domain  string
	handle  []byte
	private *ecdsa.PrivateKey
}

// New returns an authenticator in a browser that shows a page of the origin.
func New(origin string) *Authenticator { return &Authenticator{Origin: origin, Counter: 1} }

// Copy returns an authenticator with the same keys and counter, as a thief would have it.
func (a *Authenticator) Copy() *Authenticator {
	other := *a
	other.keys = slices.Clone(a.keys)
	return &other
}

// The flags of authenticator data.
const (
	userPresent  = 0x01
	userVerified = 0x04
	hasKey       = 0x40
)

// options are those of both ceremonies, as the server sends them.
type options struct {
	Challenge string `json:"challenge"`
	Domain    string `json:"rpId"`
	Party     struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Allowed  []descriptor `json:"allowCredentials"`
	Excluded []descriptor `json:"excludeCredentials"`
}

type descriptor struct {
	ID string `json:"id"`
}

// Create makes a passkey and returns the browser's answer, or nil if the authenticator has an excluded one.
func (a *Authenticator) Create(tb testing.TB, sent []byte) []byte {
	tb.Helper()
	o := read(tb, sent)
	if slices.ContainsFunc(o.Excluded, func(d descriptor) bool { return a.find(tb, d) != nil }) {
		return nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	k := key{id: make([]byte, 32), domain: o.Party.ID, handle: decode(tb, o.User.ID), private: private}
	if _, err := rand.Read(k.id); err != nil {
		tb.Fatal(err)
	}
	a.keys = append(a.keys, k)
	attested := make([]byte, 16) // no model
	attested = binary.BigEndian.AppendUint16(attested, uint16(len(k.id)))
	attested = append(attested, k.id...)
	attested = append(attested, cose(tb, private)...)
	data := a.data(k.domain, hasKey, attested)
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(data))}, data)
	return a.answer(tb, k, map[string]any{
		"clientDataJSON": encode(a.clientData(tb, "webauthn.create", o.Challenge)), "attestationObject": encode(object),
		"transports": []string{"internal", "somehow"},
	})
}

// Get signs with the first allowed passkey that the authenticator has and returns the browser's answer, nil if it has
// none.
func (a *Authenticator) Get(tb testing.TB, sent []byte) []byte {
	tb.Helper()
	o := read(tb, sent)
	for _, allowed := range o.Allowed {
		if k := a.find(tb, allowed); k != nil {
			return a.sign(tb, *k, o)
		}
	}
	return nil
}

// GetUnasked signs with the authenticator's last passkey, whatever was asked.
func (a *Authenticator) GetUnasked(tb testing.TB, sent []byte) []byte {
	tb.Helper()
	return a.sign(tb, a.keys[len(a.keys)-1], read(tb, sent))
}

func (a *Authenticator) sign(tb testing.TB, k key, o options) []byte {
	tb.Helper()
	data, client := a.data(k.domain, 0, nil), a.clientData(tb, "webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest[:])
	if err != nil {
		tb.Fatal(err)
	}
	return a.answer(tb, k, map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(k.handle),
	})
}

// data returns authenticator data, and counts.
func (a *Authenticator) data(domain string, flags byte, attested []byte) []byte {
	hash := sha256.Sum256([]byte(domain))
	data := binary.BigEndian.AppendUint32(append(hash[:], userPresent|userVerified|flags), a.Counter)
	if !a.Stuck {
		a.Counter++
	}
	return append(data, attested...)
}

func (a *Authenticator) clientData(tb testing.TB, act, challenge string) []byte {
	tb.Helper()
	return marshal(tb, map[string]any{"type": act, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
}

func (a *Authenticator) answer(tb testing.TB, k key, response map[string]any) []byte {
	tb.Helper()
	return marshal(tb, map[string]any{
		"id": encode(k.id), "rawId": encode(k.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
}

func (a *Authenticator) find(tb testing.TB, d descriptor) *key {
	tb.Helper()
	id := string(decode(tb, d.ID))
	for i := range a.keys {
		if string(a.keys[i].id) == id {
			return &a.keys[i]
		}
	}
	return nil
}

// cose returns a public key for ES256 in the form of RFC 9053.
func cose(tb testing.TB, private *ecdsa.PrivateKey) []byte {
	tb.Helper()
	point, err := private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		tb.Fatal(err)
	}
	return slices.Concat([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), point[1:33], []byte("\x22\x58\x20"), point[33:])
}

func read(tb testing.TB, sent []byte) options {
	tb.Helper()
	var o options
	if err := json.Unmarshal(sent, &o); err != nil {
		tb.Fatalf("read the options %s: %v", sent, err)
	}
	return o
}

func marshal(tb testing.TB, value any) []byte {
	tb.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return encoded
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func decode(tb testing.TB, text string) []byte {
	tb.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}
