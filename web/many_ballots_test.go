package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/database"
)

// readRows are the routes that read rows of these tables: the lines of one batch that do not count, in their order and no more
// than are shown, and whether an election has any vote.
var readRows = []string{
	"/batches/:batch", "/batches/:batch/watch", "/batches/:batch/invalid.csv", "/api/v1/batches/:id/invalid", "/admin/elections/:election/withdrawal",
}

// TestRoutes_ReadNoSingleBallot takes the tables away that grow with ballots, lines and voters. All pages and lists answer as
// before, so that none becomes slower when millions of ballots are stored.
func TestRoutes_ReadNoSingleBallot(t *testing.T) {
	s := newSite(t)
	withStations, stations := s.withStations(t)
	p := s.newPoll(t, 12, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Online, elections.Batches} })
	for key := range p.keys {
		if answer := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(key, "1")); answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status)
		}
	}
	late := batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: withStations.ID, StationID: stations[0].ID, FileName: "late.csv"}
	if _, err := s.Batches.Receive(t.Context(), late, strings.NewReader(ballot(1, 1))); err != nil {
		t.Fatal(err)
	}
	readers := map[string]*visitor{}
	for _, who := range []string{"official", "observer", "administrator"} {
		readers[who] = s.become(t, who)
	}
	ask := func() map[string]int {
		answers := map[string]int{}
		for _, of := range []*elections.Election{s.election, withStations, p.election} {
			for _, route := range s.server.Routes() {
				if route.Method != http.MethodGet || strings.HasSuffix(route.Path, "/live") || slices.Contains(readRows, route.Path) {
					continue
				}
				address := s.address(strings.NewReplacer(
					":election", id(of.ID), "/elections/:id", "/elections/"+id(of.ID), ":constituency", id(of.Constituencies[0].ID), ":station", id(stations[0].ID),
				).Replace(route.Path))
				for who, v := range readers {
					if _, asked := answers[address+" as "+who]; asked {
						continue
					}
					answers[address+" as "+who] = v.send(t, http.MethodGet, address, "").StatusCode
				}
			}
		}
		return answers
	}
	before := ask()
	err := s.DB.Write(t.Context(), func(tx *database.Tx) (err error) {
		for _, table := range []string{"ballots", "invalid_lines", "online_ballots", "voter_keys", "keyed_voters", "voter_flags"} {
			if err == nil {
				_, err = tx.SQL().ExecContext(t.Context(), "ALTER TABLE "+table+" RENAME TO no_"+table)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for address, after := range ask() {
		if after != before[address] {
			t.Errorf("%s: want %d, got %d", address, before[address], after)
		}
	}
	for _, list := range []string{
		"/admin/batches", "/admin/audit", "/admin/elections/ID/stations", "/admin/elections/ID/history", "/admin/elections/ID/incoming", "/admin/elections/ID/keys",
		"/protocols/ID", "/elections/ID/stations", "/api/v1/elections/ID/batches", "/api/v1/elections/ID/stations", "/api/v1/elections/ID/results",
	} {
		for _, of := range []*elections.Election{withStations, p.election} {
			if address := strings.Replace(list, "ID", id(of.ID), 1) + " as administrator"; before[address] != http.StatusOK {
				t.Errorf("%s: want 200, got %d", address, before[address])
			}
		}
	}
}
