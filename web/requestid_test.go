package web_test

import (
	"net/http"
	"net/url"
	"testing"
)

// TestRequestID_RefusalsHaveIt: each answer that refuses a request has the number under which the log names it, also a page
// that shows a form again; answers that caches keep have none.
func TestRequestID_RefusalsHaveIt(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	for name, refused := range map[string]*http.Response{
		"a wrong password": v.signIn(t, s.users["official"].Email, "not the password of this account"),
		"no page":          v.send(t, http.MethodGet, "/nothing", ""),
		"no account":       v.send(t, http.MethodGet, "/api/v1/users", ""),
		"a wrong form":     s.signedIn(t, "administrator").post(t, "/admin/users", url.Values{"email": {"no address"}}),
		"a vote":           v.send(t, http.MethodPost, "/vote", `{}`),
	} {
		if id := refused.Header.Get("X-Request-Id"); refused.StatusCode < 400 || len(id) != 32 {
			t.Errorf("%s: want a refusal with a number of 32 digits, got %s with %q", name, refused.Status, id)
		}
	}
	if id := v.send(t, http.MethodGet, "/", "").Header.Get("X-Request-Id"); id != "" {
		t.Errorf("want no number on a page that caches keep, got %q", id)
	}
}
