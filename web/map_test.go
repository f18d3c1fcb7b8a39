package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/audit"
)

// spainMap is a GeoJSON file with a triangle for each constituency but the last one, and one that belongs to none.
func spainMap(e *elections.Election) string {
	var features []string
	for i, c := range e.Constituencies[:len(e.Constituencies)-1] {
		x, y := float64(i%8), float64(i/8)
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"name":%q},"geometry":{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}`,
			c.Name, x, y, x+1, y, x+1, y+1, x, y+1, x, y))
	}
	features = append(features, `{"type":"Feature","properties":{"name":"<script>alert(1)</script>"},"geometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}}`)
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",\n") + `]}`
}

// mapped sends the form of the map.
func (v *visitor) mapped(t *testing.T, electionID int64, file string, values url.Values) *http.Response {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name := range values {
		if err := form.WriteField(name, values.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := form.CreateFormFile("file", "map.geojson")
		if err == nil {
			_, err = part.Write([]byte(file))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, "/admin/elections/"+id(electionID)+"/map", body.String(), "Content-Type", form.FormDataContentType())
}

// drawnIn returns the map in a preview, as the form has it.
func drawnIn(page string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(betweenOf(page, `name="drawn" value="`, `"`))
}

// acts counts the events of an action.
func (s *site) acts(t *testing.T, action string) (n int) {
	t.Helper()
	events, err := audit.NewReader(s.DB.Pool()).Events(t.Context(), audit.Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Action == action {
			n++
		}
	}
	return n
}

// firstFrame returns the first event of a feed, however long its lines are.
func (s *site) firstFrame(t *testing.T, path string) (frame string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	for lines := bufio.NewReader(answer.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil || line == "\n" {
			return frame
		}
		frame += line
	}
}

// TestMap_FromPreviewToThePublicPage previews a file, stores its map, looks at the public page and removes the map again.
func TestMap_FromPreviewToThePublicPage(t *testing.T) {
	s := newMultilingualSite(t)
	ada := s.signedIn(t, "administrator")
	e := s.spain(t)
	v := s.visitor(t)
	changes := func() int { return s.acts(t, "map-changed") }
	preview := text(ada.mapped(t, e.ID, spainMap(e), url.Values{"action": {"preview"}, "source": {"Map <office>"}}))
	last := e.Constituencies[len(e.Constituencies)-1].Name
	for _, want := range []string{"51 of 52 constituencies were found by the property “name”", `data-testid="map-missing"`, `data-testid="map-unknown"`, last, "&lt;script&gt;alert(1)"} {
		if !strings.Contains(preview, want) {
			t.Errorf("want %q in the preview, got %s", want, betweenOf(preview, "<main", "<form"))
		}
	}
	if page := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), "")); strings.Contains(page, `data-testid="map"`) || changes() != 0 {
		t.Error("want nothing stored by a preview")
	}
	drawn := drawnIn(preview)
	if answer := ada.mapped(t, e.ID, "", url.Values{"action": {"save"}, "drawn": {drawn}, "source": {"Map <office>"}}); answer.StatusCode != http.StatusSeeOther || changes() != 1 {
		t.Fatalf("want the map stored with an event, got %s: %s", answer.Status, text(answer))
	}
	answer := v.send(t, http.MethodGet, "/elections/"+id(e.ID), "", "Accept-Encoding", "gzip")
	packed := len(text(answer))
	page := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), ""))
	for want, times := range map[string]int{
		`data-testid="map"`: 1, `<path id="outline-`: 51, `href="#outline-`: 51, `data-testid="map-legend"`: 1, "Map: Map &lt;office&gt;": 1,
		`href="/elections/` + id(e.ID) + `/constituencies/` + id(e.Constituencies[0].ID) + `"`: 2, "PSOE: in 30 constituencies": 1,
	} {
		if got := strings.Count(page, want); got != times {
			t.Errorf("want %q %d times on the public page, got %d", want, times, got)
		}
	}
	if strings.Contains(page, "<script>alert") || packed > 60_000 {
		t.Errorf("want no script of the file, and at most 60 kB, got %d bytes", packed)
	}
	if dump := os.Getenv("DUMP_MAP"); dump != "" {
		for _, l := range []string{"en", "sr-Cyrl", "ka"} {
			_ = os.WriteFile(dump+"/map-"+l+".html", []byte(text(v.send(t, http.MethodGet, "/elections/"+id(e.ID)+"?lang="+l, ""))), 0o600)
		}
		_ = os.WriteFile(dump+"/preview.html", []byte(preview), 0o600)
		_ = os.WriteFile(dump+"/stored.html", []byte(ada.get(t, "/admin/elections/"+id(e.ID)+"/map")), 0o600)
		_ = os.WriteFile(dump+"/urna.css", []byte(text(v.send(t, http.MethodGet, betweenOf(page, `rel="stylesheet" href="`, `"`), ""))), 0o600)
	}
	table := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID)+"/constituencies", ""))
	for want, times := range map[string]int{`data-testid="map"`: 1, `<path id="outline-`: 51, `href="#outline-`: 51, "PSOE: in 30 constituencies": 1} {
		if got := strings.Count(table, want); got != times {
			t.Errorf("want %q %d times beside the table of constituencies, got %d", want, times, got)
		}
	}
	if found := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID)+"/constituencies?q=a", "")); strings.Contains(found, "outline-") {
		t.Error("want no map of all constituencies beside those that a search found")
	}
	feed := s.firstFrame(t, "/elections/"+id(e.ID)+"/live")
	if !strings.Contains(feed, `href="#outline-`) || strings.Contains(feed, `<path id="outline-`) {
		t.Error("want the map in the feed without its outlines, which the page has")
	}
	if answer := ada.mapped(t, e.ID, "", url.Values{"action": {"save"}, "drawn": {drawn}, "source": {"Map <office>"}}); answer.StatusCode != http.StatusSeeOther || changes() != 1 {
		t.Error("want no second event for the same map")
	}
	ada.post(t, "/admin/elections/"+id(e.ID)+"/map/removal", nil)
	if page := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), "")); strings.Contains(page, "outline-") {
		t.Error("want no map on the public page after its removal")
	}
	if s.acts(t, "map-removed") != 1 {
		t.Error("want the removal in the log")
	}
}

// TestMap_RefusesAtItsField: each refusal is at the field of the file, and the typed texts stay.
func TestMap_RefusesAtItsField(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	for name, c := range map[string]struct {
		file  string
		form  url.Values
		field string
	}{
		"no file":             {"", url.Values{"action": {"preview"}, "source": {"Kept"}}, "file"},
		"a page":              {"<html onload='x'/>", url.Values{"action": {"preview"}, "source": {"Kept"}}, "file"},
		"a changed preview":   {"", url.Values{"action": {"save"}, "drawn": {`{"width":5000}`}, "source": {"Kept"}}, "file"},
		"a source of 2 lines": {"", url.Values{"action": {"save"}, "drawn": {`{"width":10,"height":5,"outlines":[{"constituency_id":1,"name":"a","rings":[[0,0,1,0,1,1]]}]}`}, "source": {"Kept\nand"}}, "source"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ada.mapped(t, s.election.ID, c.file, c.form)
			page := text(answer)
			if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "field-error-"+c.field) || !strings.Contains(page, "Kept") {
				t.Errorf("want a problem of %s, got %s: %s", c.field, answer.Status, page)
			}
		})
	}
}

// TestMap_NamesNoLeaderUnderTheEmbargo: while counts may not be shown, the map leads to the constituencies and colours none.
func TestMap_NamesNoLeaderUnderTheEmbargo(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	for view, shown := range map[elections.PublicView]bool{elections.TurnoutOnly: false, elections.RunningCount: true} {
		e, _ := s.embargo(t, view, 0)
		file := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nr":1},"geometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}}]}`
		drawn := drawnIn(text(ada.mapped(t, e.ID, file, url.Values{"action": {"preview"}})))
		if answer := ada.mapped(t, e.ID, "", url.Values{"action": {"save"}, "drawn": {drawn}}); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("want the map stored, got %s", answer.Status)
		}
		page := text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID), ""))
		if !strings.Contains(page, `href="#outline-`) || strings.Contains(page, `data-testid="map-legend"`) != shown || strings.Contains(page, `url(#leads-1)`) != shown {
			t.Errorf("%s: want a map with leaders: %t", view, shown)
		}
	}
}
