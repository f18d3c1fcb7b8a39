package papers

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/results"
)

// TestPapers_Reading measures, where it is told to, the results and the lists of an election with all stations counted
// beside those of an election with one station: the pages as an official reads them, for whom each is drawn and none kept,
// and the questions of the services behind them.
func TestPapers_Reading(t *testing.T) {
	small()
	reads := 60
	if !*measuring {
		reads = 2
	}
	one, many := newEnv(t, 1, 2, 1), newEnv(t, *protocols, 2, 1)
	for _, s := range []*env{one, many} {
		file, size := writeBatch(t, *lines)
		s.counted(t, s.upload(t, s.official(t, 0), file, size))
		s.enterPapers(t, 0)
		if entered, _ := s.enterPapers(t, 1); entered.Definitive != len(s.stations) {
			t.Errorf("want all protocols in the count, got %+v", entered)
		}
	}
	few, all := one.reader(t), many.reader(t)
	page := fmt.Sprintf("/elections/%d", one.poll.ElectionID)
	for _, path := range []string{page, page + "/stations", page + "/turnout"} {
		compare(t, path, reads, many, func() { one.get(t, few, path) }, func() { many.get(t, all, path) })
	}
	last := fmt.Sprintf("&page=%d", len(many.stations)/100)
	paths := map[string]string{
		"page: the last one": "?" + last, "page: by name": "?sort=name", "page: by state": "?sort=state", "page: by registered": "?sort=registered",
		"page: by turnout": "?sort=turnout", "page: a search": "?q=school+7", "page: a search without a match": "?q=zzz",
		"page: one station": fmt.Sprintf("/%d", many.stations[0].ID),
	}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		report(t, name, reads, func() { many.get(t, all, page+"/stations"+paths[name]) })
	}
	one.server.Stop(t)
	many.server.Stop(t)
	one.services, many.services = apptest.Open(t, one.data, &clock.Clock{}), apptest.Open(t, many.data, &clock.Clock{})
	compareServices(t, reads, one, many)
	askForStations(t, reads, many)
}

// compareServices measures the questions about a whole election.
func compareServices(t *testing.T, reads int, one, many *env) {
	t.Helper()
	for name, ask := range map[string]func(s *env) error{
		"results": func(s *env) error {
			_, err := s.services.Results.Results(t.Context(), s.poll.ElectionID)
			return err
		},
		"protocols of the certification": func(s *env) error {
			return s.services.DB.Read(t.Context(), func(tx *database.Tx) error {
				e, err := s.services.Elections.Within(tx, s.poll.ElectionID)
				if err != nil {
					return err
				}
				_, err = s.services.Protocols.RecordsOf(t.Context(), tx, []*elections.Election{e})
				return err
			})
		},
	} {
		on := func(s *env) func() { return func() { must(t, ask(s)) } }
		compare(t, name, reads, many, on(one), on(many))
	}
}

// askForStations measures the lists of stations as the results have them: by order, page and search.
func askForStations(t *testing.T, reads int, s *env) {
	t.Helper()
	queries := map[string]results.StationQuery{
		"list: first page": {}, "list: last page": {Offset: len(s.stations) - 100}, "list: behind the middle": {After: s.stations[len(s.stations)/2].ID},
		"list: by name": {Order: results.ByName}, "list: by state": {Order: results.ByState}, "list: by turnout": {Order: results.ByTurnout},
		"list: a search": {Search: "school 7"}, "list: a search without a match": {Search: "zzz"},
	}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		q := queries[name]
		q.Limit = 100
		report(t, name, reads, func() {
			_, err := s.services.Results.Stations(t.Context(), s.poll.ElectionID, q)
			must(t, err)
		})
	}
}

// reader returns a signed-in official, to whom no kept answer is sent.
func (s *env) reader(t *testing.T) *http.Client {
	t.Helper()
	return s.typist(t, 0).http
}

// report measures an act.
func report(t *testing.T, name string, times int, act func()) {
	t.Helper()
	var took []time.Duration
	for range times {
		took = append(took, timed(act))
	}
	fmt.Fprintf(t.Output(), "%-32s median %6.1f ms  p99 %6.1f ms\n", name, ms(took, 50), ms(took, 99))
}

// compare measures two acts by turns: with one station and with many.
func compare(t *testing.T, name string, times int, many *env, withOne, withMany func()) {
	t.Helper()
	var few, all []time.Duration
	for range times {
		few, all = append(few, timed(withOne)), append(all, timed(withMany))
	}
	fmt.Fprintf(t.Output(), "%-32s with 1 station %6.1f ms, with %d %6.1f ms (medians): a ratio of %.2f\n",
		name, ms(few, 50), len(many.stations), ms(all, 50), ms(all, 50)/ms(few, 50))
}

func timed(act func()) time.Duration {
	start := time.Now()
	act()
	return time.Since(start)
}
