package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	s := newEnv(t)
	t.Run("wrong password", func(t *testing.T) {
		s.json("", "POST", "/tokens", `{"email":"ana@example.org","password":"not this one at all"}`).
			refused(http.StatusUnauthorized, "invalid-credentials")
	})
	t.Run("shape", func(t *testing.T) {
		r := s.json("", "POST", "/tokens", fmt.Sprintf(`{"email":"ana@example.org","password":%q,"otp":null}`, password)).want(http.StatusOK)
		r.is("Bearer", "token_type")
		r.is("3600", "expires_in")
		if want, got := "no-store", r.header.Get("Cache-Control"); want != got {
			t.Errorf("want Cache-Control %q, got %q", want, got)
		}
	})
	t.Run("a refresh token used twice ends the family", func(t *testing.T) {
		first := s.signIn("ana@example.org")
		refresh := fmt.Sprintf(`{"refresh_token":%q}`, first.str("refresh_token"))
		second := s.json("", "POST", "/tokens/refresh", refresh).want(http.StatusOK)
		s.get(second.str("access_token"), "/me").want(http.StatusOK)
		s.json("", "POST", "/tokens/refresh", refresh).refused(http.StatusUnauthorized, "invalid-token")
		s.get(second.str("access_token"), "/me").refused(http.StatusUnauthorized, "invalid-token")
	})
	t.Run("revoke", func(t *testing.T) {
		tokens := s.signIn("ana@example.org")
		access := tokens.str("access_token")
		s.get(access, "/me").want(http.StatusOK).is("ana@example.org", "email")
		s.send(access, "DELETE", "/tokens", "", nil).want(http.StatusNoContent)
		s.get(access, "/me").refused(http.StatusUnauthorized, "invalid-token")
		s.json("", "POST", "/tokens/refresh", fmt.Sprintf(`{"refresh_token":%q}`, tokens.str("refresh_token"))).
			refused(http.StatusUnauthorized, "invalid-token")
	})
}

func TestBodies_AreReadStrictly(t *testing.T) {
	s := newEnv(t)
	const path = "/participants"
	for name, c := range map[string]struct{ body, code, field string }{
		"empty":         {"", "malformed-json", ""},
		"not json":      {"name=x", "malformed-json", ""},
		"trailing data": {`{"name":"x","kind":"party"} {}`, "malformed-json", ""},
		"cut off":       {`{"name":"x"`, "malformed-json", ""},
		"an array":      {`[]`, "malformed-json", ""},
		"null":          {`null`, "malformed-json", ""},
		"unknown field": {`{"name":"x","kind":"party","colour":"#000000"}`, "invalid-input", "colour"},
		"other case":    {`{"Name":"x","kind":"party"}`, "invalid-input", "Name"},
		"twice":         {`{"name":"x","name":"y","kind":"party"}`, "invalid-input", "name"},
		"wrong type":    {`{"name":7,"kind":"party"}`, "invalid-input", "name"},
		"null name":     {`{"name":null,"kind":"party"}`, "invalid-input", "name"},
		"domain rule":   {`{"name":"x","kind":"club"}`, "invalid-input", "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.json(s.administrator, "POST", path, c.body)
			if c.field == "" {
				r.refused(http.StatusBadRequest, c.code)
				return
			}
			r.refused(http.StatusUnprocessableEntity, c.code)
			if fields := r.fields(); len(fields) != 1 || fields[c.field] == "" {
				t.Errorf("want a problem with %s alone, got %v", c.field, fields)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		s.json(s.administrator, "POST", path, `{"name":"`+strings.Repeat("x", 1<<20)+`"}`).
			refused(http.StatusRequestEntityTooLarge, "too-large")
	})
	if got := s.get(s.administrator, path).want(http.StatusOK).at("items").([]any); len(got) != 0 {
		t.Errorf("want no participant after refusals, got %d", len(got))
	}
}

func TestUsers(t *testing.T) {
	s := newEnv(t)
	body := `{"email":"mina@example.org","forename":"Mina","surname":"Jovanović","role":"official","password":"twelve or more"}`
	r := s.json(s.administrator, "POST", "/users", body).want(http.StatusCreated)
	id := r.str("id")
	r.is("official", "role")
	r.is("false", "disabled")
	if want, got := "/api/v1/users/"+id, r.header.Get("Location"); want != got {
		t.Errorf("want Location %q, got %q", want, got)
	}
	for _, never := range []string{`"password`, "twelve or more", "argon2id"} {
		if strings.Contains(string(r.raw), never) {
			t.Errorf("the answer holds %s", never)
		}
	}
	s.json(s.administrator, "POST", "/users", body).refused(http.StatusConflict, "email-taken")
	r = s.json(s.administrator, "PATCH", "/users/"+id, `{"surname":"Petrović","role":"administrator"}`).want(http.StatusOK)
	r.is("Mina", "forename")
	r.is("Petrović", "surname")
	r.is("administrator", "role")
	s.json(s.administrator, "PATCH", "/users/"+id, `{"email":"other@example.org"}`).
		refused(http.StatusUnprocessableEntity, "invalid-input")
	// An administrator's account is disabled by two.
	s.json(s.administrator, "PATCH", "/users/"+id, `{"disabled":true}`).want(http.StatusAccepted).is("user-disabled", "approval", "act")
	r = s.get(s.administrator, "/users/"+id).want(http.StatusOK)
	r.is("false", "disabled")
	other := s.json(s.administrator, "POST", "/users", strings.Replace(body, "@", ".other@", 1)).want(http.StatusCreated).str("id")
	s.json(s.administrator, "PATCH", "/users/"+other, `{"disabled":true}`).want(http.StatusOK).is("true", "disabled")
	r = s.get(s.administrator, "/users/"+other).want(http.StatusOK)
	r.is("true", "disabled")
	r.is("false", "must_change_password")
	r.is("false", "second_factor")
	for _, none := range []string{"999", "0", "-1", "x", "99999999999999999999"} {
		s.get(s.administrator, "/users/"+none).refused(http.StatusNotFound, "unknown-user")
	}
}

func TestLists_ShowEveryItemOnce(t *testing.T) {
	s := newEnv(t)
	for i := range 7 {
		s.json(s.administrator, "POST", "/participants", fmt.Sprintf(`{"name":"List %d","kind":"party"}`, i)).want(http.StatusCreated)
	}
	seen, pages := map[string]bool{}, 0
	for cursor, more := "", true; more; more = cursor != "" {
		r := s.get(s.administrator, "/participants?limit=3&cursor="+cursor).want(http.StatusOK)
		for _, item := range r.at("items").([]any) {
			id := fmt.Sprint(item.(map[string]any)["id"])
			if seen[id] {
				t.Errorf("participant %s is shown twice", id)
			}
			seen[id] = true
		}
		pages++
		cursor = r.str("next")
	}
	if len(seen) != 7 || pages != 3 {
		t.Errorf("want 7 participants on 3 pages, got %d on %d", len(seen), pages)
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=4711"} {
		s.get(s.administrator, "/participants?"+query).refused(http.StatusUnprocessableEntity, "invalid-input")
	}
}

func TestParticipants(t *testing.T) {
	s := newEnv(t)
	r := s.json(s.administrator, "POST", "/participants", `{"name":"Green List","kind":"party","short_name":"GL","color":"#1A7F37"}`).want(http.StatusCreated)
	r.is("#1a7f37", "color")
	path := "/participants/" + r.str("id")
	r = s.json(s.administrator, "PATCH", path, `{"short_name":null}`).want(http.StatusOK)
	r.is("Green List", "name")
	r.is("#1a7f37", "color")
	if _, there := r.body["short_name"]; there {
		t.Errorf("want no short name, got %s", r.raw)
	}
	s.get(s.administrator, path).want(http.StatusOK).is("party", "kind")
}
