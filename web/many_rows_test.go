package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/visits"
)

// wholeTables are the routes that hand out a whole table, have the figures of an election with each batch, read the events that are
// new to the log's tree, or look for the few events of one election among all.
var wholeTables = []string{
	"/admin/audit.csv", "/admin/audit.jsonl", "/log", "/log/checkpoint", "/api/v1/log", "/elections/:election/bundle.zip", "/admin/elections/:election/bundle.zip",
	"/api/v1/elections/:id/bundle.zip", "/api/v1/elections/:id/bundle-full.zip",
	"/api/v1/elections/:id/certification", "/admin/elections/:election/history", "/admin/elections/:election/keys",
}

// TestRoutes_WalkThroughNoTable asks for all pages and lists while there are few batches, events and voters, and again while there
// are 10,000 batches of an open election, 10,000 voters and 100,000 events more. None visits as many rows more as half of the batches.
func TestRoutes_WalkThroughNoTable(t *testing.T) {
	const few, many, most = 300, 10_000, 5_000
	s := newSite(t)
	withStations, stations := s.withStations(t)
	open := s.newPoll(t, 0, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Batches} }).election
	p := s.newPoll(t, 12, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Online, elections.Batches} })
	if answer := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(0, "1")); answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	s.run(t, fmt.Sprintf(`UPDATE elections SET ends_at = starts_at + 1 WHERE id = %d`, p.election.ID))
	s.closed(t, p.election)
	readers := map[string]*visitor{}
	for _, who := range []string{"official", "observer", "administrator"} {
		readers[who] = s.become(t, who)
	}
	ask := func() map[string]visits.Count {
		visited := map[string]visits.Count{}
		for _, of := range []*elections.Election{open, withStations, p.election} {
			for _, route := range s.server.Routes() {
				if route.Method != http.MethodGet || strings.HasSuffix(route.Path, "/live") || slices.Contains(wholeTables, route.Path) {
					continue
				}
				address := s.address(strings.NewReplacer(
					":election", id(of.ID), "/elections/:id", "/elections/"+id(of.ID), ":constituency", id(of.Constituencies[0].ID), ":station", id(stations[0].ID),
				).Replace(route.Path))
				for who, v := range readers {
					if _, asked := visited[address+" as "+who]; asked {
						continue
					}
					visited[address+" as "+who] = visits.Of(t, s.DB, func() { v.send(t, http.MethodGet, address, "") })
				}
			}
		}
		return visited
	}
	s.addRows(t, open, p.election, few, few)
	before := ask()
	s.addRows(t, open, p.election, many, 10*many)
	for address, after := range ask() {
		if more := after.Sum - before[address].Sum; more > most {
			t.Errorf("%s: want no table walked through, got %d rows or steps more, %s", address, more, after.Most())
		}
	}
}

// run executes a statement past the services.
func (s *site) run(t *testing.T, statement string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// addRows adds counted batches and events of an election, and voters of another one.
func (s *site) addRows(t *testing.T, of, poll *elections.Election, batches, events int) {
	t.Helper()
	rows := func(n int) string {
		return fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, n)
	}
	s.run(t, rows(batches)+fmt.Sprintf(`INSERT INTO batches (election_id, constituency_id, official_id, official_name, file_name,
			spool_file, sha256, bytes, lines, state, accepted_at, counted_at)
		SELECT %d, %d, 1000 + i %% 200, 'Olga', 'a.csv', hex(randomblob(16)), randomblob(32), 0, 0, 'counted', i, i FROM n`,
		of.ID, of.Constituencies[0].ID))
	s.run(t, rows(events)+fmt.Sprintf(`INSERT INTO audit_events (id, at, actor_id, actor_name, actor_from, action, subject, detail, hash)
		SELECT (SELECT max(id) FROM audit_events) + i, i, %d, 'Ada', 'test', 'election-changed', '%s', '{}', hex(randomblob(32)) FROM n`,
		s.users["administrator"].ID, elections.Subject(of.ID)))
	s.run(t, rows(batches)+fmt.Sprintf(`INSERT INTO keyed_voters (voter, pair, roll_id)
		SELECT randomblob(16), randomblob(16), (SELECT min(id) FROM voter_rolls WHERE election_id = %d) FROM n`, poll.ID))
	if databasetest.OnPostgres() { // as its autovacuum does
		s.run(t, `ANALYZE`)
		s.run(t, `SELECT pg_stat_force_next_flush()`) // else what this looked up would count for a page
	}
}
