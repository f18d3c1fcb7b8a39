package papers

import (
	"fmt"
	"testing"
	"time"
)

// TestPapers_ListBesideBatch measures, where it is told to, how long two officials take to enter all protocols by a list,
// and how long a batch of ballots takes from the upload's first byte to the last ballot counted, on the same server. The
// second list brings all protocols into the count.
func TestPapers_ListBesideBatch(t *testing.T) {
	small()
	s := newEnv(t, *protocols, 3, 1)
	file, size := writeBatch(t, *lines)
	c := s.official(t, 2)
	start := time.Now()
	s.counted(t, s.upload(t, c, file, size))
	batch := time.Since(start)
	first, ofFirst := s.enterPapers(t, 0)
	second, ofSecond := s.enterPapers(t, 1)
	if first.FirstEntries != *protocols || second.Definitive != *protocols {
		t.Errorf("want %d first entries and as many definitive protocols, got %+v and %+v", *protocols, first, second)
	}
	r, err := s.administrator.Results(t.Context(), s.poll.ElectionID)
	must(t, err)
	if want := *lines + int64(100**protocols); r.Ballots.Cast != want {
		t.Errorf("want %d ballots, got %+v", want, r.Ballots)
	}
	fmt.Fprintf(t.Output(), "%d protocols by a list: first entry %v, second entry %v; a batch of %d ballots %v; ratios %.2f and %.2f, goal 1\n",
		*protocols, ofFirst.Round(time.Millisecond), ofSecond.Round(time.Millisecond), *lines, batch.Round(time.Millisecond),
		ofFirst.Seconds()/batch.Seconds(), ofSecond.Seconds()/batch.Seconds())
}
