package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/web/api"
)

// logged holds the server's log, for a test that reads it.
type logged struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// TestCertified_OtherFiguresAreNeverShownAsCertified moves votes of a certified election in the tables, beside the
// running server, and reads every page and file that showed them as certified before.
func TestCertified_OtherFiguresAreNeverShownAsCertified(t *testing.T) {
	before, log := slog.Default(), &logged{}
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	s := newSiteAt(t, &clock.Clock{})
	e := s.ended(t, elections.Parliamentary, []string{"Red", "Blue"}, nil)
	s.count(t, e, 0, 30, 20)
	s.certify(t, e)
	page, base := "/elections/"+id(e.ID), api.Base+"/elections/"+id(e.ID)
	v, admin := s.visitor(t), s.signedIn(t, "administrator")
	for path, want := range map[string]string{
		page: "figures-altered", base + "/results": `"figures_altered":true`, base + "/results.csv": ",true,", base + "/constituencies.csv": ",true,",
		page + "/live": "figures-altered",
	} {
		if got := altered(t, s, v, path); strings.Contains(got, want) || strings.Contains(got, "role=\"alert\"") {
			t.Errorf("%s: want the certified figures as such, got %s", path, got)
		}
	}
	if answer := v.send(t, http.MethodGet, page+"/bundle.zip", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want the bundle, got %s", answer.Status)
	}
	if strings.Contains(log.String(), "certified") {
		t.Errorf("want nothing logged, got %s", log)
	}

	db, err := databasetest.OpenFile(t.Context(), filepath.Join(s.Path, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `DROP TRIGGER certified_constituency_tallies_update;
			UPDATE constituency_tallies SET votes = 50 - votes`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond) // longer than an answer from memory may be old
	s.Results.Changed(e.ID)             // for the live feed, which otherwise compares at its next heartbeat
	time.Sleep(300 * time.Millisecond)

	for path, want := range map[string]string{
		page:                         `role="alert" data-testid="figures-altered"`,
		page + "/live":               `role="alert" data-testid="figures-altered"`,
		base + "/results":            `"figures_altered":true`,
		base + "/results.csv":        ",true,",
		base + "/constituencies.csv": ",true,",
		base + "/bundle.zip":         "figures-altered",
		page + "/bundle.zip":         "not those that were certified",
	} {
		if got := altered(t, s, v, path); !strings.Contains(got, want) || strings.Contains(got, "\n\t\t\tCertified") {
			t.Errorf("%s: want %q, got %s", path, want, got)
		}
	}
	for path, want := range map[string]string{
		base + "/certification":            `"figures_altered":true`,
		"/admin" + page + "/certification": "figures-altered",
		"/admin" + page + "/bundle.zip":    "not those that were certified",
	} {
		if got := text(admin.send(t, http.MethodGet, path, "")); !strings.Contains(got, want) {
			t.Errorf("%s: want %q, got %s", path, want, got)
		}
	}
	if answer := v.send(t, http.MethodGet, "/readyz", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want the server ready, got %s", answer.Status)
	}
	if want := "level=ERROR msg=\"the figures of a certified election are not those that were certified"; !strings.Contains(log.String(), want) {
		t.Errorf("want %q logged, got %s", want, log)
	}
	found, err := s.Results.CheckCertified(t.Context())
	if err != nil || len(found) != 1 || found[0] != e.ID {
		t.Errorf("want the check of the start to find the election, got %v, %v", found, err)
	}
}

// altered returns the body of an answer; of a live feed, its first event.
func altered(t *testing.T, s *site, v *visitor, path string) string {
	t.Helper()
	if strings.HasSuffix(path, "/live") {
		return s.firstEvent(t, http.DefaultClient, s.address(path))
	}
	return text(v.send(t, http.MethodGet, path, ""))
}
