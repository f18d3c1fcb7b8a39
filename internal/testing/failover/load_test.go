//go:build linux

package failover

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/client"
)

// candidates is the number of lists on the ballot paper.
const candidates = 4

// uploadPatience is how long an official waits for a process before trying the other one.
const uploadPatience = 3 * time.Second

// night is an election in which people vote and an official uploads.
type night struct {
	election     client.Election
	constituency int64
	keys         []client.VoterKey

	// What was answered, by the index of the key.
	mutex    sync.Mutex
	accepted map[int]time.Time
	batches  []int64 // their numbers

	sent atomic.Int64 // keys that were taken from the list
	last atomic.Int64 // when the last vote was accepted, in Unix nanoseconds
}

// newNight makes an election that is open.
func newNight(t *testing.T, administrator *client.Client) *night {
	t.Helper()
	n := &night{accepted: map[int]time.Time{}}
	lists := []client.Candidacy{}
	for i := range candidates {
		p, err := administrator.CreateParticipant(t.Context(), client.Participant{Name: fmt.Sprintf("List %d", i+1), Kind: "party"})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, client.Candidacy{ID: p.ID})
	}
	var err error
	n.election, err = administrator.CreateElection(t.Context(), client.NewElection{
		Title: "A long night", Kind: "parliamentary", Channels: []string{"online", "batches"}, PublicView: "running-count", TimeZone: "UTC",
		StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(24 * time.Hour), OpenNow: true,
		Rules:          client.Rules{Method: "dhondt", ThresholdPercent: "0", ThresholdBase: "none"},
		Constituencies: []client.NewConstituency{{Name: "Nationwide", Seats: 10, Participants: lists}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// roll is a roll of so many voters.
func roll(voters int) []byte {
	var b strings.Builder
	b.WriteString("personal_id,constituency\n")
	for i := range voters {
		fmt.Fprintf(&b, "%07d,Nationwide\n", i)
	}
	return []byte(b.String())
}

// issue issues keys to so many voters.
func issue(t *testing.T, administrator *client.Client, election int64, voters int) (keys []client.VoterKey) {
	t.Helper()
	table, err := administrator.IssueKeys(t.Context(), election, roll(voters))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(table))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		keys = append(keys, client.VoterKey{PersonalID: row[0], GUID: row[1]})
	}
	return keys
}

// vote casts votes with unused keys until the context ends, so many at once. A vote that is not answered is sent
// again, to one process and then to the other.
func (n *night) vote(ctx context.Context, u *urnas, atOnce int) (stopped func()) {
	var all sync.WaitGroup
	voting := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	for range atOnce {
		all.Go(func() {
			for ctx.Err() == nil {
				key := int(n.sent.Add(1)) - 1
				if key >= len(n.keys) {
					return
				}
				if n.cast(ctx, voting, u, key) == http.StatusOK {
					n.mutex.Lock()
					n.accepted[key] = time.Now()
					n.mutex.Unlock()
					n.last.Store(time.Now().UnixNano())
				}
				time.Sleep(2 * pace) // so that there are voters left at the end
			}
		})
	}
	return func() { all.Wait(); voting.CloseIdleConnections() }
}

// cast sends a vote until it is answered with something else than 503; 0 if the context ended before.
func (n *night) cast(ctx context.Context, voting *http.Client, u *urnas, key int) (status int) {
	k := n.keys[key]
	body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":%d}`, k.PersonalID, k.GUID, 1+rand.IntN(candidates))
	for try := key; ctx.Err() == nil; try++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+u.address[try%2]+"/vote", strings.NewReader(body))
		if err != nil {
			return 0
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := voting.Do(request)
		if err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode < http.StatusInternalServerError {
				return answer.StatusCode
			}
		}
		time.Sleep(pace / 2)
	}
	return 0
}

// upload sends small batches one after the other until the context ends, each with GUIDs of its own.
func (n *night) upload(ctx context.Context, t *testing.T, u *urnas, email, password string) (stopped func()) {
	t.Helper()
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			official, err := client.New("http://" + u.address[i%2])
			if err != nil {
				t.Error(err)
				return
			}
			// The client tries an address again for long; here is another one.
			soon, cancel := context.WithTimeout(ctx, uploadPatience)
			err = official.SignIn(soon, email, password)
			cancel()
			if err == nil {
				n.uploadTo(ctx, official)
			}
			official.Close()
			time.Sleep(pace)
		}
	})
	return all.Wait
}

// uploadTo sends batches to one process until it fails.
func (n *night) uploadTo(ctx context.Context, official *client.Client) {
	for ctx.Err() == nil {
		var file strings.Builder
		for range 100 {
			fmt.Fprintf(&file, "%08x-%04x-4%03x-8%03x-%012x,%d\n", rand.Uint32(), rand.Uint32N(1<<16), rand.Uint32N(1<<12), rand.Uint32N(1<<12),
				rand.Uint64N(1<<48), 1+rand.IntN(candidates))
		}
		soon, cancel := context.WithTimeout(ctx, uploadPatience)
		id, err := official.Upload(soon, n.election.ID, n.constituency, "night.csv", int64(file.Len()), func() io.ReadCloser {
			return io.NopCloser(strings.NewReader(file.String()))
		})
		cancel()
		if _, refused := errors.AsType[*client.ProblemError](err); err != nil && !refused {
			return
		}
		if err == nil {
			n.mutex.Lock()
			n.batches = append(n.batches, id)
			n.mutex.Unlock()
		}
		time.Sleep(pace)
	}
}

// votes is how many votes were accepted.
func (n *night) votes() int {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return len(n.accepted)
}

// more waits until so many more votes and another batch were accepted.
func (n *night) more(t *testing.T, votes int) {
	t.Helper()
	count := func() (votes, batches int) {
		n.mutex.Lock()
		defer n.mutex.Unlock()
		return len(n.accepted), len(n.batches)
	}
	v, b := count()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace) {
		if now, batches := count(); now >= v+votes && batches > b {
			return
		}
	}
	t.Fatalf("want %d more votes and a batch", votes)
}

// awaitVote returns how long after a moment the next vote was accepted that was sent after it.
func (n *night) awaitVote(t *testing.T, since time.Time) time.Duration {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace / 4) {
		if last := time.Unix(0, n.last.Load()); last.After(since) {
			return last.Sub(since)
		}
	}
	t.Fatal("want votes again")
	return 0
}

// lost sends each accepted vote again, and returns the keys that may vote once more: their votes are gone.
func (n *night) lost(t *testing.T, u *urnas) (keys []int) {
	t.Helper()
	var mutex sync.Mutex
	var all sync.WaitGroup
	voting := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer voting.CloseIdleConnections()
	next := make(chan int)
	for range 64 {
		all.Go(func() {
			for key := range next {
				switch status := n.cast(t.Context(), voting, u, key); status {
				case http.StatusConflict:
				case http.StatusOK:
					mutex.Lock()
					keys = append(keys, key)
					mutex.Unlock()
				default:
					t.Errorf("key %d: want it used or, if its vote was lost, accepted, got %d", key, status)
				}
			}
		})
	}
	for key := range n.accepted {
		next <- key
	}
	close(next)
	all.Wait()
	return keys
}

// lostBatches returns the accepted batches that the server does not know or never counts.
func (n *night) lostBatches(t *testing.T, administrator *client.Client) (ids []int64) {
	t.Helper()
	for _, id := range n.batches {
		found := false
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace) {
			b, err := administrator.Batch(t.Context(), id)
			if problem, ok := errors.AsType[*client.ProblemError](err); ok && problem.Status == http.StatusNotFound {
				break
			}
			if err == nil && b.State == "counted" {
				found = true
				break
			}
		}
		if !found {
			ids = append(ids, id)
		}
	}
	return ids
}
