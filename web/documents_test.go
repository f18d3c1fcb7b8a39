package web_test

import (
	"html"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

var documentLink = regexp.MustCompile(`href="([^"]*\.(?:pdf|zip|json))"`)

// TestDocuments_OffersOnlyWhatIsHandedOut opens every file that the page of documents offers, in each state of an election.
func TestDocuments_OffersOnlyWhatIsHandedOut(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	offered := func(e *elections.Election) (names []string) {
		t.Helper()
		page := v.get(t, "/admin/elections/"+id(e.ID)+"/documents")
		_, page, _ = strings.Cut(page, "<main")
		for _, found := range documentLink.FindAllStringSubmatch(page, -1) {
			path := html.UnescapeString(found[1])
			names = append(names, filepath.Base(path))
			if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusOK {
				t.Errorf("%s of an election that is %s: want it handed out, got %s", path, e.Title, answer.Status)
			}
		}
		slices.Sort(names)
		return names
	}
	want := func(e *elections.Election, title string, names ...string) {
		t.Helper()
		e.Title = title
		if got := offered(e); !slices.Equal(got, names) {
			t.Errorf("%s: want %v, got %v", title, names, got)
		}
	}
	counted := []string{"datapackage.json", "protocol.pdf", "results.cdf.json"}
	want(s.scheduled(t, nil), "scheduled")
	sealed, _ := s.embargo(t, elections.TurnoutOnly, 0)
	want(sealed, "open without a count")
	running, _ := s.embargo(t, elections.RunningCount, 0)
	want(running, "open with a running count", counted...)
	stations, _ := s.withStations(t)
	want(stations, "counting with stations missing", counted...)
	e := s.ended(t, elections.Parliamentary, []string{"Red", "Blue"}, nil)
	want(e, "without a ballot", counted...)
	s.count(t, e, 0, 30, 20)
	s.certify(t, e)
	want(e, "certified", "bundle.zip", "bundle.zip", "datapackage.json", "protocol.pdf", "results.cdf.json")
	s.alter(t, e)
	want(e, "altered after the certification", "datapackage.json", "results.cdf.json")
}

// alter moves votes of a certified election in the tables, beside the server.
func (s *site) alter(t *testing.T, e *elections.Election) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(s.Path, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `DROP TRIGGER certified_constituency_tallies_update;
			UPDATE constituency_tallies SET votes = votes + 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond) // longer than an answer from memory may be old
	s.Results.Changed(e.ID)
}
