package ingest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/client"
	"urna/internal/testing/program"
)

const (
	pollEvery = 10 * time.Millisecond
	readEvery = 25 * time.Millisecond
	password  = "a jar of black and white beans"
)

var administrator = program.User{
	Email: "ada@example.org", Role: "administrator", Forename: "Ada", Surname: "Byron", Password: password,
}

// A measurement is one run of the program.
type measurement struct {
	elapsed time.Duration // from before the first upload's first byte until all is counted
	peak    int64         // bytes of memory; 0 where the system does not say
	p99     time.Duration // of reading the results meanwhile
	reads   int
}

// env is a fresh server with one election that is over, and as many officials as will upload.
type env struct {
	binary     string
	data       string // the folder
	server     *program.Server
	client     *client.Client
	officials  []*client.Client
	electionID int64
	inside     int64 // the constituency
}

func newEnv(t *testing.T, binary string, officials int) *env {
	t.Helper()
	data, ctx := t.TempDir(), t.Context()
	program.AddUser(t, binary, data, administrator)
	s := &env{binary: binary, data: data, server: program.Serve(t, binary, data)}
	var err error
	if s.client, err = client.New(s.server.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.Close)
	must(t, s.client.SignIn(ctx, administrator.Email, password))
	inside := client.NewConstituency{Name: "Nationwide", Seats: 100}
	for number := range lists {
		p, err := s.client.CreateParticipant(ctx, client.Participant{Name: fmt.Sprintf("List %d", number+1), Kind: "party"})
		must(t, err)
		inside.Participants = append(inside.Participants, client.Candidacy{ID: p.ID})
	}
	election, err := s.client.CreateElection(ctx, client.NewElection{
		Title: "Measured", Kind: "parliamentary", Channels: []string{"batches"}, TimeZone: "UTC",
		StartsAt: time.Now().Add(-3 * time.Hour), EndsAt: time.Now().Add(-time.Hour), OpenNow: true,
		Rules:          client.Rules{Method: "dhondt", ThresholdPercent: "0", ThresholdBase: "none"},
		Constituencies: []client.NewConstituency{inside},
	})
	must(t, err)
	s.electionID, s.inside = election.ID, election.Constituencies[0].ID
	for number := range officials {
		email := fmt.Sprintf("official%d@example.org", number)
		_, err := s.client.CreateAccount(ctx, client.NewAccount{
			Email: email, Forename: "Grace", Surname: "Hopper", Role: "official", Password: password,
		})
		must(t, err)
		official := s.client.As()
		must(t, official.SignIn(ctx, email, password))
		s.officials = append(s.officials, official)
	}
	return s
}

// measure uploads the file in the given number of parts, from as many officials as there are at once,
// waits until all is counted, and wants every count to be exact.
func measure(t *testing.T, binary string, f *ballotFile, officials, parts int) measurement {
	t.Helper()
	s := newEnv(t, binary, officials)
	ctx, stopReading := context.WithCancel(t.Context())
	latencies := make(chan []time.Duration, 1)
	go func() { latencies <- readResults(ctx, s.results()) }()

	start := time.Now()
	ids, err := s.send(t.Context(), f, parts)
	must(t, err)
	s.wait(t, ids)
	m := measurement{elapsed: time.Since(start)}

	stopReading()
	read := <-latencies
	if len(read) == 0 {
		t.Fatal("want the results to be read while ballots are counted")
	}
	slices.Sort(read)
	m.p99, m.reads = read[(len(read)-1)*99/100], len(read)
	m.peak = peakMemory(s.server.PID())
	s.compare(t, f, ids)
	s.server.Stop(t)
	return m
}

// results is the address of the results.
func (s *env) results() string {
	return fmt.Sprintf("%s/api/v1/elections/%d/results", s.server.URL, s.electionID)
}

// send uploads the parts and returns the batches' ids.
func (s *env) send(ctx context.Context, f *ballotFile, parts int) ([]int64, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	ids, errs := make([]int64, parts), make([]error, len(s.officials))
	step := (len(f.offsets) - 1) / parts
	var senders sync.WaitGroup
	for number, official := range s.officials {
		senders.Go(func() {
			for part := number; part < parts && errs[number] == nil; part += len(s.officials) {
				from, to := f.offsets[part*step], f.offsets[(part+1)*step]
				open := func() io.ReadCloser { return io.NopCloser(io.NewSectionReader(file, from, to-from)) }
				ids[part], errs[number] = official.Upload(ctx, s.electionID, s.inside, fmt.Sprintf("part %d.csv", part+1), to-from, open)
			}
		})
	}
	senders.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// wait returns once every batch is counted.
func (s *env) wait(t *testing.T, ids []int64) {
	t.Helper()
	for _, id := range ids {
		for {
			b, err := s.client.Batch(t.Context(), id)
			must(t, err)
			if b.State == "counted" {
				break
			}
			if b.State == "failed" {
				t.Fatalf("batch %d: %s", id, b.Failure)
			}
			time.Sleep(pollEvery)
		}
	}
}

// compare wants each batch's sums and the results to be what the file says.
func (s *env) compare(t *testing.T, f *ballotFile, ids []int64) {
	t.Helper()
	var sum client.BatchState
	for _, id := range ids {
		b, err := s.client.Batch(t.Context(), id)
		must(t, err)
		sum.Lines, sum.Valid, sum.Invalid, sum.Duplicates = sum.Lines+b.Lines, sum.Valid+b.Valid, sum.Invalid+b.Invalid, sum.Duplicates+b.Duplicates
	}
	want := client.BatchState{Lines: f.lines, Valid: f.lines - f.unknown - f.duplicates, Invalid: f.unknown, Duplicates: f.duplicates}
	if sum != want {
		t.Errorf("want %+v, got %+v", want, sum)
	}
	r, err := s.client.Results(t.Context(), s.electionID)
	must(t, err)
	if r.Ballots.Invalid != want.Invalid || r.Ballots.Duplicates != want.Duplicates || r.Ballots.Cast != want.Valid+want.Invalid {
		t.Errorf("want %+v, got %+v", want, r.Ballots)
	}
	// In a fresh folder both the participants and their poll numbers begin at 1.
	var votes [lists + 1]int64
	for _, c := range r.Constituencies[0].Candidacies {
		votes[c.ParticipantID] += c.Votes
	}
	if votes != f.votes {
		t.Errorf("want votes %v, got %v", f.votes, votes)
	}
}

// readResults reads the results as an anonymous visitor does, once and until the context ends, and returns how
// long each answer took.
func readResults(ctx context.Context, url string) (latencies []time.Duration) {
	ticks := time.NewTicker(readEvery)
	defer ticks.Stop()
	for {
		// A pending answer is waited for: if all is counted at once, it may be the only one.
		request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, url, http.NoBody)
		if err != nil {
			return nil
		}
		start := time.Now()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return latencies
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil {
			return latencies
		}
		if response.StatusCode != http.StatusOK {
			return nil
		}
		latencies = append(latencies, time.Since(start))
		select {
		case <-ctx.Done():
			return latencies
		case <-ticks.C:
		}
	}
}

// peakMemory returns the most memory that a process has held, in bytes; 0 where only Linux would say.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err == nil {
				return kilobytes << 10
			}
		}
	}
	return 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
