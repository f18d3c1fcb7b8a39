package papers

import (
	"fmt"
	"testing"
	"time"
)

// TestPapers_Reading measures, where it is told to, the results and the lists of an election with all stations counted
// beside those of an election with one station.
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
	api, page := fmt.Sprintf("/api/v1/elections/%d/", one.poll.ElectionID), fmt.Sprintf("/elections/%d", one.poll.ElectionID)
	last := fmt.Sprintf("&page=%d", len(many.stations)/100)
	for _, path := range []string{api + "results", page, page + "/stations"} {
		compare(t, one, many, reads, path)
	}
	for name, path := range map[string]string{
		"the last page": page + "/stations?" + last, "by name": page + "/stations?sort=name", "by state": page + "/stations?sort=state",
		"by turnout": page + "/stations?sort=turnout", "a search": page + "/stations?q=school+7", "a search without a match": page + "/stations?q=zzz",
		"API, behind the middle": fmt.Sprintf("%sstations?cursor=%d", api, many.stations[len(many.stations)/2].ID), "one station": fmt.Sprintf("%s/stations/%d", page, many.stations[0].ID),
	} {
		var took []time.Duration
		for range reads {
			took = append(took, many.get(t, path))
		}
		fmt.Fprintf(t.Output(), "%-28s median %6.1f ms  p99 %6.1f ms\n", name, at(took, 50).Seconds()*1000, at(took, 99).Seconds()*1000)
	}
}

// compare reads a path of both servers by turns. A parameter that no route knows makes each answer be drawn.
func compare(t *testing.T, one, many *env, reads int, path string) {
	t.Helper()
	var few, all []time.Duration
	for i := range reads {
		drawn := fmt.Sprintf("%s?drawn=%d", path, i)
		few, all = append(few, one.get(t, drawn)), append(all, many.get(t, drawn))
	}
	fmt.Fprintf(t.Output(), "%-28s with 1 station %6.1f ms, with %d %6.1f ms (medians): a ratio of %.2f\n",
		path, at(few, 50).Seconds()*1000, len(many.stations), at(all, 50).Seconds()*1000, at(all, 50).Seconds()/at(few, 50).Seconds())
}
