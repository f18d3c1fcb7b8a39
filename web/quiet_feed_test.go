package web_test

import (
	"bufio"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"urna/elections"
)

// heartbeat is how often the live feed says something whether anything happened or not.
const heartbeat = 15 * time.Second

// record is how often an election's live feed said anything: pictures, and signs of life.
type record struct {
	events atomic.Int64
	begun  time.Time
}

// follow takes down what the live feed says from its first picture on, until the test ends.
func (p *poll) follow(t *testing.T) *record {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.site.url+"/elections/"+id(p.election.ID)+"/live", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r := &record{begun: time.Now()} // before the feed's own time begins: no heartbeat comes sooner than it is reckoned with
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("want the live feed, got %v, %v", answer, err)
	}
	first, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if lines.Text() == "" && r.events.Add(1) == 1 {
				close(first)
			}
		}
	}()
	t.Cleanup(func() {
		_ = answer.Body.Close()
		<-ended
	})
	<-first
	return r
}

// beats is how many heartbeats may have come so far.
func (r *record) beats() int64 { return int64(time.Since(r.begun) / heartbeat) }

// TestLiveFeed_SilentBetweenTwoSteps has people vote one after the other. The public count moves in steps of ten, and
// the feed says nothing in between: neither a picture that differs in its time alone nor a sign of life.
func TestLiveFeed_SilentBetweenTwoSteps(t *testing.T) {
	t.Parallel()
	const steps, step = 2, 10
	for _, shown := range []elections.PublicView{elections.RunningCount, elections.TurnoutOnly} {
		t.Run(string(shown), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			p := s.newPoll(t, steps*step, func(d *elections.Draft) { d.PublicView = shown })
			feed := p.follow(t)
			for n := range steps * step {
				vote := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(n, "1"), "Content-Type", "application/json")
				if vote.StatusCode != http.StatusOK {
					t.Fatalf("want the vote accepted, got %s: %s", vote.Status, text(vote))
				}
				before := int64(1 + (n+1)/step) // the first picture, and one for each step
				if (n+1)%step == 0 {
					for deadline := time.Now().Add(patience); feed.events.Load() < before && time.Now().Before(deadline); {
						time.Sleep(5 * time.Millisecond)
					}
				} else { // longer than two pictures are apart
					time.Sleep(400 * time.Millisecond)
				}
				if got := feed.events.Load(); got < before || got > before+feed.beats() {
					t.Fatalf("after vote %d: want %d events and at most %d heartbeats, got %d", n+1, before, feed.beats(), got)
				}
			}
			page := text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(p.election.ID), ""))
			if !strings.Contains(page, `data-testid="ballots-cast">20 <`) {
				t.Errorf("want 20 ballots on the page, got:\n%s", page)
			}
		})
	}
}
