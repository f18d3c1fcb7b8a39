package auth_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// forgeryKinds are the ways to make a token that must not be taken. The rare ones are slow.
var forgeryKinds = []struct {
	name string
	rare bool
	make func(*forger, *mathrand.Rand) string
}{
	{"bits flipped", false, (*forger).flip},
	{"cut", false, (*forger).cut},
	{"parts swapped", false, (*forger).swap},
	{"signature damaged", false, (*forger).damageSignature},
	{"header tricks", false, (*forger).header},
	{"other algorithm, right secret", false, (*forger).otherAlgorithm},
	{"claims changed, signature kept", false, (*forger).claimsChanged},
	{"claims changed, other secret", false, (*forger).otherSecret},
	{"claims twice", false, (*forger).claimsTwice},
	{"right secret, wrong claims", false, (*forger).wrongClaims},
	{"unicode", false, (*forger).unicode},
	{"noise", false, (*forger).noise},
	{"RSA", true, (*forger).signedRSA},
	{"huge", true, (*forger).hugeToken},
}

// forge makes a token of any kind.
func (f *forger) forge(r *mathrand.Rand) (kind, token string) {
	k := forgeryKinds[r.IntN(len(forgeryKinds))]
	if k.rare && r.IntN(50) != 0 {
		k = forgeryKinds[0]
	}
	return k.name, k.make(f, r)
}

func pick[T any](r *mathrand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// any returns a genuine token with its claims, copied.
func (f *forger) any(r *mathrand.Rand) (string, jwt.MapClaims) {
	i := r.IntN(len(f.tokens))
	return f.tokens[i], maps.Clone(f.claims[i])
}

func encode(part []byte) string { return base64.RawURLEncoding.EncodeToString(part) }

func toJSON(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // the values are this test's own
	}
	return string(encoded)
}

const goodHeader = `{"alg":"HS256","typ":"JWT"}`

// signed returns a token of these texts with their HMAC.
func signed(h func() hash.Hash, header, payload, key string) string {
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	m := hmac.New(h, []byte(key))
	m.Write([]byte(text))
	return text + "." + encode(m.Sum(nil))
}

// signatureOf returns the last part of a token.
func signatureOf(token string) string { return token[strings.LastIndex(token, ".")+1:] }

func (f *forger) flip(r *mathrand.Rand) string {
	token, _ := f.any(r)
	b := []byte(token)
	for range 1 + r.IntN(3) {
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	}
	return string(b)
}

func (f *forger) cut(r *mathrand.Rand) string {
	token, _ := f.any(r)
	from := r.IntN(len(token))
	to := from + 1 + r.IntN(len(token)-from)
	return pick(r, token[:from], token[to:], token[:from]+token[to:], token[from:to])
}

func (f *forger) swap(r *mathrand.Rand) string {
	var parts []string
	for range 3 {
		token, _ := f.any(r)
		parts = append(parts, strings.Split(token, ".")...)
	}
	n := pick(r, 3, 3, 3, 3, 1, 2, 4, 5)
	chosen := make([]string, n)
	for i := range chosen {
		chosen[i] = parts[r.IntN(3)*3+i%3]
	}
	if r.IntN(4) == 0 {
		r.Shuffle(n, func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	}
	return strings.Join(chosen, ".")
}

// damageSignature leaves what was signed as it is.
func (f *forger) damageSignature(r *mathrand.Rand) string {
	token, _ := f.any(r)
	signature := []byte(signatureOf(token))
	text := strings.TrimSuffix(token, string(signature))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=\r\n\t ."
	switch r.IntN(5) {
	case 0: // the last character, whose last two bits carry nothing
		signature[len(signature)-1] = alphabet[r.IntN(64)]
	case 1: // something that a decoder may pass over
		at := r.IntN(len(signature) + 1)
		signature = append(append(append([]byte{}, signature[:at]...), alphabet[64+r.IntN(len(alphabet)-64)]), signature[at:]...)
	case 2:
		signature = append(signature, pick(r, "=", "==", "A", "AA", "AAAA", "\n", "\r\n", ".", "\x00")...)
	case 3:
		signature = []byte(strings.NewReplacer("-", "+", "_", "/").Replace(string(signature)) + "=")
	default:
		signature[r.IntN(len(signature))] = alphabet[r.IntN(len(alphabet))]
	}
	return text + string(signature)
}

// algorithms are names that are not ours.
var algorithms = []any{
	"none", "None", "NONE", "nOnE", "", " ", "hs256", "Hs256", "HS256 ", " HS256", "HS256\x00", "HS-256", "HS384", "HS512", "RS256",
	"RS512", "PS256", "ES256", "EdDSA", "A256GCM", "dir", nil, 0, 256, true,
	[]any{"HS256"},
	map[string]any{"HS256": 1},
}

// header puts into a header what some libraries believe, signed with what it offers.
func (f *forger) header(r *mathrand.Rand) string {
	token, claims := f.any(r)
	offered := rand.Text()
	header := map[string]any{"alg": "HS256", "typ": "JWT"}
	tricks := []func(){
		func() { header["alg"] = algorithms[r.IntN(len(algorithms))] },
		func() { delete(header, "alg") },
		func() {
			header["kid"] = pick(r, "../../../../dev/null", "/dev/null", "' UNION SELECT '"+offered+"' --", "0", offered, "urna", "\x00")
		},
		func() { header["jwk"] = map[string]any{"kty": "oct", "alg": "HS256", "k": encode([]byte(offered))} },
		func() { header["jku"] = "https://attacker.example/keys.json" },
		func() { header["x5u"] = "file:///dev/null" },
		func() { header["x5c"] = []string{base64.StdEncoding.EncodeToString([]byte(offered))} },
		func() { header["crit"] = pick[any](r, []string{"exp"}, []string{"b64"}, []string{}, "alg") },
		func() { header["b64"] = false },
		func() { header["zip"] = "DEF" },
		func() { header["typ"] = pick[any](r, "at+jwt", "JWE", nil, 7, "jwt") },
		func() { header["cty"] = "JWT" },
		func() { header["enc"] = "A128CBC-HS256" },
	}
	for range 1 + r.IntN(3) {
		tricks[r.IntN(len(tricks))]()
	}
	forged := signed(sha256.New, toJSON(header), toJSON(claims), pick(r, offered, "", "\x00", encode([]byte(offered))))
	switch r.IntN(4) {
	case 0:
		return strings.TrimSuffix(forged, signatureOf(forged))
	case 1:
		return strings.TrimSuffix(forged, signatureOf(forged)) + signatureOf(token)
	case 2:
		return strings.TrimSuffix(forged, "."+signatureOf(forged))
	default:
		return forged
	}
}

// otherAlgorithm signs with the right secret what does not say HS256.
func (f *forger) otherAlgorithm(r *mathrand.Rand) string {
	_, claims := f.any(r)
	payload := toJSON(claims)
	switch r.IntN(5) {
	case 0:
		return signed(sha512.New384, `{"alg":"HS384","typ":"JWT"}`, payload, secret)
	case 1:
		return signed(sha512.New, `{"alg":"HS512","typ":"JWT"}`, payload, secret)
	case 2:
		return signed(sha256.New, `{"typ":"JWT"}`, payload, secret)
	case 3:
		return signed(sha256.New, `{"alg":"HS256","alg":"none"}`, payload, secret)
	default:
		return signed(sha256.New, toJSON(map[string]any{"alg": algorithms[r.IntN(len(algorithms))], "typ": "JWT"}), payload, secret)
	}
}

// better changes claims as an attacker does who wants more rights.
func (f *forger) better(r *mathrand.Rand, claims jwt.MapClaims) {
	now := f.o.clock.Now()
	for range 1 + r.IntN(3) {
		switch r.IntN(8) {
		case 0:
			claims["sub"] = pick(r, "ada@example.org", "root@example.org", "ADA@example.org", "")
		case 1:
			claims["roles"] = pick[any](r, []string{"administrator"}, "administrator", []string{"administrator", "official"}, nil)
		case 2:
			claims["exp"] = pick[any](r, now.Add(100*time.Hour).Unix(), 1e12, now.Add(1000*time.Hour).UnixMilli())
		case 3:
			claims["type"] = pick(r, "access", "refresh", "admin")
		case 4:
			claims["family"] = pick[any](r, f.claims[len(f.claims)-1]["family"], f.claims[0]["family"], rand.Text())
		case 5:
			claims["jti"] = rand.Text()
		case 6:
			claims["iat"], claims["nbf"] = now.Unix(), now.Unix()
		default:
			claims["admin"] = true
		}
	}
}

func (f *forger) claimsChanged(r *mathrand.Rand) string {
	token, claims := f.any(r)
	f.better(r, claims)
	header, _, _ := strings.Cut(token, ".")
	return header + "." + encode([]byte(toJSON(claims))) + "." + signatureOf(token)
}

func (f *forger) otherSecret(r *mathrand.Rand) string {
	_, claims := f.any(r)
	if r.IntN(3) > 0 {
		f.better(r, claims)
	}
	sum := sha256.Sum256([]byte(secret))
	return signed(sha256.New, goodHeader, toJSON(claims), pick(r, "", "secret", "urna", "null", "0", key, rand.Text(), rand.Text()+rand.Text(),
		secret[1:], secret[:31], secret+"0", secret+"\n", strings.ToUpper(secret), string(sum[:]), fmt.Sprintf("%x", secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), strings.Repeat("\x00", 32), strings.Repeat("a", 32)))
}

// claimsTwice names a claim twice: what one reader takes, another may not.
func (f *forger) claimsTwice(r *mathrand.Rand) string {
	token, claims := f.any(r)
	payload := toJSON(claims)
	if r.IntN(2) == 0 { // with the right secret, and the last one wrong
		last := pick(r, `"exp":1`, `"iss":"other"`, `"aud":"other"`, `"contract":"other"`, `"type":"id"`, `"family":"X"`, `"nbf":9999999999`, `"exp":null`)
		return signed(sha256.New, goodHeader, payload[:len(payload)-1]+","+last+"}", secret)
	}
	again := pick(r, `"roles":["administrator"]`, `"sub":"ada@example.org"`, `"type":"access"`, `"exp":9999999999`, `"iss":"urna"`)
	doubled := pick(r, payload[:len(payload)-1]+","+again+"}", "{"+again+","+payload[1:])
	forged := signed(sha256.New, goodHeader, doubled, rand.Text())
	return pick(r, forged, strings.TrimSuffix(forged, signatureOf(forged))+signatureOf(token))
}

// wrongClaims are signed with the right secret and must be refused for what they say.
func (f *forger) wrongClaims(r *mathrand.Rand) string {
	_, claims := f.any(r)
	now := f.o.clock.Now()
	epms := claims["contract"] == "epms"
	name := pick(r, "iss", "aud", "contract", "exp", "nbf", "type", "family")
	claims[name] = map[string]func() any{
		"iss": func() any {
			if epms { // carries none
				return pick[any](r, "urna", "other", " ", []string{"urna"}, 7)
			}
			return pick[any](r, "other", "Urna", "URNA", "urna ", "", nil, []string{"urna"}, 7)
		},
		"aud": func() any {
			if epms { // carries none
				return pick[any](r, "urna", []string{"urna"}, "other", "", []string{""}, 7, map[string]any{"urna": 1})
			}
			return pick[any](r, "other", "URNA", " urna", "", nil, []string{}, []string{"other", "URNA"}, 7, map[string]any{"urna": 1})
		},
		"contract": func() any {
			if epms { // neither the API's nor an older token has none of issuer and audience
				return pick[any](r, "api", "", nil, "EPMS", "epms ", "other", 7, []string{"epms"})
			}
			return pick[any](r, "epms", "API", "Api", " api", "other", 7, []string{"api"}, true)
		},
		"exp": func() any {
			return pick[any](r, now.Add(-time.Second).Unix(), now.Add(-1000*time.Hour).Unix(), 0, -1, nil, "", "2099-01-01", true, []int{9999999999})
		},
		"nbf": func() any {
			return pick[any](r, now.Add(2*time.Second).Unix(), now.Add(time.Hour).Unix(), "soon", true, []int{0}, 9999999999)
		},
		"type": func() any {
			return pick[any](r, "", "Access", "ACCESS", "access ", "access\x00", "id", "refresh", nil, 1, []string{"access"}, true)
		},
		"family": func() any {
			return pick[any](r, "", "X", nil, 7, "%", "' OR '1'='1", rand.Text(), strings.ToLower(rand.Text()), f.revoked, []string{f.revoked})
		},
	}[name]()
	if claims[name] == nil && r.IntN(2) == 0 {
		delete(claims, name)
	}
	return signed(sha256.New, goodHeader, toJSON(claims), secret)
}

// unicode writes a genuine token with signs that look alike, or cannot be seen.
func (f *forger) unicode(r *mathrand.Rand) string {
	token, _ := f.any(r)
	at := r.IntN(len(token))
	switch r.IntN(5) {
	case 0: // a full-width form of the same character
		return token[:at] + string(rune(token[at])-0x21+0xFF01) + token[at+1:]
	case 1:
		return token[:at] + pick(r, "\u200b", "\u200d", "\ufeff", "\u00a0", "\u2060", "\u0301", "\U0001F5F3", "\x00", "\xff", "\xc0\x80", "%2e", "+", " ") + token[at:]
	case 2:
		return strings.Map(func(c rune) rune {
			if alike, ok := map[rune]rune{'a': 'а', 'e': 'е', 'o': 'о', 'c': 'с', 'p': 'р', 'x': 'х', 'A': 'А', 'E': 'Е', 'O': 'О'}[c]; ok && r.IntN(3) == 0 {
				return alike // Cyrillic
			}
			return c
		}, token[:at]) + strings.Replace(token[at:], ".", pick(r, "。", "．", "․", ".\u200b"), 1)
	case 3:
		return pick(r, "\ufeff", " ", "\t", "\n", "Bearer ", "bearer:", "\"", "\u202e") + token
	default:
		return token + pick(r, "\ufeff", " ", "\t", "\n", "\r\n", "\"", "\x00", "\u200b", ";", ",", "#", "?")
	}
}

// noise is nothing like a token, or nearly.
func (f *forger) noise(r *mathrand.Rand) string {
	token, claims := f.any(r)
	parts := strings.Split(token, ".")
	b := make([]byte, r.IntN(300))
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return pick(r, "", ".", "..", "...", "null", "undefined", "{}", "Bearer", string(b), encode(b), encode(b)+"."+encode(b)+"."+encode(b),
		toJSON(map[string]any{"protected": parts[0], "payload": parts[1], "signature": parts[2]}),
		toJSON(map[string]any{"payload": parts[1], "signatures": []any{map[string]any{"protected": parts[0], "signature": parts[2]}}}),
		goodHeader+"."+toJSON(claims)+"."+parts[2], strings.ToUpper(token), strings.ToLower(token), parts[0]+".."+parts[2],
		strings.Join([]string{parts[0], "", parts[1], parts[2], encode(b)}, "."))
}

// signedRSA is signed with another private key, whose public half it brings along.
func (f *forger) signedRSA(r *mathrand.Rand) string {
	_, claims := f.any(r)
	f.better(r, claims)
	token := jwt.NewWithClaims(pick[jwt.SigningMethod](r, jwt.SigningMethodRS256, jwt.SigningMethodRS512, jwt.SigningMethodPS256), claims)
	token.Header["jwk"] = map[string]any{"kty": "RSA", "n": encode(f.rsa.N.Bytes()), "e": "AQAB"}
	forged, err := token.SignedString(f.rsa)
	if err != nil {
		panic(err) // the key is this test's own
	}
	return forged
}

// hugeToken is too large to be looked at, even where all of it is right.
func (f *forger) hugeToken(r *mathrand.Rand) string {
	token, claims := f.any(r)
	padding := f.huge[:4<<r.IntN(19)]
	if len(padding) < 4096 {
		padding = f.huge[:4096]
	}
	switch r.IntN(4) {
	case 0:
		return token + padding
	case 1:
		return padding + token
	case 2:
		return strings.Repeat(".", len(padding))
	default:
		claims["padding"] = padding
		return signed(sha256.New, goodHeader, toJSON(claims), secret)
	}
}
