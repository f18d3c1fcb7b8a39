package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/audit"
)

// TestPlaces_AreGivenAndAskedFor gives places with the API and uploads with and against them.
func TestPlaces_AreGivenAndAskedFor(t *testing.T) {
	s := newEnv(t)
	path, parts := s.counting(5, 3)
	body := `{"email":"mina@example.org","forename":"Mina","surname":"Jovanović","role":"official","password":"` + password + `","places":[{"constituency_id":` + parts[0] + `}]}`
	r := s.json(s.administrator, "POST", "/users", body).want(http.StatusCreated)
	id := r.str("id")
	r.is("false", "everywhere")
	r.is(parts[0], "places", 0, "constituency_id")
	mina := s.signIn("mina@example.org").str("access_token")
	s.get(mina, "/me").want(http.StatusOK).is(parts[0], "places", 0, "constituency_id")
	s.get(s.first, "/me").want(http.StatusOK).is("true", "everywhere")

	for _, query := range []string{"", "&dry_run=true"} {
		refusal := s.csv(mina, path, "?constituency_id="+parts[1]+query, lines(0, 3, 1)).refused(http.StatusForbidden, "not-your-place")
		refusal.is(parts[1], "constituency_id")
		if !strings.Contains(refusal.str("detail"), "administrator") {
			t.Errorf("want the refusal to say whom to ask, got %s", refusal.raw)
		}
	}
	s.csv(mina, path, "?constituency_id="+parts[0], lines(0, 3, 1)).want(http.StatusAccepted)
	s.json(s.administrator, "PATCH", "/users/"+id, `{"places":[{"constituency_id":`+parts[1]+`}]}`).want(http.StatusOK).is(parts[1], "places", 0, "constituency_id")
	s.csv(mina, path, "?constituency_id="+parts[0], lines(10, 13, 1)).refused(http.StatusForbidden, "not-your-place")
	s.csv(mina, path, "?constituency_id="+parts[1], lines(10, 13, 1)).want(http.StatusAccepted)
	s.json(s.administrator, "PATCH", "/users/"+id, `{"places":[]}`).want(http.StatusOK).is("true", "everywhere")

	for field, places := range map[string]string{
		"places[0].station_id":      `[{"station_id":4}]`,
		"places[1]":                 `[{"constituency_id":` + parts[1] + `},{"constituency_id":1,"station_id":4}]`,
		"places[0]":                 `[{}]`,
		"places[1].constituency_id": `[{"constituency_id":` + parts[1] + `},{"constituency_id":99}]`,
		"places[0].name":            `[{"constituency_id":1,"name":"x"}]`,
		"places":                    `{}`,
	} {
		refusal := s.json(s.administrator, "PATCH", "/users/"+id, `{"places":`+places+`}`).refused(http.StatusUnprocessableEntity, "invalid-input")
		if refusal.fields()[field] == "" {
			t.Errorf("%s: want %s named, got %v", places, field, refusal.fields())
		}
	}
	s.json(s.administrator, "POST", "/users", strings.Replace(strings.Replace(body, "mina@", "nina@", 1), `"official"`, `"administrator"`, 1)).
		refused(http.StatusUnprocessableEntity, "invalid-input")
}

// TestUsers_AcceptsRegisteredAccounts lists, accepts and refuses accounts that wait.
func TestUsers_AcceptsRegisteredAccounts(t *testing.T) {
	s := newEnv(t)
	register := func(email string) string {
		t.Helper()
		u, err := s.Auth.Register(t.Context(), audit.Actor{Name: "registration", From: "192.0.2.1"}, auth.NewUser{
			Email: email, Forename: "New", Surname: "Comer", Password: password,
		})
		must(t, err)
		return s.get(s.administrator, "/users/"+strconv.FormatInt(u.ID, 10)).want(http.StatusOK).str("id")
	}
	id := register("new@example.org")
	s.get(s.administrator, "/users/"+id).want(http.StatusOK).is("true", "waiting")
	s.tokens("new@example.org", password).refused(http.StatusForbidden, "account-waits")
	s.tokens("new@example.org", "not this one at all").refused(http.StatusUnauthorized, "invalid-credentials")
	s.json(s.administrator, "PATCH", "/users/"+id, `{"surname":"X"}`).refused(http.StatusConflict, "account-waiting")
	s.json(s.administrator, "PATCH", "/users/"+id, `{"waiting":true}`).refused(http.StatusUnprocessableEntity, "invalid-input")
	s.json(s.administrator, "PATCH", "/users/"+id, `{"waiting":false}`).want(http.StatusOK).is("false", "waiting")
	s.tokens("new@example.org", password).want(http.StatusOK)
	s.json(s.administrator, "PATCH", "/users/"+id, `{"waiting":false}`).refused(http.StatusConflict, "account-not-waiting")
	other := register("other@example.org")
	s.send(s.administrator, "DELETE", "/users/"+other, "", nil).want(http.StatusNoContent)
	s.tokens("other@example.org", password).refused(http.StatusUnauthorized, "invalid-credentials")
}
