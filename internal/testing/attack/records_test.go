package attack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// changes are what a source said that it had not said before, in the order in which it came.
type changes struct {
	mutex sync.Mutex
	text  strings.Builder
	lines map[string]bool
	votes map[string]int64
}

// add takes a text down, line by line, where it differs from the last one.
func (c *changes) add(text string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := map[string]bool{}
	for line := range strings.Lines(text) {
		now[line] = true
		if !c.lines[line] {
			c.text.WriteString(line + "\n")
		}
	}
	c.lines = now
}

// count takes down who has more votes than before: each name once for each vote.
func (c *changes) count(name string, votes int64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.votes == nil {
		c.votes = map[string]int64{}
	}
	for range votes - c.votes[name] {
		c.text.WriteString(name + "\n")
	}
	c.votes[name] = votes
}

func (c *changes) String() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.text.String()
}

// The sources of texts.
const (
	fromServerLog = "program's log"
	fromMetrics   = "metrics"
	fromResults   = "public results"
	fromFeed      = "live feed"
	fromAudit     = "audit log"
)

// records returns what each source has said about an election so far.
func (e *env) records(c *contest) map[string]string {
	records := map[string]string{fromServerLog: e.log(), fromMetrics: e.metrics.String(), fromAudit: e.auditLog()}
	if !e.unseen {
		records[fromResults], records[fromFeed] = c.figures.String(), c.feed.String()
	}
	return records
}

// auditLog returns all events, with the rows that they carry.
func (e *env) auditLog() string {
	rows, err := e.beside.QueryContext(context.Background(), `SELECT action || ' ' || subject || ' ' || detail || ' ' || coalesce(images, '')
		FROM audit_events LEFT JOIN audit_images ON event_id = id ORDER BY id`) // their numbers are their order
	if err != nil {
		panic(err) // a test that ends here has no log to read
	}
	defer func() { _ = rows.Close() }()
	var text strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			panic(err) // likewise
		}
		text.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		panic(err) // likewise
	}
	return text.String()
}

// news returns what each source has said since it was last asked.
func (e *env) news(c *contest) map[string]string {
	records := e.records(c)
	for source, text := range records {
		records[source] = text[c.marks[source]:]
		c.marks[source] = len(text)
	}
	return records
}

// look reads the program's metrics and the public figures of an election.
func (e *env) look(t *testing.T, c *contest) {
	t.Helper()
	e.metrics.add(e.getAt(t, e.measured))
	var figures struct {
		Constituencies []struct {
			Candidacies []struct {
				Name  string `json:"name"`
				Votes int64  `json:"votes"`
			} `json:"candidacies"`
		} `json:"constituencies"`
	}
	text := e.get(t, fmt.Sprintf("/api/v1/elections/%d/results", c.id))
	if err := json.Unmarshal([]byte(text), &figures); err != nil || len(figures.Constituencies) != 1 {
		t.Fatalf("want the public results, got %v: %s", err, text)
	}
	for _, candidacy := range figures.Constituencies[0].Candidacies {
		c.figures.count(candidacy.Name, candidacy.Votes)
	}
}

func (e *env) get(t *testing.T, path string) string {
	t.Helper()
	return e.getAt(t, e.url+path)
}

func (e *env) getAt(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// row is a participant's line in a picture of the live feed.
var row = regexp.MustCompile(`data-testid="result-name">([^<]*)<.*?data-testid="result-votes" data-value="(\d+)"`)

// watch follows an election's live feed until the test ends.
func (e *env) watch(t *testing.T, c *contest) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/elections/%d/live", e.url, c.id), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.client.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("want the live feed, got %v, %v", answer, err)
	}
	var reading sync.WaitGroup
	begun := make(chan struct{})
	var once sync.Once
	reading.Go(func() {
		defer func() { _ = answer.Body.Close() }()
		var picture strings.Builder
		for lines := bufio.NewReader(answer.Body); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			picture.WriteString(strings.TrimSpace(strings.TrimPrefix(line, "data: ")))
			if line != "\n" {
				continue
			}
			for _, part := range row.FindAllStringSubmatch(picture.String(), -1) {
				if votes, err := strconv.ParseInt(part[2], 10, 64); err == nil {
					c.feed.count(part[1], votes)
					once.Do(func() { close(begun) })
				}
			}
			picture.Reset()
		}
	})
	t.Cleanup(func() {
		cancel()
		reading.Wait()
	})
	<-begun // the attacker sees the figures
}

func readerOf(body string) io.Reader { return strings.NewReader(body) }

// whenWritten has a channel closed when a request is written.
func whenWritten(ctx context.Context, sent chan struct{}) context.Context {
	if sent == nil {
		return ctx
	}
	var once sync.Once
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { once.Do(func() { close(sent) }) },
	})
}
