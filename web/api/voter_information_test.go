package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestVoterInformation_IsReadAndReplaced stores what voters are told, reads it, and replaces it: absent fields become empty.
func TestVoterInformation_IsReadAndReplaced(t *testing.T) {
	s := newEnv(t)
	path := s.voting(1) + "/voter-information"
	s.get(s.administrator, path).want(http.StatusOK).is("", "contact")
	logo := base64.StdEncoding.EncodeToString([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><title>x</title><path d="M0 0h9v9z"/></svg>`))
	body := fmt.Sprintf(`{"contact":"Office, 555","sender":"Office","languages":["en","sr-Latn"],"hides_personal_id":true,"texts":{"sr-Latn":{"closing":"Komisija"}},"logo":%q}`, logo)
	s.json(s.administrator, "PUT", path, body).want(http.StatusOK)
	r := s.get(s.administrator, path).want(http.StatusOK)
	r.is("Office, 555", "contact")
	r.is("sr-Latn", "languages", 1)
	r.is("Komisija", "texts", "sr-Latn", "closing")
	drawn, err := base64.StdEncoding.DecodeString(r.str("logo"))
	if err != nil || strings.Contains(string(drawn), "title") || !strings.Contains(string(drawn), "M0 0h9v9z") {
		t.Errorf("want the logo drawn again, got %s, %v", drawn, err)
	}
	s.json(s.administrator, "PUT", path, string(r.raw)).want(http.StatusOK)
	if n := strings.Count(string(s.get(s.administrator, "/audit-events?action=voter-information-changed").raw), `"action":"voter-information-changed"`); n != 1 {
		t.Errorf("want one event for one change, got %d", n)
	}
	s.json(s.administrator, "PUT", path, `{"contact":"Other"}`).want(http.StatusOK).is("", "logo")
	for body, field := range map[string]string{
		`{"contact":7}`: "contact", `{"phone":"1"}`: "phone", `{"sender":"a\nb"}`: "sender", `{"languages":["Klingon!"]}`: "languages",
		`{"texts":{"sr-Latn":{"greeting":"a\nb"}}}`: "texts.sr-Latn.greeting", `{"texts":{"en":{"greetings":"a"}}}`: "texts.en.greetings",
		`{"logo":"PHN2Zz48c2NyaXB0Lz48L3N2Zz4="}`: "logo", `{"logo":"?"}`: "logo",
	} {
		if r := s.json(s.administrator, "PUT", path, body).want(http.StatusUnprocessableEntity); !strings.Contains(string(r.raw), `"field":"`+field+`"`) {
			t.Errorf("%s: want a problem of %s, got %s", body, field, r.raw)
		}
	}
	s.json(s.first, "PUT", path, `{}`).want(http.StatusForbidden)
	s.get(s.administrator, "/elections/999/voter-information").want(http.StatusNotFound)
}
