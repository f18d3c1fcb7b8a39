package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"urna/web/api"
)

// access says who gets past a route's line, beside what the route itself may still refuse. Everybody
// may where it is empty.
var access = map[string]string{
	"GET /assets/:file": "", "HEAD /assets/:file": "", "GET /healthz": "", "GET /readyz": "",
	"GET /": "", "GET /elections/:election": "", "GET /elections/:election/live": "",
	"GET /login": "", "POST /login": "", "POST /logout": "administrator official",

	"GET /admin":                            "administrator",
	"GET /admin/participants":               "administrator",
	"POST /admin/participants":              "administrator",
	"GET /admin/participants/new":           "administrator",
	"GET /admin/participants/:participant":  "administrator",
	"POST /admin/participants/:participant": "administrator",
	"GET /admin/elections":                  "administrator",
	"POST /admin/elections":                 "administrator",
	"GET /admin/elections/new":              "administrator",
	"GET /admin/elections/:election":        "administrator",
	"POST /admin/elections/:election":       "administrator",
	"GET /admin/elections/:election/edit":   "administrator",
	"GET /admin/users":                      "administrator",
	"POST /admin/users":                     "administrator",
	"GET /admin/users/new":                  "administrator",
	"POST /admin/users/:user/disable":       "administrator",
	"POST /admin/users/:user/enable":        "administrator",
	"GET /admin/batches":                    "administrator",

	"GET /official":                              "official",
	"GET /official/elections/:election":          "official",
	"POST /official/elections/:election/batches": "official",
	"GET /official/uploads/:upload":              "official",
	"POST /official/uploads/:upload/confirm":     "official",
	"POST /official/uploads/:upload/discard":     "official",

	"GET /batches/:batch":          "administrator official",
	"GET /batches/:batch/progress": "administrator official",

	"GET /api/v1/openapi.json":              "",
	"GET /api/v1/docs":                      "",
	"POST /api/v1/tokens":                   "",
	"POST /api/v1/tokens/refresh":           "",
	"DELETE /api/v1/tokens":                 "administrator official",
	"GET /api/v1/me":                        "administrator official",
	"GET /api/v1/users":                     "administrator",
	"POST /api/v1/users":                    "administrator",
	"GET /api/v1/users/:id":                 "administrator",
	"PATCH /api/v1/users/:id":               "administrator",
	"GET /api/v1/participants":              "administrator",
	"POST /api/v1/participants":             "administrator",
	"GET /api/v1/participants/:id":          "administrator",
	"PATCH /api/v1/participants/:id":        "administrator",
	"GET /api/v1/elections":                 "",
	"POST /api/v1/elections":                "administrator",
	"GET /api/v1/elections/:id":             "",
	"PATCH /api/v1/elections/:id":           "administrator",
	"GET /api/v1/elections/:id/results":     "",
	"GET /api/v1/elections/:id/results.csv": "",
	"GET /api/v1/elections/:id/batches":     "administrator official",
	"POST /api/v1/elections/:id/batches":    "official",
	"GET /api/v1/batches/:id":               "administrator official",
	"GET /api/v1/batches/:id/invalid":       "administrator official",
}

// TestAccess_EveryRouteForEveryRole walks the router's own routes. A route that is not in the table
// fails, and so does a line that no route has.
func TestAccess_EveryRouteForEveryRole(t *testing.T) {
	s := newSite(t)
	routes := map[string]bool{}
	for _, route := range s.server.router().Routes() {
		name := route.Method + " " + route.Path
		routes[name] = true
		allowed, known := access[name]
		if !known {
			t.Errorf("the route %s is not in the table", name)
			continue
		}
		if strings.HasSuffix(name, "/live") {
			continue // open to everybody and endless; it has a test of its own
		}
		for _, who := range []string{"nobody", "administrator", "official"} {
			v := s.visitor(t)
			if who != "nobody" {
				v = s.signedIn(t, who)
			}
			status := v.send(t, route.Method, s.address(route.Path), "").StatusCode
			may := allowed == "" || slices.Contains(strings.Fields(allowed), who)
			if refused := refuses(route.Path, who, status); refused == may {
				t.Errorf("%s as %s: want allowed %v, got %d", name, who, may, status)
			}
		}
	}
	for name := range access {
		if !routes[name] {
			t.Errorf("the table names %s, which is no route", name)
		}
	}
}

// refuses reports whether a status is the refusal of a route's own line.
func refuses(path, who string, status int) bool {
	if who != "nobody" {
		return status == http.StatusForbidden
	}
	if strings.HasPrefix(path, api.Base) {
		return status == http.StatusUnauthorized
	}
	return status == http.StatusSeeOther
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// address fills in things that exist, so that a refusal is about the role.
func (s *site) address(path string) string {
	return strings.NewReplacer(
		":election", id(s.election.ID), ":batch", id(s.batch.ID), ":user", id(s.users["second administrator"].ID),
		":participant", "1", ":upload", "1", ":id", "1", ":file", "urna.css",
	).Replace(path)
}

func TestAccess_OfficialsSeeTheirOwnBatchesOnly(t *testing.T) {
	s := newSite(t)
	for who, want := range map[string]int{
		"official": http.StatusOK, "administrator": http.StatusOK, "other official": http.StatusNotFound,
	} {
		v := s.signedIn(t, who)
		for _, path := range []string{"/batches/%d", "/batches/%d/progress", "/api/v1/batches/%d", "/api/v1/batches/%d/invalid"} {
			if answer := v.send(t, http.MethodGet, fmt.Sprintf(path, s.batch.ID), ""); answer.StatusCode != want {
				t.Errorf("%s as %s: want %d, got %s", path, who, want, answer.Status)
			}
		}
	}
	answer := text(s.signedIn(t, "other official").send(t, http.MethodGet, "/api/v1/elections/1/batches", ""))
	if !strings.Contains(answer, `"items":[]`) {
		t.Errorf("want an empty list, got %s", answer)
	}
}

// TestOpenAPI_DescribesEveryRoute compares the description with the router.
func TestOpenAPI_DescribesEveryRoute(t *testing.T) {
	s := newSite(t)
	served := map[string][]string{}
	for _, route := range s.server.router().Routes() {
		if strings.HasPrefix(route.Path, api.Base) {
			served[route.Path] = append(served[route.Path], route.Method)
		}
	}
	described := api.Described()
	for path, methods := range served {
		slices.Sort(methods)
		got := slices.Sorted(slices.Values(described[path]))
		if !slices.Equal(methods, got) {
			t.Errorf("%s: served %v, described %v", path, methods, got)
		}
	}
	for path := range described {
		if served[path] == nil {
			t.Errorf("%s is described and not served", path)
		}
	}
}
