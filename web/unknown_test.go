package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestRoutes_UnknownIDs asks each address for what does not exist, as each role: none may fail because of that.
func TestRoutes_UnknownIDs(t *testing.T) {
	s := newSite(t)
	parameter := regexp.MustCompile(`[:*][a-z_]+`)
	roles := map[string]*visitor{"the public": s.visitor(t)}
	for _, role := range []string{"administrator", "official", "observer"} {
		roles[role] = s.signedIn(t, role)
	}
	asked := 0
	for _, route := range s.server.Routes() {
		if !parameter.MatchString(route.Path) {
			continue
		}
		for _, value := range []string{"999999", "0", "-1", "x"} {
			path := parameter.ReplaceAllString(route.Path, value)
			for role, v := range roles {
				asked++
				answer := v.send(t, route.Method, path, "", "Content-Type", "application/x-www-form-urlencoded")
				if body := text(answer); answer.StatusCode >= http.StatusInternalServerError {
					t.Errorf("%s %s %s: %s: %s", role, route.Method, path, answer.Status, strings.TrimSpace(body[:min(len(body), 200)]))
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("want all routes asked, got %d requests", asked)
	}
}
