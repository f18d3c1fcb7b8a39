//nolint:thelper // the parts of one long test: their failures belong to their lines
package epms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// noJMBG is what a token says of an account without a JMBG.
const noJMBG = "0000000000000"

var administratorClaims = object{
	"sub": chief.Email, "forename": "Ada", "surname": "Byron", "jmbg": noJMBG, "roles": []any{"administrator"},
}

// sign returns a token with these claims.
func sign(t *testing.T, header, claims object, key string) string {
	t.Helper()
	var parts []string
	for _, part := range []object{header, claims} {
		encoded, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(encoded))
	}
	signed := strings.Join(parts, ".")
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// claimsOf checks a token's header and signature and returns what it claims.
func claimsOf(t *testing.T, token string) object {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("want a token of three parts, got %q", token)
	}
	var decoded [2]object
	for i := range decoded {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, &decoded[i]) != nil {
			t.Fatalf("part %d of the token cannot be read: %v", i, err)
		}
	}
	if decoded[0]["alg"] != "HS256" || decoded[0]["typ"] != "JWT" {
		t.Errorf("want an HS256 JSON Web Token, got %v", decoded[0])
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); want != parts[2] {
		t.Error("the token is not signed with the configured secret")
	}
	return decoded[1]
}

// checkToken wants a token of the type and the lifetime in seconds, with these claims among its own.
func checkToken(t *testing.T, token, kind string, lifetime float64, want object) {
	t.Helper()
	got := claimsOf(t, token)
	if got["type"] != kind {
		t.Errorf("want the type %s, got %v", kind, got["type"])
	}
	exp, _ := got["exp"].(float64)
	nbf, _ := got["nbf"].(float64)
	iat, _ := got["iat"].(float64)
	if exp-nbf != lifetime {
		t.Errorf("%s: want exp - nbf = %v, got %v", kind, lifetime, exp-nbf)
	}
	if age := float64(time.Now().Unix()) - iat; age < -1 || age > 600 {
		t.Errorf("%s: want it issued just now, got %v s ago", kind, age)
	}
	if id, _ := got["jti"].(string); id == "" {
		t.Errorf("%s: want a jti", kind)
	}
	for _, name := range []string{"aud", "iss"} { // a client that expects none is refused by its own library
		if value, there := got[name]; there {
			t.Errorf("%s: want no %s, got %v", kind, name, value)
		}
	}
	for name, value := range want {
		if !reflect.DeepEqual(got[name], value) {
			t.Errorf("%s: want %s %v, got %v", kind, name, value, got[name])
		}
	}
}

func (w *world) tokens(t *testing.T) {
	tokens := signIn(t, w.anonymous, "grace@example.org", "Abcdefg7")
	want := object{
		"sub": "grace@example.org", "forename": "Grace", "surname": "Hopper", "jmbg": w.firstJMBG, "roles": []any{"official"},
	}
	checkToken(t, tokens.access, "access", 3600, want)
	checkToken(t, tokens.refresh, "refresh", 2592000, want)
	checkToken(t, w.administrator.token, "access", 3600, administratorClaims)
	checkToken(t, w.refresh, "refresh", 2592000, administratorClaims)
	var fresh map[string]string
	w.anonymous.with(tokens.refresh).post(t, "/epms/refresh", nil).into(t, &fresh)
	checkToken(t, fresh["accessToken"], "access", 3600, want)
	if a, b := claimsOf(t, tokens.access)["jti"], claimsOf(t, tokens.refresh)["jti"]; a == b {
		t.Errorf("want every token to have a jti of its own, got %v twice", a)
	}
	header, none := object{"alg": "HS256", "typ": "JWT"}, object{"participants": []any{}}
	w.anonymous.with(sign(t, header, claimsOf(t, w.administrator.token), secret)).
		get(t, "/epms/getParticipants").is(t, http.StatusOK, none)
	// As they were issued once: with an issuer and an audience.
	old := claimsOf(t, w.administrator.token)
	delete(old, "contract")
	w.anonymous.with(sign(t, header, old, secret)).get(t, "/epms/getParticipants").tokenRefused(t)
	old["iss"], old["aud"] = "urna", []string{"urna"}
	w.anonymous.with(sign(t, header, old, secret)).get(t, "/epms/getParticipants").is(t, http.StatusOK, none)
	w.tokensOfAPI(t)

	expired := w.anonymous.with(damaged(t, w.administrator.token)["expired"]).get(t, "/epms/getParticipants")
	expired.is(t, http.StatusUnauthorized, object{"msg": "Token has expired"})
	for header, status := range map[string]int{
		"Basic " + tokens.access:          http.StatusUnauthorized,
		tokens.access:                     http.StatusUnauthorized,
		"Bearer":                          http.StatusUnprocessableEntity,
		"Bearer a b":                      http.StatusUnprocessableEntity,
		"Bearer " + tokens.refresh + " x": http.StatusUnprocessableEntity,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.anonymous.base+"/epms/getElections", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", header)
		got := w.anonymous.do(t, request)
		got.tokenRefused(t)
		if got.status != status {
			t.Errorf("%.20s...: want %d, got %d", header, status, got.status)
		}
	}
}

// tokensOfAPI are told from this contract's: its refresh tokens are used up, this contract's are not.
func (w *world) tokensOfAPI(t *testing.T) {
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	w.anonymous.post(t, "/api/v1/tokens", object{"email": chief.Email, "password": chief.Password}).into(t, &got)
	w.anonymous.with(got.Refresh).post(t, "/epms/refresh", nil).tokenRefused(t)
	w.anonymous.with(got.Access).get(t, "/epms/getElections").is(t, http.StatusOK, object{"elections": []any{}})
	if claims := claimsOf(t, got.Access); claims["iss"] != "urna" || !reflect.DeepEqual(claims["aud"], []any{"urna"}) {
		t.Errorf("want the API's tokens with issuer and audience, got %v", claims)
	}
	refused := w.anonymous.post(t, "/api/v1/tokens/refresh", object{"refresh_token": w.refresh})
	if refused.status != http.StatusUnauthorized {
		t.Errorf("want this contract's refresh token refused there, got %d %s", refused.status, refused.body)
	}
}

// damaged returns tokens that no call may take, made from one that it takes.
func damaged(t *testing.T, good string) map[string]string {
	t.Helper()
	header := object{"alg": "HS256", "typ": "JWT"}
	claims := claimsOf(t, good)
	old := maps.Clone(claims)
	old["iat"], old["nbf"], old["exp"] = 1600000000, 1600000000, 1600003600
	early := maps.Clone(claims)
	early["nbf"] = time.Now().Add(time.Hour).Unix()
	parts := strings.Split(good, ".")
	return map[string]string{
		"garbage":          "garbage",
		"two parts":        parts[0] + "." + parts[1],
		"no signature":     parts[0] + "." + parts[1] + ".",
		"another key":      sign(t, header, claims, "another secret of more than thirty-two characters"),
		"none":             sign(t, object{"alg": "none", "typ": "JWT"}, claims, secret),
		"another method":   sign(t, object{"alg": "HS512", "typ": "JWT"}, claims, secret),
		"expired":          sign(t, header, old, secret),
		"not yet valid":    sign(t, header, early, secret),
		"no claims at all": sign(t, header, object{}, secret),
	}
}
