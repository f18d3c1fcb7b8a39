package web_test

import (
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
