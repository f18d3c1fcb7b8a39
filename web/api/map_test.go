package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestMap_IsReadTriedStoredAndRemoved gives an election a map as GeoJSON and as SVG, tries another one, and removes it.
func TestMap_IsReadTriedStoredAndRemoved(t *testing.T) {
	s := newEnv(t)
	path := s.voting(1) + "/map"
	s.get("", path).refused(http.StatusNotFound, "no-map")
	const geojson = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"no":1},"geometry":{"type":"Polygon","coordinates":[[[20,44],[21,44],[21,45],[20,44]]]}},
		{"type":"Feature","properties":{"no":99},"geometry":{"type":"Polygon","coordinates":[[[21,44],[22,44],[22,45],[21,44]]]}},{"type":"Feature","properties":{"no":7},"geometry":null}]}`
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script><path id="x" data-no="1" d="M0 0h9v9z"/></svg>`
	put := func(query, kind, file string) *reply {
		return s.send(s.administrator, "PUT", path+query, kind, strings.NewReader(file))
	}

	tried := put("?dry_run=true", "application/geo+json", geojson).want(http.StatusOK)
	tried.is("no", "property")
	tried.is("true", "by_number")
	tried.is("99", "unknown", 0)
	tried.is("7", "without_area", 0)
	s.get("", path).want(http.StatusNotFound)

	put("?source=Survey%20office", "application/geo+json", geojson).want(http.StatusOK).is("Survey office", "map", "source")
	s.get("", path).want(http.StatusOK).is("Survey office", "source")
	put("?property=data-no", "image/svg+xml", svg).want(http.StatusOK).is("data-no", "property")
	stored := s.get("", path).want(http.StatusOK)
	stored.is("M0 0l1000 0 0 1000z", "outlines", 0, "path")
	if strings.Contains(string(stored.raw), "script") {
		t.Errorf("want numbers of the drawing alone, got %s", stored.raw)
	}
	for query, c := range map[string]struct{ file, field string }{
		"":                 {"{}", "map"},
		"?property=name":   {geojson, "map"},
		"?dry_run=perhaps": {geojson, "dry_run"},
		"?source=a%0Ab":    {geojson, "source"},
	} {
		if r := put(query, "application/geo+json", c.file).want(http.StatusUnprocessableEntity); !strings.Contains(string(r.raw), `"field":"`+c.field+`"`) {
			t.Errorf("%s: want a problem of %s, got %s", query, c.field, r.raw)
		}
	}
	put("", "application/geo+json", strings.Repeat(" ", 20_000_001)).want(http.StatusRequestEntityTooLarge)
	put("?save=1", "application/geo+json", geojson).want(http.StatusUnprocessableEntity)
	s.send(s.first, "PUT", path, "image/svg+xml", strings.NewReader(svg)).want(http.StatusForbidden)
	s.send(s.administrator, "DELETE", path, "", nil).want(http.StatusNoContent)
	s.send(s.administrator, "DELETE", path, "", nil).refused(http.StatusNotFound, "no-map")
	s.get("", path).want(http.StatusNotFound)
	if n := strings.Count(string(s.get(s.administrator, "/audit-events?action=map-changed").raw), `"action":"map-changed"`); n != 2 {
		t.Errorf("want an event for each stored map and none for a try, got %d", n)
	}
}
