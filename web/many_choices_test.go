package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
)

// TestForms_BoxesOfOneListAreSentTogether ticks several boxes of the forms for places and for registered accounts, as
// browsers send them: under one name.
func TestForms_BoxesOfOneListAreSentTogether(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, func(d *elections.Draft) {
		first := d.Constituencies[0]
		first.Name = "First"
		second := first
		second.Name = "Second"
		d.Constituencies = []elections.ConstituencyDraft{first, second}
	})
	official := s.users["official"]
	v := s.signedIn(t, "administrator")
	one, two := id(e.Constituencies[0].ID), id(e.Constituencies[1].ID)
	form := url.Values{"election": {id(e.ID)}, "shown": {one + "," + two}, "places": {one, two}, "act": {"save"}}
	if answer := v.post(t, "/admin/users/"+id(official.ID)+"/places", form); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want two places given at once, got %s: %s", answer.Status, text(answer))
	}
	if places, err := s.Auth.Places(t.Context(), official.ID); err != nil || len(places) != 2 {
		t.Errorf("want two places, got %v, %v", places, err)
	}

	var waiting []string
	for _, name := range []string{"one", "two"} {
		u, err := s.Auth.Register(t.Context(), audit.Actor{Name: "registration", From: "192.0.2.1"}, auth.NewUser{
			Email: name + "@example.org", Forename: name, Surname: "Comer", Password: password,
		})
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, id(u.ID))
	}
	form = url.Values{"users": waiting, "act": {"accept"}, "scope": {"everywhere"}}
	if answer := v.post(t, "/admin/users/waiting", form); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want two accounts accepted at once, got %s: %s", answer.Status, text(answer))
	}
	for _, email := range []string{"one@example.org", "two@example.org"} {
		if u, err := s.Auth.UserByEmail(t.Context(), email); err != nil || u.Waiting {
			t.Errorf("want %s accepted, got %+v, %v", email, u, err)
		}
	}
}
