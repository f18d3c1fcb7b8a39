package papers

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/internal/testing/apptest"
)

// companions are votes after the last measured one, so that it finds the group that it waits for.
const companions = 32

// fieldEvery is how long a played official takes for a number.
const fieldEvery = 2 * time.Second

// A typist saves numbers as the page saves them.
type typist struct {
	http    *http.Client
	address string // of the draft
	took    []time.Duration
}

// TestPapers_TypistsBesideBatch measures, where it is told to, how long officials wait until a number that they typed is
// saved, and voters until their vote is accepted, while a batch is counted. Both fall due at fixed times, and count from
// that moment.
func TestPapers_TypistsBesideBatch(t *testing.T) {
	small()
	votes := *voteRate * *seconds
	s := newEnv(t, *typists, *typists+1, 2*(votes+companions))
	all := make([]*typist, *typists)
	for i := range all {
		all[i] = s.typist(t, i)
	}
	for _, beside := range []string{"no batch", "while a batch is counted"} {
		var id int64
		if beside != "no batch" {
			file, size := writeBatch(t, *lines)
			id = s.upload(t, s.official(t, *typists), file, size)
		}
		ofVotes := s.play(t, all, (votes+companions)*int(min(id, 1)), votes)
		state := "none"
		if id != 0 {
			b, err := s.administrator.Batch(t.Context(), id)
			must(t, err)
			state = b.State
			s.counted(t, id)
		}
		var ofSaves []time.Duration
		for _, p := range all {
			ofSaves = append(ofSaves, p.took...)
			p.took = nil
		}
		if len(ofSaves) < *typists || len(ofVotes) != votes {
			t.Errorf("want every save and vote answered, got %d and %d", len(ofSaves), len(ofVotes))
		}
		fmt.Fprintf(t.Output(), "%-26s %d saves p50 %5.1f ms, p99 %6.1f ms; %d votes p50 %5.1f ms, p99 %6.1f ms; ratio of p99 %.2f, goal 2; the batch is then %s\n",
			beside, len(ofSaves), ms(ofSaves, 50), ms(ofSaves, 99), len(ofVotes), ms(ofVotes, 50), ms(ofVotes, 99),
			ms(ofSaves, 99)/ms(ofVotes, 99), state)
	}
	s.wantSaved(t, all)
}

func ms(all []time.Duration, percent int) float64 { return at(all, percent).Seconds() * 1000 }

// typist signs an official in on the pages.
func (s *env) typist(t *testing.T, number int) *typist {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	p := &typist{
		http:    &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{}},
		address: fmt.Sprintf("%s/stations/%d/protocol/draft", s.server.URL, s.stations[number].ID),
	}
	t.Cleanup(p.http.CloseIdleConnections)
	status, err := p.post(t.Context(), s.server.URL+"/login", url.Values{"email": {s.officials[number]}, "password": {apptest.Password}})
	if err != nil || status != http.StatusOK {
		t.Fatalf("want official %d signed in, got %d, %v", number, status, err)
	}
	return p
}

func (p *typist) post(ctx context.Context, address string, form url.Values) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// play has all typists save numbers, and voters vote, at their times, and returns how long each vote took.
func (s *env) play(t *testing.T, all []*typist, firstVote, votes int) []time.Duration {
	t.Helper()
	start, until := time.Now(), time.Now().Add(time.Duration(*seconds)*time.Second)
	var working sync.WaitGroup
	for _, p := range all {
		working.Go(func() {
			for due := start.Add(rand.N(fieldEvery)); due.Before(until) || len(p.took) == 0; due = due.Add(fieldEvery) {
				time.Sleep(time.Until(due))
				status, err := p.post(t.Context(), p.address, url.Values{"votes.1": {strconv.Itoa(len(p.took) + 1)}})
				if err != nil || status != http.StatusOK {
					t.Errorf("want the number saved, got %d, %v", status, err)
					return
				}
				p.took = append(p.took, time.Since(due))
			}
		})
	}
	took := s.vote(t, start, firstVote, votes)
	working.Wait()
	return took
}

// vote casts votes at their times over some connections.
func (s *env) vote(t *testing.T, start time.Time, first, votes int) []time.Duration {
	t.Helper()
	took := make([]time.Duration, votes)
	every := time.Second / time.Duration(*voteRate)
	var next atomic.Int64
	var working sync.WaitGroup
	for range 32 {
		caller := typist{http: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
		working.Go(func() {
			defer caller.http.CloseIdleConnections()
			for i := int(next.Add(1)) - 1; i < votes+companions; i = int(next.Add(1)) - 1 {
				due := start.Add(time.Duration(i) * every)
				time.Sleep(time.Until(due))
				body := s.poll.Body(first+i, 1+i%apptest.Candidates)
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/vote", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				request.Header.Set("Content-Type", "application/json")
				answer, err := caller.http.Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Errorf("want the vote accepted, got %s", answer.Status)
				}
				if i < votes {
					took[i] = time.Since(due)
				}
			}
		})
	}
	working.Wait()
	return took
}

// wantSaved wants the last number of each typist on the typist's page.
func (s *env) wantSaved(t *testing.T, all []*typist) {
	t.Helper()
	for _, p := range all {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(p.address, "/draft"), http.NoBody)
		must(t, err)
		answer, err := p.http.Do(request)
		must(t, err)
		page, err := io.ReadAll(answer.Body)
		must(t, err)
		must(t, answer.Body.Close())
		if answer.StatusCode != http.StatusOK || !strings.Contains(string(page), `name="votes.1"`) {
			t.Errorf("want the page of the protocol, got %s", answer.Status)
		}
	}
}
