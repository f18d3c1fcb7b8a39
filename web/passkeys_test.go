package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/authenticator"
)

// asks posts a form as the script of passkeys does, and returns the JSON of the answer.
func (v *visitor) asks(t *testing.T, path string, form url.Values) (int, []byte) {
	t.Helper()
	answer := v.post(t, path, form)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(body) {
		t.Errorf("%s: want JSON for the script, got %s: %s", path, answer.Status, body)
	}
	return answer.StatusCode, body
}

// options returns the options of a challenge.
func (v *visitor) options(t *testing.T, path string, form url.Values) []byte {
	t.Helper()
	status, body := v.asks(t, path, form)
	if status != http.StatusOK {
		t.Fatalf("%s: want the options, got %d: %s", path, status, body)
	}
	return body
}

// addPasskey adds a passkey on the page and returns the page that answers.
func (v *visitor) addPasskey(t *testing.T, a *authenticator.Authenticator, name string) *http.Response {
	t.Helper()
	options := v.options(t, "/account/second-factor/passkeys/challenge", url.Values{"name": {name}, "password": {password}})
	return v.post(t, "/account/second-factor/passkeys", url.Values{"passkey": {string(a.Create(t, options))}})
}

func newAuthenticator() *authenticator.Authenticator {
	return authenticator.New("https://vote.example.org")
}

// TestPasskey_OnThePages adds a passkey, signs in with it and removes it, as a person does.
func TestPasskey_OnThePages(t *testing.T) {
	s := newSite(t)
	v, other := s.signedIn(t, "administrator"), s.signedIn(t, "administrator")
	a := newAuthenticator()
	if page := text(v.addPasskey(t, a, "green key")); strings.Count(page, `data-testid="recovery-code"`) != 10 {
		t.Errorf("want the recovery codes shown once, got %s", page)
	}
	if page := v.get(t, "/account/second-factor"); !strings.Contains(page, "green key") || !strings.Contains(page, "Your second factor is on") || strings.Contains(page, "passkeys-unusable") {
		t.Errorf("want the passkey on the page, got %s", page)
	}
	if answer := other.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want other browsers signed out, got %s", answer.Status)
	}

	v = s.visitor(t)
	v.signIn(t, s.users["administrator"].Email, password)
	page := v.get(t, "/login/code")
	if !strings.Contains(page, `data-testid="passkey-use"`) || !strings.Contains(page, `data-testid="login-code"`) || !strings.Contains(page, "/assets/passkeys.") {
		t.Errorf("want a passkey and a recovery code asked for, got %s", page)
	}
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want no session by the password alone, got %s", answer.Status)
	}
	response := url.Values{"passkey": {string(a.Get(t, v.options(t, "/login/passkey", nil)))}, "code": {""}, "next": {"/admin/users"}}
	if answer := v.post(t, "/login/code", response); answer.Header.Get("Location") != "/admin/users" {
		t.Fatalf("want to be signed in, got %s: %s", answer.Status, text(answer))
	}
	again := s.visitor(t)
	again.signIn(t, s.users["administrator"].Email, password)
	if answer := again.post(t, "/login/code", response); answer.StatusCode != http.StatusUnauthorized || !strings.Contains(text(answer), "came too late, was used before") {
		t.Errorf("want the answer refused in another browser, got %s", answer.Status)
	}

	s.Clock.Move(15 * time.Minute)
	if status, body := v.asks(t, "/account/second-factor/passkeys/challenge", url.Values{"name": {"phone"}, "password": {"wrong"}}); status != http.StatusUnprocessableEntity || !bytes.Contains(body, []byte("not your current password")) {
		t.Errorf("want the password asked for again, got %d: %s", status, body)
	}
	list, err := s.Auth.Passkeys(t.Context(), s.users["administrator"].ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("want one passkey, got %+v, %v", list, err)
	}
	form := url.Values{"which": {id(list[0].ID)}, "password": {"some other four words"}}
	if answer := v.post(t, "/account/second-factor/passkeys/remove", form); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want the password asked for, got %s", answer.Status)
	}
	form.Set("password", password)
	if answer := v.post(t, "/account/second-factor/passkeys/remove", form); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the passkey removed, got %s: %s", answer.Status, text(answer))
	}
	if page := v.get(t, "/account/second-factor?done=passkey-removed"); strings.Contains(page, "green key") || !strings.Contains(page, "The passkey is removed.") {
		t.Errorf("want it gone from the page, got %s", page)
	}
}

// TestPasskey_WhatIsRefusedIsSaidBesideTheCode sends what an attacker or a browser may send in the place of an answer.
func TestPasskey_WhatIsRefusedIsSaidBesideTheCode(t *testing.T) {
	s := newSite(t)
	a, b := newAuthenticator(), newAuthenticator()
	s.signedIn(t, "administrator").addPasskey(t, a, "green key")
	s.signedIn(t, "second administrator").addPasskey(t, b, "red key")
	v := s.visitor(t)
	if status, body := v.asks(t, "/login/passkey", nil); status != http.StatusUnauthorized {
		t.Errorf("want no question before the password, got %d: %s", status, body)
	}
	v.signIn(t, s.users["administrator"].Email, password)
	evil := a.Copy()
	evil.Origin = "https://evil.example"
	for what, response := range map[string][]byte{
		"another person's passkey": b.GetUnasked(t, v.options(t, "/login/passkey", nil)),
		"another origin":           evil.Get(t, v.options(t, "/login/passkey", nil)),
		"no answer":                []byte("{}"),
	} {
		answer := v.post(t, "/login/code", url.Values{"passkey": {string(response)}})
		if page := text(answer); answer.StatusCode != http.StatusUnauthorized || !strings.Contains(page, `role="alert"`) || strings.Contains(page, "signature") {
			t.Errorf("%s: want it refused on the page, got %s: %s", what, answer.Status, page)
		}
	}
	// An official, who has no passkey, has nothing to ask for.
	official := s.signedIn(t, "official")
	if status, body := official.asks(t, "/account/passkey", url.Values{"purpose": {"certify"}}); status != http.StatusNotFound {
		t.Errorf("want an account without a passkey told so, got %d: %s", status, body)
	}
	if status, _ := official.asks(t, "/account/passkey", url.Values{"purpose": {strings.Repeat("x", 300)}}); status != http.StatusBadRequest {
		t.Errorf("want a long purpose refused, got %d", status)
	}
	if answer := official.post(t, "/account/second-factor/passkeys", url.Values{"passkey": {""}}); answer.StatusCode != http.StatusUnauthorized || !strings.Contains(text(answer), "The passkey was not added.") {
		t.Errorf("want a form without a passkey refused on the page, got %s", answer.Status)
	}
}

// TestCertification_APasskeyConfirmsTheFiguresThatItWasAskedFor confirms with a passkey; an answer for other figures,
// another election or a sign-in confirms nothing.
func TestCertification_APasskeyConfirmsTheFiguresThatItWasAskedFor(t *testing.T) {
	s := newSite(t)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) { d.Constituencies[0].Seats = 3 })
	s.count(t, e, 0, 8, 3, 2)
	s.closed(t, e)
	v := s.signedIn(t, "administrator")
	a := newAuthenticator()
	v.addPasskey(t, a, "green key")
	path := "/admin/elections/" + id(e.ID) + "/certification"
	page := v.get(t, path)
	figures := between(t, page, `data-testid="figures-hash">`, `</code>`)
	purpose := between(t, page, `data-passkey-purpose="`, `"`)
	if !strings.Contains(page, `data-testid="passkey-use"`) || !strings.Contains(page, `data-passkey-challenge="/account/passkey"`) || !strings.HasSuffix(purpose, figures) {
		t.Fatalf("want a passkey offered for these figures, got %s", page)
	}
	answered := func(purpose string) string {
		return string(a.Get(t, v.options(t, "/account/passkey", url.Values{"purpose": {purpose}})))
	}
	confirm := func(password, passkey string) *http.Response {
		return v.post(t, path, url.Values{"figures": {figures}, "password": {password}, "otp": {""}, "passkey": {passkey}})
	}
	for what, passkey := range map[string]string{
		"other figures":    answered(strings.Replace(purpose, figures, strings.Repeat("0", 64), 1)),
		"another election": answered(strings.Replace(purpose, ":"+id(e.ID)+":", ":999:", 1)),
		"no purpose":       answered(""),
	} {
		if answer := confirm(password, passkey); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "came too late, was used before") {
			t.Errorf("%s: want the answer refused, got %s", what, answer.Status)
		}
	}
	if answer := confirm(password, ""); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a second factor asked for, got %s", answer.Status)
	}
	passkey := answered(purpose)
	if answer := confirm("some other four words", passkey); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want the password asked for, too, got %s", answer.Status)
	}
	if answer := confirm(password, passkey); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the confirmation recorded, got %s: %s", answer.Status, text(answer))
	}
	if answer := confirm(password, passkey); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want the answer taken once, got %s", answer.Status)
	}
}

// TestPasskey_AnAdministratorRemovesThemWithTheFactor counts as a change of the factor by another person.
func TestPasskey_AnAdministratorRemovesThemWithTheFactor(t *testing.T) {
	s := newSite(t)
	s.signedIn(t, "official").addPasskey(t, newAuthenticator(), "green key")
	v := s.signedIn(t, "administrator")
	user := "/admin/users/" + id(s.users["official"].ID)
	if page := v.get(t, user); !strings.Contains(page, "all passkeys and the recovery codes") {
		t.Errorf("want the act offered, got %s", page)
	}
	if answer := v.post(t, user+"/second-factor/remove", nil); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it done, got %s: %s", answer.Status, text(answer))
	}
	if list, err := s.Auth.Passkeys(t.Context(), s.users["official"].ID); err != nil || len(list) != 0 {
		t.Errorf("want the passkeys gone, got %+v, %v", list, err)
	}
	if got, err := s.Auth.User(t.Context(), s.users["official"].ID); err != nil || got.SecondFactor {
		t.Errorf("want no second factor, got %+v, %v", got, err)
	}
}
