package web_test

import (
	"net/http"
	"strings"
	"testing"

	"urna/elections"
	"urna/web/api"
)

// everywhere are the routes whose answers scripts of other origins may read.
var everywhere = map[string]bool{
	api.Base + "/openapi.json": true, api.Base + "/elections": true, api.Base + "/elections/:id": true,
	api.Base + "/elections/:id/results": true, api.Base + "/elections/:id/results.csv": true,
	api.Base + "/elections/:id/constituencies.csv": true, api.Base + "/elections/:id/bundle.zip": true,
	api.Base + "/elections/:id/turnout": true, api.Base + "/elections/:id/turnout.csv": true,
	api.Base + "/elections/:id/stations": true, api.Base + "/elections/:id/stations.csv": true,
	api.Base + "/elections/:id/lots": true, api.Base + "/elections/:id/lot-seed": true, api.Base + "/log": true,
	"/elections/:election/results.cdf.json": true, "/elections/:election/datapackage.json": true, "/elections/:election/feed.atom": true,
	"/elections/:election/results.csv": true, "/elections/:election/constituencies.csv": true, "/elections/:election/stations.csv": true,
	"/elections/:election/turnout.csv":     true,
	api.Base + "/elections/:id/amendments": true, api.Base + "/elections/:id/corrections": true, api.Base + "/elections/:id/map": true,
}

// TestOrigins_PublicAnswersAloneAreForAll walks every route from another origin, without a sign-in, with one, and
// with a token that is none.
func TestOrigins_PublicAnswersAloneAreForAll(t *testing.T) {
	s := newSite(t)
	seen := map[string]bool{}
	spoilt := s.visitor(t)
	spoilt.bearer = "no.token.at-all"
	for who, v := range map[string]*visitor{
		"anonymous": s.visitor(t), "administrator": s.become(t, "administrator"), "official": s.become(t, "official"), "spoilt token": spoilt,
	} {
		for _, route := range s.server.Routes() {
			if strings.HasSuffix(route.Path, "/live") || route.Path == "/logout" || route.Method == http.MethodDelete ||
				strings.Contains(route.Path, "/sessions/end-others") {
				continue // the feed has a test of its own, and a sign-out ends the caller
			}
			answer := v.send(t, route.Method, s.address(route.Path), "", "Origin", "https://paper.example", "Sec-Fetch-Site", "cross-site")
			allowed, resources := answer.Header.Get("Access-Control-Allow-Origin"), answer.Header.Get("Cross-Origin-Resource-Policy")
			reading := route.Method == http.MethodGet || route.Method == http.MethodHead
			noToken := who == "spoilt token" && !strings.HasPrefix(route.Path, api.Base) // it is sent to the API alone
			if (who == "anonymous" || noToken) && everywhere[route.Path] && reading {
				seen[route.Path] = true
				if allowed != "*" || resources == "same-origin" || !strings.Contains(answer.Header.Get("Access-Control-Expose-Headers"), "ETag") {
					t.Errorf("%s %s: want it for all, got %q, %q", route.Method, route.Path, allowed, resources)
				}
			} else if preflight := route.Method == http.MethodOptions && everywhere[route.Path]; !preflight && allowed != "" ||
				reading && resources != "same-origin" {
				t.Errorf("%s %s as %s: want it for this origin alone, got %q, %q", route.Method, route.Path, who, allowed, resources)
			}
			if answer.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s as %s: want no credentials", route.Method, route.Path, who)
			}
		}
	}
	if len(seen) != len(everywhere) {
		t.Errorf("want every public route seen, got %v", seen)
	}
	feed := s.visitor(t).send(t, http.MethodHead, "/elections/"+id(s.election.ID)+"/live", "", "Origin", "https://paper.example")
	if feed.StatusCode != http.StatusOK || feed.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("want the feed for this origin alone, got %v", feed.Header)
	}
}

// TestOrigins_RefusalsCanBeRead asks for what there is not, from another origin.
func TestOrigins_RefusalsCanBeRead(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) { d.PublicView = elections.TurnoutOnly })
	for path, want := range map[string]int{"/elections/4711": http.StatusNotFound, "/elections/" + id(p.election.ID) + "/results": http.StatusForbidden} {
		answer := s.visitor(t).send(t, http.MethodGet, api.Base+path, "", "Origin", "https://paper.example")
		if answer.StatusCode != want || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: want %d for all, got %s, %v", path, want, answer.Status, answer.Header)
		}
	}
}

// TestOrigins_PreflightOfPublicReadsAlone asks as browsers do before a request with a header of its own.
func TestOrigins_PreflightOfPublicReadsAlone(t *testing.T) {
	s := newSite(t)
	preflight := func(path, method, headers string) *http.Response {
		return s.visitor(t).send(t, http.MethodOptions, path, "", "Origin", "https://paper.example", "Sec-Fetch-Site", "cross-site",
			"Access-Control-Request-Method", method, "Access-Control-Request-Headers", headers)
	}
	for route := range everywhere {
		answer := preflight(s.address(route), http.MethodGet, "if-none-match")
		allowed := strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers"))
		if answer.StatusCode != http.StatusNoContent || answer.Header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(allowed, "if-none-match") || strings.Contains(allowed, "authorization") || strings.Contains(allowed, "*") ||
			answer.Header.Get("Access-Control-Allow-Methods") != "GET, HEAD" {
			t.Errorf("%s: want reading allowed and nothing else, got %s, %v", route, answer.Status, answer.Header)
		}
	}
	for _, path := range []string{api.Base + "/me", api.Base + "/users", api.Base + "/tokens", "/", "/vote", "/elections/1", "/elections/1/live", "/healthz"} {
		if answer := preflight(path, http.MethodGet, "authorization"); answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: want nothing allowed, got %s, %v", path, answer.Status, answer.Header)
		}
	}
}
