package web_test

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
)

// TestCertification_AChangedAccountWaitsForADay has other people change administrators' passwords, factors and
// e-mails.
func TestCertification_AChangedAccountWaitsForADay(t *testing.T) {
	s := newSite(t)
	ada, bea := s.users["administrator"], s.users["second administrator"]
	change := func(actor audit.Actor, id int64, fresh string) {
		t.Helper()
		if _, err := s.Auth.ChangeUser(t.Context(), actor, id, auth.UserChange{Password: &fresh}); err != nil {
			t.Fatal(err)
		}
	}
	const fresh = "another one of a good length"
	change(audit.System(), ada.ID, "one before the opening, then")
	s.Clock.Move(time.Hour)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Constituencies[0].Seats, d.Confirmations = 3, 1
		d.StartsAt, d.EndsAt = s.Clock.Now().Add(-30*time.Minute), s.Clock.Now().Add(-10*time.Minute)
	})
	s.count(t, e, 0, 8, 3, 2)
	s.closed(t, e)
	change(ada.Actor("here"), ada.ID, password) // one's own
	change(audit.Actor{Name: "Operator"}, bea.ID, fresh)
	at := s.Clock.Now()
	page := "/admin/elections/" + id(e.ID) + "/certification"

	v := s.visitor(t)
	if answer := v.signIn(t, bea.Email, fresh); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want Bea signed in, got %s", answer.Status)
	}
	says := "Operator changed the password of " + bea.Actor("").Name + " at " + at.UTC().Format("2006-01-02 15:04 MST") + "."
	shown := v.get(t, page)
	for _, want := range []string{`data-testid="account-changes"`, says, `data-testid="confirm-waits"`, "It can confirm from "} {
		if !strings.Contains(html.UnescapeString(shown), want) {
			t.Errorf("want %q on the page, got %s", want, shown)
		}
	}
	if strings.Contains(shown, "confirm-figures") {
		t.Error("want no confirmation offered")
	}
	form := url.Values{"figures": {between(t, shown, `data-testid="figures-hash">`, `</code>`)}, "password": {fresh}}
	if answer := v.post(t, page, form); answer.StatusCode != http.StatusConflict || !strings.Contains(html.UnescapeString(text(answer)), says) {
		t.Errorf("want the confirmation refused, got %s", answer.Status)
	}
	_, err := s.Results.Certify(t.Context(), bea.Actor("there"), e.ID, "")
	if !errors.Is(err, elections.ErrConfirmerChanged) {
		t.Errorf("want %v, got %v", elections.ErrConfirmerChanged, err)
	}
	if final, err := s.Results.Final(t.Context(), e.ID); err != nil || elections.MayConfirm(final.AccountChanges, ada.Actor(""), at) != nil {
		t.Errorf("want Ada to confirm, whose account was changed before the opening and by herself, got %v", err)
	}
	s.Clock.Move(24 * time.Hour)
	final, err := s.Results.Certify(t.Context(), bea.Actor("there"), e.ID, "", s.reasons(t, e)...)
	if err != nil || final.Results.State != elections.Certified || len(final.AccountChanges) != 1 || final.AccountChanges[0].UserID != bea.ID {
		t.Fatalf("want it certified a day later, with the change, got %v, %+v", err, final)
	}
	v = s.signedIn(t, "administrator")
	if shown := v.get(t, page); !strings.Contains(html.UnescapeString(shown), says) {
		t.Errorf("want the change beside the certification, got %s", shown)
	}
	if answer := v.get(t, "/api/v1/elections/"+id(e.ID)+"/certification"); !strings.Contains(answer, `"what":"password","by":"Operator"`) {
		t.Errorf("want the change in the API, got %s", answer)
	}
}

// TestCertification_ANewAdministratorWaitsForADay: an administrator must not certify alone through a second account.
func TestCertification_ANewAdministratorWaitsForADay(t *testing.T) {
	s := newSite(t)
	ada, official := s.users["administrator"], s.users["official"]
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Constituencies[0].Seats, d.Confirmations = 3, 2
	})
	s.count(t, e, 0, 8, 3, 2)
	s.closed(t, e)
	s.Clock.Move(time.Minute)
	made, err := s.Auth.AddUser(t.Context(), ada.Actor("here"), auth.NewUser{
		Email: "dora@example.org", Forename: "Dora", Surname: "D", Role: auth.Administrator, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	role := auth.Administrator
	if _, err := s.Auth.ChangeUser(t.Context(), ada.Actor("here"), official.ID, auth.UserChange{Role: &role}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Results.Certify(t.Context(), ada.Actor("here"), e.ID, "", s.reasons(t, e)...); err != nil {
		t.Fatal(err)
	}
	for name, u := range map[string]auth.User{"made": made, "promoted": official} {
		if _, err := s.Results.Certify(t.Context(), u.Actor("here"), e.ID, ""); !errors.Is(err, elections.ErrConfirmerChanged) {
			t.Errorf("%s: want %v, got %v", name, elections.ErrConfirmerChanged, err)
		}
	}
	v := s.visitor(t)
	if answer := v.signIn(t, made.Email, password); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want Dora signed in, got %s", answer.Status)
	}
	page := v.get(t, "/admin/elections/"+id(e.ID)+"/certification")
	if says := ada.Actor("").Name + " created, promoted or enabled the account of " + made.Actor("").Name; !strings.Contains(html.UnescapeString(page), says) {
		t.Errorf("want %q on the page, got %s", says, page)
	}
	s.Clock.Move(24 * time.Hour)
	if final, err := s.Results.Certify(t.Context(), made.Actor("here"), e.ID, ""); err != nil || final.Results.State != elections.Certified {
		t.Errorf("want it certified a day later, got %v", err)
	}
}
