package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"urna/internal/testing/program"
)

// putInFront makes votes and attacks go through a handler in front of the program.
func (e *env) putInFront(t *testing.T, front func(string) http.Handler) {
	t.Helper()
	handler := front(e.url)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	e.url = server.URL
	if leaking, ok := handler.(*leak); ok {
		if leaking.counts {
			e.measured = server.URL + "/metrics"
		}
		own := e.log
		e.log = func() string { return own() + leaking.log() }
	}
}

// leak is a front that does what the program must not: it logs each vote, or counts votes by candidate in
// its metrics.
type leak struct {
	program http.Handler
	logs    bool
	counts  bool

	mutex sync.Mutex
	lines strings.Builder
	votes map[int]int
}

func newLeak(address string, logs, counts bool) *leak {
	program, err := url.Parse(address)
	if err != nil {
		panic(err) // the program's own address
	}
	proxy := httputil.NewSingleHostReverseProxy(program)
	proxy.FlushInterval = -1 // the live feed
	return &leak{program: proxy, logs: logs, counts: counts, votes: map[int]int{}}
}

// ServeHTTP implements http.Handler.
func (g *leak) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/metrics" && g.counts:
		g.mutex.Lock()
		defer g.mutex.Unlock()
		for candidate := 1; candidate <= candidates; candidate++ {
			fmt.Fprintf(w, "urna_votes_total{poll_number=\"%d\"} %d.0\n", candidate, g.votes[candidate])
		}
		return
	case r.URL.Path == "/vote":
		body, err := io.ReadAll(r.Body)
		var vote struct {
			Candidate int `json:"candidate"`
		}
		if err == nil {
			err = json.Unmarshal(body, &vote)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		g.mutex.Lock()
		g.votes[vote.Candidate]++
		if g.logs {
			fmt.Fprintf(&g.lines, "level=INFO msg=\"a vote came\" poll_number=%d\n", vote.Candidate)
		}
		g.mutex.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	g.program.ServeHTTP(w, r)
}

func (g *leak) log() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.lines.String()
}

// TestAttack_SucceedsAgainstCarelessness shows that everything that is stolen is worth something: where the
// program is careless in one point, the attacker finds the votes out by just that.
func TestAttack_SucceedsAgainstCarelessness(t *testing.T) {
	binary := program.Build(t)
	onEach(t, func(t *testing.T, open func(*testing.T) home) {
		t.Helper()
		succeedsAgainstCarelessness(t, binary, open)
	})
}

// few is how many groups careless programs have in each of six elections; of their 144 votes guessing is right for 18.
const few = 3

func succeedsAgainstCarelessness(t *testing.T, binary string, open func(*testing.T) home) {
	t.Helper()
	eight := []string{"--vote-group", strconv.Itoa(candidates), "--vote-wait", "1m"}
	for name, c := range map[string]struct {
		vote    cast
		single  bool // one election, for this takes long
		front   func(string) http.Handler
		shows   bool // by a change of the database
		flags   []string
		sources []string // each of which betrays the votes by itself
		order   string   // or this order of ballots
	}{
		"ballots are stored as they come": {vote: carelessly, sources: []string{fromFile, fromLog, fromBackup, fromRows}},
		// The program's own backup has all rows in the order of their keys, so it tells only what that order tells.
		"ballots are numbered":          {vote: numbered, sources: []string{fromOwn}, order: "by value"},
		"ballots stand as their voters": {vote: likeVoters, order: "by value"},
		"every vote is logged": {
			vote: overHTTP, flags: eight, sources: []string{fromServerLog},
			front: func(program string) http.Handler { return newLeak(program, true, false) },
		},
		"votes are counted by candidate in the metrics": {
			vote: overHTTP, flags: eight, sources: []string{fromMetrics},
			front: func(program string) http.Handler { return newLeak(program, false, true) },
		},
		"every vote is an event": {vote: onRecord, sources: []string{fromAudit}},
		"every vote is shown": {
			vote: leisurely, single: true, flags: []string{"--vote-group", "1"}, sources: []string{fromResults, fromFeed}, shows: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, contests := newScores(), 6
			if c.single {
				contests = 1
			}
			at := open(t)
			c.sources = slices.DeleteFunc(c.sources, func(source string) bool { return !at.has(source) })
			e := newEnv(t, at, binary, contests, few, c.front, c.flags...)
			e.backsUp = slices.Contains(c.sources, fromOwn)
			if c.shows {
				e.sql(t, e.everyVoteShown)
			}
			e.attack(t, c.vote, few, s)
			found := func(what string, orders ...string) {
				best, hits := s.best(orders...)
				fmt.Fprintf(t.Output(), "%s: by the %s %d of %d votes found out (%v)\n", name, what, hits, s.groups*candidates, best)
				if p := float64(len(s.hits)) * luck(hits, s.groups); p > significance {
					t.Errorf("want the attacker to find votes out by the %s, got %d hits in %d groups", what, hits, s.groups)
				}
			}
			for _, source := range c.sources {
				orders := s.orders(source)
				if len(orders) == 0 {
					t.Fatalf("no order rests on the %s", source)
				}
				found(source, orders...)
			}
			if c.order != "" {
				found("order "+c.order, c.order)
			}
		})
	}
}

// TestAttack_TheCloseErases has ballots stored as they come: before the close the attacker tells over whole
// elections who voted what, and after it no more.
func TestAttack_TheCloseErases(t *testing.T) {
	binary := program.Build(t)
	onEach(t, func(t *testing.T, open func(*testing.T) home) {
		t.Helper()
		before, after := newScores(), newScores()
		e := newEnv(t, open(t), binary, 10, few, nil)
		e.attackWhole(e.attack(t, carelessly, few, newScores()), few, before)
		fmt.Fprintf(t.Output(), "before the close: %v\n", before)
		if before.chance() > significance {
			t.Errorf("want the attacker to succeed before the close, got %v", before)
		}
		e.end(t)
		e.attackWhole(e.steal(t, e), few, after)
		fmt.Fprintf(t.Output(), "after the close: %v\n", after)
		if after.chance() < significance {
			t.Errorf("want no better than chance after the close, got %v", after)
		}
	})
}
