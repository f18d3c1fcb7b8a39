package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"urna/elections"
)

// TestCertification_ThePageAsksForThePasswordAndACode confirms as a person does whose account has a second factor, and
// before that as a person who found the browser open.
func TestCertification_ThePageAsksForThePasswordAndACode(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) { d.Constituencies[0].Seats = 3 })
	s.count(t, e, 0, 8, 3, 2)
	s.closed(t, e)
	page := "/admin/elections/" + id(e.ID) + "/certification"
	shown := v.get(t, page)
	if !strings.Contains(shown, `data-testid="field-password"`) || strings.Contains(shown, `data-testid="field-otp"`) {
		t.Errorf("want the password asked for, and no code, got %s", shown)
	}
	form := url.Values{"figures": {between(t, shown, `data-testid="figures-hash">`, `</code>`)}}
	refused := func(says string) {
		t.Helper()
		answer := v.post(t, page, form)
		if body := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, says) || strings.Contains(body, password) {
			t.Errorf("want %q, got %s: %s", says, answer.Status, body)
		}
	}
	refused("Enter your password again.")
	form.Set("password", "some other four words")
	refused("This is not your current password.")

	ada := s.users["administrator"]
	enrolment, err := s.Auth.BeginSecondFactor(t.Context(), ada.Actor("test"), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(enrolment.Secret, s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := s.Auth.ConfirmSecondFactor(t.Context(), ada.Actor("test"), ada.ID, code)
	if err != nil {
		t.Fatal(err)
	}
	v = s.visitor(t)
	v.signIn(t, ada.Email, password)
	v.post(t, "/login/code", url.Values{"code": {codes[0]}})
	if shown := v.get(t, page); !strings.Contains(shown, `data-testid="field-otp"`) {
		t.Errorf("want a code asked for, got %s", shown)
	}
	form.Set("password", password)
	refused("Each code works once.")
	form.Set("otp", codes[0])
	refused("Each code works once.")
	form.Set("otp", codes[1])
	if answer := v.post(t, page, form); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the confirmation recorded, got %s: %s", answer.Status, text(answer))
	}
}
