package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/web"
	"urna/web/api"
)

// keptPaths are the addresses whose answers are kept in the cache, for an election and its first constituency.
func keptPaths(e *elections.Election) []string {
	page, json := "/elections/"+id(e.ID), api.Base+"/elections/"+id(e.ID)
	return []string{
		"/", page, page + "/seats", page + "/seats?constituency=" + id(e.Constituencies[0].ID),
		api.Base + "/elections", json, json + "/results", json + "/results.csv", json + "/constituencies.csv",
	}
}

// kept is what the cache answered, by path.
type kept map[string]string

// look asks the site for all paths that are kept, twice, and another server over the same services, whose cache is
// empty. Every answer must have the same status, headers, entity tag and bytes as the one that is drawn fresh.
func (s *site) look(t *testing.T, what string, e *elections.Election) kept {
	t.Helper()
	fresh := web.NewBare(server.Services(s.App, s.options), server.WebOptions(s.App, s.options))
	defer fresh.EndFeeds()
	all := kept{}
	for _, path := range keptPaths(e) {
		for _, coding := range []string{"gzip", "identity", "gzip"} {
			got := s.visitor(t).send(t, http.MethodGet, path, "", "Accept-Encoding", coding)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			request.Header.Set("Accept-Encoding", coding)
			drawn := httptest.NewRecorder()
			fresh.Handler().ServeHTTP(drawn, request)
			want := drawn.Result()
			body := text(got)
			if got.StatusCode != want.StatusCode || body != drawn.Body.String() {
				t.Errorf("%s: %s with %s: want the fresh answer (%s, %d bytes), got %s, %d bytes", what, path, coding, want.Status, drawn.Body.Len(), got.Status, len(body))
			}
			got.Header.Del("Date")
			if g, w := fmt.Sprint(got.Header), fmt.Sprint(want.Header); g != w && got.StatusCode == http.StatusOK {
				t.Errorf("%s: %s with %s: want the headers of the fresh answer\n%s\ngot\n%s", what, path, coding, w, g)
			}
			if coding == "identity" {
				all[path] = body
			}
		}
	}
	return all
}

// moved wants the answers of some paths changed and returns the new ones.
func (s *site) moved(t *testing.T, what string, e *elections.Election, before kept, paths ...string) kept {
	t.Helper()
	now := s.look(t, what, e)
	for _, path := range paths {
		if now[path] == before[path] {
			t.Errorf("%s: want %s changed, got the same", what, path)
		}
	}
	return now
}

// quiet waits until nothing has changed for longer than points of the count over time are apart. A point is taken beside
// the commit that it tells of, so it can come between an answer and the fresh one.
func (s *site) quiet(t *testing.T) {
	t.Helper()
	for {
		seen, err := s.Results.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond)
		if s.Results.Unchanged(seen) {
			return
		}
	}
}

// TestCache_EveryNewsShows looks at all that is kept around every kind of news. What people do shows at once, ballots
// within a second, and what the clock does at its time.
func TestCache_EveryNewsShows(t *testing.T) {
	c := &clock.Clock{}
	s := newSiteAt(t, c)
	s.closed(t, s.election)
	const voters = 10
	p := s.newPoll(t, voters, func(d *elections.Draft) {
		d.Channels, d.Confirmations = nil, 1
		d.StartsAt, d.EndsAt, d.OpenNow = c.Now().Add(time.Hour), c.Now().Add(2*time.Hour), false
		d.Constituencies[0].RegisteredVoters = 1000
	})
	e, must := p.election, func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	page, json := "/elections/"+id(e.ID), api.Base+"/elections/"+id(e.ID)
	seen := s.look(t, "scheduled", e)

	draft := e.Draft()
	draft.Title = "Corrected"
	_, err := s.Elections.Change(t.Context(), audit.System(), e.ID, draft)
	must(err)
	seen = s.moved(t, "a corrected title", e, seen, "/", page, api.Base+"/elections", json)

	c.Move(time.Hour - time.Second)
	for c.Now().Before(e.StartsAt) {
		time.Sleep(10 * time.Millisecond)
	}
	seen = s.moved(t, "the opening", e, seen, "/", page, json, json+"/results")

	for n := range voters {
		vote := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(n, "1"), "Content-Type", "application/json")
		if vote.StatusCode != http.StatusOK {
			t.Fatalf("want the vote accepted, got %s", vote.Status)
		}
	}
	c.Move(time.Second)
	s.quiet(t)
	seen = s.moved(t, "votes", e, seen, "/", page, json+"/results", json+"/results.csv", json+"/constituencies.csv")

	b, err := s.Batches.Receive(t.Context(), batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: e.ID, ConstituencyID: e.Constituencies[0].ID},
		strings.NewReader("6f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d12,2\n"))
	must(err)
	for b.State != batch.Counted {
		time.Sleep(5 * time.Millisecond)
		b, err = s.Batches.Batch(t.Context(), b.ID)
		must(err)
	}
	c.Move(time.Second)
	s.quiet(t)
	seen = s.moved(t, "a batch", e, seen, "/", page, page+"/seats", json+"/results", json+"/results.csv", json+"/constituencies.csv")

	cast := int64(500)
	_, err = s.Elections.DeclareVotesCast(t.Context(), audit.System(), e.ID, map[int64]*int64{e.Constituencies[0].ID: &cast})
	must(err)
	seen = s.moved(t, "declared votes", e, seen, page, json)

	other, err := databasetest.OpenFile(t.Context(), s.Folder.Path("urna.db"), database.Main)
	must(err)
	must(other.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "UPDATE participants SET name = 'Renamed' WHERE name = 'Twin'")
		return err
	}))
	must(other.Close())
	time.Sleep(600 * time.Millisecond) // longer than commits of other processes need
	c.Move(time.Second)
	seen = s.moved(t, "a command beside the server", e, seen, page, json, json+"/results", json+"/results.csv")

	c.Move(time.Hour)
	s.closed(t, e)
	seen = s.moved(t, "the end", e, seen, "/", page, json, json+"/results")
	_, err = s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), e.ID, "", s.reasons(t, e)...)
	must(err)
	s.moved(t, "the certification", e, seen, "/", page, json, json+"/results", json+"/results.csv")
}

// TestCache_NoEmbargoIsCrossed warms the cache on both sides of an embargo's end, and moves the clock over it and back.
func TestCache_NoEmbargoIsCrossed(t *testing.T) {
	c := &clock.Clock{}
	s := newSiteAt(t, c)
	s.closed(t, s.election) // else its close appends an event between an answer and the fresh one
	e, _ := s.embargo(t, elections.TurnoutOnly, 0)
	pattern := secret(0)
	look := func(what string, shown bool) {
		t.Helper()
		for path, body := range s.look(t, what, e) {
			counts := strings.Contains(path, "results") || strings.HasPrefix(path, "/elections/")
			if found := pattern.FindString(body); (found != "") != (shown && counts) && !strings.HasSuffix(path, "/constituencies.csv") && !strings.Contains(path, "seats") {
				t.Errorf("%s: %s: want counts by participant %v, found %q", what, path, shown, found)
			}
		}
	}
	s.quiet(t)
	look("while voting", false)
	c.Move(e.EndsAt.Sub(c.Now()))
	s.closed(t, e)
	s.quiet(t)
	look("after the end", true)

	// Before the opening there are no counts either. The clock of an election that is not closed can be set back over it.
	coming := s.newPoll(t, 0, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt, d.OpenNow, d.Confirmations = c.Now().Add(time.Hour), c.Now().Add(5*time.Hour), false, 1
	}).election
	s.quiet(t) // a point of the new election's count over time
	figures := api.Base + "/elections/" + id(coming.ID) + "/results"
	for _, step := range []struct {
		what  string
		by    time.Duration
		shown bool
	}{{"before the opening", 0, false}, {"after it", 2 * time.Hour, true}, {"after the clock was set back", -2 * time.Hour, false}} {
		c.Move(step.by)
		seen := s.look(t, step.what, coming)
		if shown := !strings.Contains(seen[figures], "/embargoed"); shown != step.shown {
			t.Errorf("%s: want the count shown %v, got %s", step.what, step.shown, seen[figures])
		}
	}
}

// TestCache_NothingOfASignedInPerson has people who are signed in ask first.
func TestCache_NothingOfASignedInPerson(t *testing.T) {
	s := newSite(t)
	s.closed(t, s.election)
	for _, who := range []string{"administrator", "official"} {
		v := s.signedIn(t, who)
		for _, path := range keptPaths(s.election) {
			answer := v.send(t, http.MethodGet, path, "", "Accept-Encoding", "gzip")
			if body := text(answer); !strings.HasPrefix(path, api.Base) && answer.StatusCode == http.StatusOK && !strings.Contains(body, "/logout") {
				t.Errorf("%s as %s: want a page for the person", path, who)
			}
		}
	}
	if n := s.server.Kept(); n != 0 {
		t.Errorf("want nothing of them kept, got %d answers", n)
	}
	for path, body := range s.look(t, "afterwards", s.election) {
		if strings.Contains(body, "/logout") || strings.Contains(body, "Test administrator") || strings.Contains(body, "Test official") {
			t.Errorf("%s: want nothing of a person, got %s", path, body)
		}
	}
	if s.server.Kept() == 0 {
		t.Error("want the public answers kept")
	}
	v := s.signedIn(t, "administrator")
	if page := text(v.send(t, http.MethodGet, "/", "")); !strings.Contains(page, "/logout") {
		t.Error("want the administrator's own page beside the one that is kept")
	}
}

// TestCache_QueriesMakeItNoLarger asks for every path with many queries.
func TestCache_QueriesMakeItNoLarger(t *testing.T) {
	s := newSite(t)
	s.closed(t, s.election)
	s.look(t, "before", s.election)
	n, v := s.server.Kept(), s.visitor(t)
	for i := range 50 {
		for _, path := range keptPaths(s.election) {
			for _, query := range []string{"x=%d", "limit=%d", "constituency=%d", "constituency=0%d", "constituency=-%d"} {
				answer := v.send(t, http.MethodGet, strings.Split(path, "?")[0]+"?"+fmt.Sprintf(query, i+100), "")
				if answer.StatusCode >= http.StatusInternalServerError {
					t.Fatalf("%s: %s", path, answer.Status)
				}
			}
		}
		for _, path := range []string{"/elections/4711", "/elections/0001", api.Base + "/elections/4711/results"} {
			v.send(t, http.MethodGet, strings.Replace(path, "4711", id(int64(4711+i)), 1), "")
		}
	}
	if now := s.server.Kept(); now != n {
		t.Errorf("want %d answers kept, whatever is asked for, got %d", n, now)
	}
	// A text that is no id of a constituency finds nothing, though the same page is kept under the right one.
	for _, part := range []string{"0", "x", "01", "-1", "0" + id(s.election.Constituencies[0].ID)} {
		if answer := v.send(t, http.MethodGet, "/elections/"+id(s.election.ID)+"/seats?constituency="+part, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("constituency %q: want nothing found, got %s", part, answer.Status)
		}
	}
}
