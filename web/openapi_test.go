package web_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"urna/web/api"
)

// TestOpenAPI_DescribesEveryRoute compares the description with the router.
func TestOpenAPI_DescribesEveryRoute(t *testing.T) {
	s := newSite(t)
	served := map[string][]string{}
	for _, route := range s.server.Routes() {
		if strings.HasPrefix(route.Path, api.Base) {
			served[route.Path] = append(served[route.Path], route.Method)
		}
	}
	described := api.Described()
	maps.DeleteFunc(described, func(path string, _ []string) bool { return !strings.HasPrefix(path, api.Base) })
	for path, methods := range described {
		if slices.Contains(methods, http.MethodGet) { // of HEAD and OPTIONS the description speaks once for all
			described[path] = append(methods, http.MethodHead)
		}
		if everywhere[path] {
			described[path] = append(described[path], http.MethodOptions)
		}
	}
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

// outside are the calls outside of the API's path that programs make, too.
var outside = map[string]string{
	"/vote": http.MethodPost, "/healthz": http.MethodGet, "/readyz": http.MethodGet,
	"/elections/:election/live":        http.MethodGet,
	"/elections/:election/results.csv": http.MethodGet, "/elections/:election/constituencies.csv": http.MethodGet,
	"/elections/:election/stations.csv": http.MethodGet, "/elections/:election/turnout.csv": http.MethodGet,
	"/elections/:election/results.cdf.json": http.MethodGet, "/elections/:election/datapackage.json": http.MethodGet,
	"/elections/:election/feed.atom": http.MethodGet, "/elections/:election/protocol.pdf": http.MethodGet,
}

// TestOpenAPI_DescribesWhatProgramsCallElsewhere compares the description with the routes outside of the API's path:
// what it names is served, every public file is in it, and so are votes, the live feed and the health of the server.
func TestOpenAPI_DescribesWhatProgramsCallElsewhere(t *testing.T) {
	s := newSite(t)
	served := map[string]bool{}
	for _, route := range s.server.Routes() {
		served[route.Method+" "+route.Path] = true
		if everywhere[route.Path] && !strings.HasPrefix(route.Path, api.Base) && outside[route.Path] == "" {
			t.Errorf("%s is for programs, and missing here", route.Path)
		}
	}
	described := api.Described()
	for path, method := range outside {
		if !slices.Equal(described[path], []string{method}) || !served[method+" "+path] {
			t.Errorf("%s %s: want it described and served, got %v", method, path, described[path])
		}
	}
	for path := range described {
		if !strings.HasPrefix(path, api.Base) && outside[path] == "" {
			t.Errorf("%s is described, and unknown here", path)
		}
	}
}
