package web_test

import (
	"strings"
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/postgres"
)

// TestLogCopies_NamedWhileVotingAndAfterTheClose holds an election on a PostgreSQL whose own log shows the values of refused rows.
// Administrators read it on their pages and on the election's page of voter keys, everybody at /readyz; after the close it is on
// the page of voter keys and in the audit log.
func TestLogCopies_NamedWhileVotingAndAfterTheClose(t *testing.T) {
	postgres.Need(t)
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.Database = databasetest.AddressOf(t, t.TempDir()) })
	p := s.newPoll(t, 1, nil)
	v := s.signedIn(t, "administrator")
	keys := "/admin/elections/" + id(p.election.ID) + "/keys"
	const serverLog = "the server&#39;s own log, which shows the values of refused rows (log_error_verbosity)"
	wants := func(path string, texts ...string) {
		t.Helper()
		page := text(v.send(t, "GET", path, ""))
		for _, want := range texts {
			if !strings.Contains(page, want) {
				t.Errorf("%s: want %q, got\n%s", path, want, page)
			}
		}
	}
	wants("/admin", "People vote online in election "+id(p.election.ID)+", and the close cannot reach all copies of PostgreSQL&#39;s log of changes", serverLog)
	wants(keys, `data-testid="log-copies">The close cannot reach these copies of PostgreSQL&#39;s log of changes: `+serverLog)
	wants("/readyz", "log-copies: People vote online in election "+id(p.election.ID)+", and the close cannot reach all copies of PostgreSQL's log of changes")

	s.Clock.Move(3 * time.Hour)
	s.shows(t, v, keys, `data-testid="log-copies">The close of voting could not reach these copies`)
	wants(keys, serverLog+". Destroy them.")
	wants("/admin/audit", "Copies of the log of changes that the close could not reach")
	if said := s.readyz(t); strings.Contains(said, "log-copies") {
		t.Errorf("want no warning after the close, got %s", said)
	}
}
