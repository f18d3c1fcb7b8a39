package ingest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/client"
	"urna/internal/testing/program"
)

// TestIngest_Stored compares a server with all the lines stored with one that has ten thousand: reading
// results, in turns, and starting, beside one without any.
func TestIngest_Stored(t *testing.T) {
	size, reads, starts := *lines, 400, 9
	if !*measuring {
		size, reads, starts = 2*tinyLines, 5, 1
	}
	binary := program.Build(t)
	empty, few, many := newEnv(t, binary, 1), newEnv(t, binary, 1), newEnv(t, binary, 1)
	few.fill(t, writeFile(t, tinyLines, 1))
	many.fill(t, writeFile(t, size, 1))

	var ofFew, ofMany []time.Duration
	for range reads {
		ofFew, ofMany = append(ofFew, few.read(t)), append(ofMany, many.read(t))
	}
	t.Logf("reading results: %v with %d lines stored, %v with %d (medians of %d): a ratio of %.2f",
		median(ofFew), tinyLines, median(ofMany), size, reads, float64(median(ofMany))/float64(median(ofFew)))

	few.server.Stop(t)
	var ofNone, ofAll []time.Duration
	for range starts {
		ofNone, ofAll = append(ofNone, empty.restart(t)), append(ofAll, many.restart(t))
	}
	t.Logf("starting: %v with nothing stored, %v with %d lines (medians of %d): %v more",
		median(ofNone), median(ofAll), size, starts, median(ofAll)-median(ofNone))
}

func (s *env) fill(t *testing.T, f *ballotFile) {
	t.Helper()
	ids, err := s.send(t.Context(), f, 1)
	must(t, err)
	s.wait(t, ids)
	s.compare(t, f, ids)
}

// read returns how long reading the results took.
func (s *env) read(t *testing.T) time.Duration {
	t.Helper()
	start := time.Now()
	_, err := s.client.Results(t.Context(), s.electionID)
	must(t, err)
	return time.Since(start)
}

// restart returns how long the server took until it had answered with the results.
func (s *env) restart(t *testing.T) time.Duration {
	t.Helper()
	s.server.Stop(t)
	start := time.Now()
	s.server = program.Serve(t, s.binary, s.data)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.results(), http.NoBody)
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		t.Fatalf("want the results, got %s", response.Status)
	}
	return time.Since(start)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// TestIngest_BatchesOfOneLine has ten officials upload batches of one line each: those that wait
// for the database are accepted in one transaction, and many are counted in one.
func TestIngest_BatchesOfOneLine(t *testing.T) {
	batches := *single
	if !*measuring {
		batches = 200
	}
	s := newEnv(t, program.Build(t), tenAtOnce)
	ids := make([]int64, batches)
	start := time.Now()
	var senders sync.WaitGroup
	for number, official := range s.officials {
		senders.Go(func() {
			for i := number; i < batches; i += tenAtOnce {
				var err error
				if ids[i], err = s.sendOne(t.Context(), official, i); err != nil {
					t.Errorf("batch of line %d: %v", i, err)
					return
				}
			}
		})
	}
	senders.Wait()
	accepted := time.Since(start)
	if t.Failed() {
		return
	}
	s.wait(t, ids)
	counted := time.Since(start)
	r, err := s.client.Results(t.Context(), s.electionID)
	must(t, err)
	if r.Ballots.Cast != int64(batches) || r.Ballots.Duplicates != 0 {
		t.Errorf("want %d ballots, got %+v", batches, r.Ballots)
	}
	t.Logf("%d batches of one line from %d officials: accepted in %.1f s (%.0f/s), all counted %.1f s later",
		batches, tenAtOnce, accepted.Seconds(), float64(batches)/accepted.Seconds(), (counted - accepted).Seconds())
}

func (s *env) sendOne(ctx context.Context, official *client.Client, number int) (int64, error) {
	guid, poll := ballot(1, int64(number))
	line := fmt.Sprintf("%s,%d\n", guid, poll)
	open := func() io.ReadCloser { return io.NopCloser(strings.NewReader(line)) }
	return official.Upload(ctx, s.electionID, s.inside, fmt.Sprintf("line %d.csv", number), int64(len(line)), open)
}
