package web_test

import (
	"net/http"
	"strings"
	"testing"

	"urna/assets"
)

func TestAssets_ServedForAYear(t *testing.T) {
	v := newSite(t).visitor(t)
	for _, name := range []string{"urna.css", "urna.js"} {
		answer := v.send(t, http.MethodGet, assets.URL(name), "")
		if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") || text(answer) == "" {
			t.Errorf("%s: want the file for a year, got %s, %v", name, answer.Status, answer.Header)
		}
	}
	for _, path := range []string{"/assets/urna.css", "/assets/urna.000000000000.css", "/assets/../assets.go", "/assets/"} {
		if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want 404, got %s", path, answer.Status)
		}
	}
}
