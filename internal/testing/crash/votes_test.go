package crash

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// The voters of the test, each with a key, and how many clients present each of them at once.
const (
	voters         = 1200
	clientsPerVote = 3
	voteKills      = 3
)

// TestCrash_OneKeyOneVote has several clients present every key at once, each until it knows, while the
// program is killed and started again: a vote that was accepted is counted, a key votes once, and a voter who
// lost the answer and asks again is told so.
func TestCrash_OneKeyOneVote(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, voters, nil)
	var base atomic.Pointer[string]
	var running *program.Server
	start := func() {
		running = program.Serve(t, binary, data)
		base.Store(&running.URL)
	}
	start()

	accepted, used := make([]atomic.Int64, voters), make([]atomic.Int64, voters)
	var done atomic.Int64
	var clients sync.WaitGroup
	caller := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 300}}
	next := make(chan int)
	for range 300 {
		clients.Go(func() {
			for key := range next {
				switch status := voteUntilAnswered(t, caller, &base, poll.Body(key, 1+rand.IntN(apptest.Candidates))); status {
				case http.StatusOK:
					accepted[key].Add(1)
				case http.StatusConflict:
					used[key].Add(1)
				default:
					t.Errorf("key %d: want 200 or 409, got %d", key, status)
				}
				done.Add(1)
			}
		})
	}
	go func() {
		defer close(next)
		for range clientsPerVote {
			for _, key := range rand.Perm(voters) {
				next <- key
			}
		}
	}()
	for kill := range voteKills {
		for done.Load() < int64((kill+1)*voters*clientsPerVote/(voteKills+1)) {
			time.Sleep(time.Millisecond)
		}
		t.Logf("kill %d after %d answers", kill+1, done.Load())
		running.Kill(t)
		start()
	}
	clients.Wait()
	caller.CloseIdleConnections()

	for key := range voters {
		if a, u := accepted[key].Load(), used[key].Load(); a > 1 || a+u != clientsPerVote {
			t.Errorf("key %d: want one vote accepted at most and every client answered, got %d accepted, %d used", key, a, u)
		}
	}
	var r results
	(&client{base: running.URL + "/api/v1"}).get(t, fmt.Sprintf("/elections/%d/results", poll.ElectionID), &r)
	// Of a constituency's votes at most nine are not shown yet.
	if r.Ballots.Cast > voters || r.Ballots.Cast < voters-9 {
		t.Errorf("want every key's vote counted once (%d, at most nine of them not shown yet), got %d", voters, r.Ballots.Cast)
	}
	running.Stop(t)
	program.Verify(t, binary, data)
}

// voteUntilAnswered sends a vote as often as it takes to know what became of it.
func voteUntilAnswered(t *testing.T, caller *http.Client, base *atomic.Pointer[string], body string) (status int) {
	t.Helper()
	for t.Context().Err() == nil {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *base.Load()+"/vote", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := caller.Do(request)
		if err != nil { // the program was killed: what became of the vote is not known
			time.Sleep(5 * time.Millisecond)
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusServiceUnavailable {
			return answer.StatusCode
		}
	}
	return 0
}
