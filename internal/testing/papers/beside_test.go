package papers

import (
	"fmt"
	"testing"
	"time"
)

// TestPapers_VotesBesideList measures, where it is told to, how long votes at a fixed rate take while two officials enter
// all protocols by a list. A list is one transaction, so votes wait for its end.
func TestPapers_VotesBesideList(t *testing.T) {
	small()
	votes := *voteRate * *seconds
	s := newEnv(t, *protocols, 2, 2*(votes+companions))
	alone := s.vote(t, time.Now(), 0, votes)
	type list struct {
		first, second time.Duration
		complete      int
	}
	done := make(chan list, 1)
	go func() {
		_, first := s.enterPapers(t, 0)
		entered, second := s.enterPapers(t, 1)
		done <- list{first, second, entered.Definitive}
	}()
	beside := s.vote(t, time.Now(), votes+companions, votes)
	lists := <-done
	if lists.complete != *protocols {
		t.Errorf("want %d definitive protocols, got %d", *protocols, lists.complete)
	}
	fmt.Fprintf(t.Output(), "%d votes a second for %d s: p50 %.1f ms, p99 %.1f ms, longest %.1f ms; beside lists of %d protocols (%v and %v) p50 %.1f ms, p99 %.1f ms, longest %.1f ms; ratio of p99 %.2f\n",
		*voteRate, *seconds, ms(alone, 50), ms(alone, 99), ms(alone, 100), *protocols, lists.first.Round(time.Millisecond), lists.second.Round(time.Millisecond),
		ms(beside, 50), ms(beside, 99), ms(beside, 100), ms(beside, 99)/ms(alone, 99))
}
