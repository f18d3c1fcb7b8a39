package web_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
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
	"urna/internal/database"
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
			all = append(all, fmt.Sprintf(`0\.%06d`, millionths), fmt.Sprintf(`%d[.,]%02d[ \x{a0}]?%%`, millionths/10_000, millionths/100%100))
		}
	}
	return regexp.MustCompile(`(?:^|[^0-9a-zA-Z.])(?:` + strings.Join(all, "|") + `)(?:[^0-9a-zA-Z]|$)`)
}

// embargo makes an open election with votes from a batch and online, for the view.
func (s *site) embargo(t *testing.T, view elections.PublicView, onlineVotes int) (*elections.Election, batch.Batch) {
	t.Helper()
	p := s.newPoll(t, onlineVotes, func(d *elections.Draft) {
		d.Title, d.PublicView, d.Channels, d.Confirmations = "Sealed "+string(view), view, nil, 1
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
	fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,77\n", p.election.ID, line+1) // invalid
	content := file.String()
	b := s.counted(t, p.election.ID, content)
	// The file a second time: each of its lines is a duplicate, and its poll number would be a vote.
	duplicates := s.counted(t, p.election.ID, content)
	if duplicates.Duplicates != b.Lines {
		t.Fatalf("want every line a duplicate, got %+v", duplicates)
	}
	var voters sync.WaitGroup
	for i := range p.keys {
		voters.Go(func() {
			key := online.Credentials{PersonalID: p.keys[i].PersonalID, GUID: p.keys[i].GUID}
			if err := s.Votes.Cast(t.Context(), online.Vote{Credentials: key, Candidate: "3"}); err != nil {
				t.Error(err)
			}
		})
	}
	voters.Wait()
	return p.election, duplicates
}

// counted sends a file as the official, also if it was sent before, and waits until it is counted.
func (s *site) counted(t *testing.T, electionID int64, content string) batch.Batch {
	t.Helper()
	d := batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: electionID, FileName: "box.csv", Again: true}
	b, err := s.Batches.Receive(t.Context(), d, strings.NewReader(content))
	for err == nil && b.State != batch.Counted {
		time.Sleep(10 * time.Millisecond)
		b, err = s.Batches.Batch(t.Context(), b.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lineNumber finds the number of a line in CSV, which is in the pattern of counts by chance.
var lineNumber = regexp.MustCompile(`(?m)^\d+,([0-9a-f]{8}-)`)

// lineVote finds the poll number of a line that does not count, on the page, in CSV and in JSON.
var lineVote = regexp.MustCompile(`-0000-4000-8000-[0-9a-f]{12}(?:</code></td>\s*<td[^>]*>|,|",\s*"poll_number":\s*)[0-9]`)

// certify ends an election and has it certified.
func (s *site) certify(t *testing.T, e *elections.Election) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "UPDATE elections SET ends_at = ? WHERE id = ?", time.Now().UnixMilli(), e.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		_, err := s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), e.ID, "", s.reasons(t, e)...)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("want the election certified, got %v", err)
		}
	}
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
	return b.String() + unpacked(t, []byte(text(answer)))
}

// unpacked returns a body with all that is packed in it, zip in gzip and files in zip likewise.
func unpacked(t *testing.T, body []byte) string {
	t.Helper()
	switch {
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatalf("want a zip archive that opens, got %v", err)
		}
		var all strings.Builder
		all.WriteString(archive.Comment)
		for _, file := range archive.File {
			content, err := archive.Open(file.Name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "\n%s\n%s", file.Name, unpacked(t, readAll(t, content)))
		}
		return all.String()
	case bytes.HasPrefix(body, []byte("\x1f\x8b")):
		content, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatalf("want gzip that opens, got %v", err)
		}
		return unpacked(t, readAll(t, content))
	default:
		return string(body)
	}
}

// packed returns a text in a compressed file in a zip archive in gzip.
func packed(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	outer := gzip.NewWriter(&b)
	archive := zip.NewWriter(outer)
	file, err := archive.Create("count.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(file, content)
	if err := errors.Join(err, archive.Close(), outer.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(t *testing.T, r io.ReadCloser) []byte {
	t.Helper()
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return content
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
		t.Errorf("want the feed without cookies and not cached, got %v", answer.Header)
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

	// First where they may be seen: a search that finds nothing here would prove nothing later.
	s.election, s.batch = s.embargo(t, elections.RunningCount, onlineVotes)
	visitor := s.visitor(t)
	for _, path := range []string{
		"/elections/:election", "/elections/:election/live", "/api/v1/elections/:id/results", "/api/v1/elections/:id/results.csv",
		"/elections/:election/results.cdf.json", "/elections/:election/results.csv", "/elections/:election/feed.atom",
	} {
		if !pattern.MatchString(s.reading(t, visitor, http.MethodGet, path)) {
			t.Errorf("%s: want the running count found where it may be seen", path)
		}
	}
	s.certify(t, s.election)
	administrator := s.signedIn(t, "administrator")
	for _, path := range []string{"/elections/:election/bundle.zip", "/admin/elections/:election/bundle.zip", "/api/v1/elections/:id/bundle-full.zip"} {
		if !pattern.MatchString(s.reading(t, administrator, http.MethodGet, path)) {
			t.Errorf("%s: want the count found in the certified election", path)
		}
	}
	if !pattern.MatchString(unpacked(t, packed(t, "votes 7919\n"))) {
		t.Error("want the count found in compressed answers")
	}

	s.election, s.batch = s.embargo(t, elections.TurnoutOnly, onlineVotes)
	looks, ownLines := 0, 0
	searched := map[string]bool{} // lines without a count: no count is longer than a line, and pages have most lines in common
	find := func(text string) string {
		for line := range strings.SplitSeq(text, "\n") {
			if searched[line] {
				continue
			}
			if found := pattern.FindString(line); found != "" {
				return found
			}
			searched[line] = true
		}
		return ""
	}
	for _, who := range whos {
		v := s.become(t, who)
		for _, route := range s.server.Routes() {
			if slices.Contains([]string{"/logout", "/account/sessions/end-others"}, route.Path) || route.Method == http.MethodDelete {
				continue // signed out: there is nothing more to see
			}
			got := s.reading(t, v, route.Method, route.Path)
			if found := find(lineNumber.ReplaceAllString(got, "$1")); found != "" {
				t.Errorf("%s %s as %s: want no count by participant, found %q", route.Method, route.Path, who, found)
			}
			switch found := lineVote.FindString(got); {
			case found != "" && who != "official":
				t.Errorf("%s %s as %s: want no vote of a line that does not count, found %q", route.Method, route.Path, who, found)
			case found != "":
				ownLines++
			}
			looks++
		}
		s.disable(t, "disabled administrator", false)
		s.sessionClock.Reset()
	}
	if ownLines < 3 {
		t.Errorf("want the official to see the votes of their own lines on the page, in CSV and in JSON, saw them %d times", ownLines)
	}
	if looks < 100*len(whos) {
		t.Errorf("want every route looked at as everybody, looked %d times", looks)
	}
	// Nine online votes may not show yet: they wait for a tenth, and how many do depends on how they were committed.
	turnout := regexp.MustCompile(`45\.4[345] ?%`)
	if page := s.reading(t, visitor, http.MethodGet, "/elections/:election"); !strings.Contains(page, "Sealed turnout") || !turnout.MatchString(page) {
		t.Errorf("want the election's own page, with its turnout, among what was looked at, got %s", page)
	}
	// The hash of the figures would confirm a guess of them.
	answer := administrator.send(t, http.MethodGet, "/api/v1/elections/"+id(s.election.ID)+"/certification", "")
	if said := text(answer); answer.StatusCode != http.StatusForbidden || !strings.Contains(said, `/embargoed"`) {
		t.Errorf("want nothing of the figures told, not their hash either, got %s: %s", answer.Status, said)
	}
	if found := pattern.FindString(log.String()); found != "" {
		t.Errorf("want no count by participant in the log, found %q", found)
	}
	events, err := audit.NewReader(s.DB.Pool()).Events(t.Context(), audit.Filter{Limit: 1000})
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
