package web

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
)

// Votes by participant that stand for nothing else on any page: primes, each with another share.
var embargoed = []int{7919, 6143, 4057}

// secret finds them in any way of writing a number, as the votes of batches, those with the online votes
// of the last one, and the shares of both.
func secret(onlineVotes int) *regexp.Regexp {
	var all []string
	number := func(n int) {
		digits := strconv.Itoa(n)
		all = append(all, digits[:1]+`[\x{202f}\x{a0} ,.']?`+digits[1:])
	}
	for _, total := range []int{0, onlineVotes} {
		sum := total
		for _, n := range embargoed {
			sum += n
		}
		for i, n := range embargoed {
			if i == len(embargoed)-1 {
				n += total
			}
			number(n)
			millionths := (n*2_000_000 + sum) / (2 * sum)
			all = append(all, fmt.Sprintf(`0\.%06d`, millionths), fmt.Sprintf(`%d\.%02d ?%%`, millionths/10_000, millionths/100%100))
		}
	}
	return regexp.MustCompile(`(?:^|[^0-9a-zA-Z.])(?:` + strings.Join(all, "|") + `)(?:[^0-9a-zA-Z]|$)`)
}

// embargo makes an open election with votes from a batch and online, for the view.
func (s *site) embargo(t *testing.T, view elections.PublicView, onlineVotes int) (*elections.Election, batch.Batch) {
	t.Helper()
	p := s.newPoll(t, onlineVotes, func(d *elections.Draft) {
		d.Title, d.PublicView, d.Channels = "Sealed "+string(view), view, nil
		d.Constituencies[0].RegisteredVoters = 40_000
	})
	var file bytes.Buffer
	line := 0
	for i, votes := range embargoed {
		for range votes {
			line++
			fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,%d\n", p.election.ID, line, i+1)
		}
	}
	fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,77\n", p.election.ID, line+1) // for nobody
	batches := s.server.services.Batches
	b, err := batches.Receive(t.Context(), batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: p.election.ID}, &file)
	if err != nil {
		t.Fatal(err)
	}
	var voters sync.WaitGroup
	for i := range p.keys {
		voters.Go(func() {
			key := online.Credentials{PersonalID: p.keys[i].PersonalID, GUID: p.keys[i].GUID}
			if err := s.votes.Cast(t.Context(), online.Vote{Credentials: key, Candidate: "3"}); err != nil {
				t.Error(err)
			}
		})
	}
	voters.Wait()
	for b.State != batch.Counted {
		time.Sleep(10 * time.Millisecond)
		if b, err = batches.Batch(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
	}
	return p.election, b
}

// reading is what a route answered, headers and all.
func (s *site) reading(t *testing.T, v *visitor, method, path string) string {
	t.Helper()
	path = strings.NewReplacer("/elections/:id", "/elections/:election", "/batches/:id", "/batches/:batch").Replace(path)
	address := s.address(path)
	if strings.HasSuffix(path, "/live") {
		return s.firstEvent(t, http.DefaultClient, address)
	}
	q := "?" + strings.Join([]string{"id=", "election=", "election_id="}, id(s.election.ID)+"&") + id(s.election.ID)
	answer := v.send(t, method, address+q, "")
	var b strings.Builder
	_ = answer.Header.Write(&b) // a builder takes everything
	return b.String() + text(answer)
}

// firstEvent reads the live feed's first picture.
func (s *site) firstEvent(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("want proxies told to hold nothing back, got %v", answer.Header)
	}
	if answer.Header.Get("Set-Cookie") != "" || strings.Contains(answer.Header.Get("Vary"), "Cookie") || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("want the feed to know nobody and to be kept by nobody, got %v", answer.Header)
	}
	var b strings.Builder
	for lines := bufio.NewScanner(answer.Body); lines.Scan() && lines.Text() != ""; {
		b.WriteString(lines.Text() + "\n")
	}
	return b.String()
}

// TestEmbargo_NoRouteTellsAnybody walks every route as everybody, with an open election that shows its
// turnout only, and looks for its counts by participant; and in all that was logged and recorded.
func TestEmbargo_NoRouteTellsAnybody(t *testing.T) {
	const onlineVotes = 60
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	log := &guarded{}
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := newSite(t)
	pattern := secret(onlineVotes)

	// First where they may be seen: whoever looks badly would find nothing here either.
	s.election, s.batch = s.embargo(t, elections.RunningCount, onlineVotes)
	nobody := s.visitor(t)
	for _, path := range []string{"/elections/:election", "/elections/:election/live", "/api/v1/elections/:id/results", "/api/v1/elections/:id/results.csv"} {
		if !pattern.MatchString(s.reading(t, nobody, http.MethodGet, path)) {
			t.Errorf("%s: want the running count found where it may be seen", path)
		}
	}

	s.election, s.batch = s.embargo(t, elections.TurnoutOnly, onlineVotes)
	looks := 0
	for _, who := range whos {
		v := s.become(t, who)
		for _, route := range s.server.router().Routes() {
			if slices.Contains([]string{"/logout", "/account/sessions/end-others"}, route.Path) || route.Method == http.MethodDelete {
				continue // whoever has left sees nothing more
			}
			found := pattern.FindString(s.reading(t, v, route.Method, route.Path))
			if found != "" {
				t.Errorf("%s %s as %s: want no count by participant, found %q", route.Method, route.Path, who, found)
			}
			looks++
		}
		s.disable(t, "disabled administrator", false)
		s.clock.Reset()
	}
	if looks < 100*len(whos) {
		t.Errorf("want every route looked at as everybody, looked %d times", looks)
	}
	if page := s.reading(t, nobody, http.MethodGet, "/elections/:election"); !strings.Contains(page, "Sealed turnout") || !strings.Contains(page, "45.45") {
		t.Error("want the election's own page, with its turnout, among what was looked at")
	}
	if found := pattern.FindString(log.String()); found != "" {
		t.Errorf("want no count by participant in the log, found %q", found)
	}
	events, err := audit.NewReader(s.db.Pool()).Events(t.Context(), audit.Filter{Limit: 1000})
	if err != nil || len(events) == 0 {
		t.Fatalf("want the audit log, got %d events, %v", len(events), err)
	}
	for _, e := range events {
		if found := pattern.FindString(fmt.Sprintf("%+v", e)); found != "" {
			t.Errorf("want no count by participant in the audit log, found %q in %s", found, e.Action)
		}
	}
}

// guarded is a buffer for many writers.
type guarded struct {
	mutex sync.Mutex
	b     bytes.Buffer
}

// Write implements io.Writer.
func (g *guarded) Write(p []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.b.Write(p)
}

// String returns what was written so far.
func (g *guarded) String() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.b.String()
}
