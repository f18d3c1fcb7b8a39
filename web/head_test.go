package web_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
)

// unsized are the routes whose answers are written as they are read, so that their length is known at the end only.
var unsized = []string{"/admin/audit.csv", "/admin/audit.jsonl", "/batches/:batch/invalid.csv", "/elections/:election/live", "/elections/:election/constituencies/:constituency/live"}

// TestHead_AnswersAsGetDoes walks every GET route with HEAD, as several people, and compares what both say. A route
// that is added with GET alone, beside the type routes, fails here.
func TestHead_AnswersAsGetDoes(t *testing.T) {
	s := newSite(t)
	s.closed(t, s.election) // which the audit log on every page tells of
	for _, who := range []string{"anonymous", "administrator", "official"} {
		v := s.become(t, who)
		for n, route := range s.server.Routes() {
			if route.Method != http.MethodGet || strings.HasSuffix(route.Path, "/live") {
				continue // the feed has a test of its own
			}
			path := s.address(strings.Replace(route.Path, "/batches/:id", "/batches/:batch", 1))
			coding := []string{"Accept-Encoding", []string{"identity", "gzip"}[n%2]}
			get, head := v.send(t, http.MethodGet, path, "", coding...), v.send(t, http.MethodHead, path, "", coding...)
			if get.StatusCode != head.StatusCode {
				t.Errorf("%s as %s: want %s, got %s", path, who, get.Status, head.Status)
				continue
			}
			if body := text(head); body != "" {
				t.Errorf("%s as %s: want no body, got %q", path, who, body)
			}
			// net/http gives a redirect a body for GET alone.
			open := slices.Contains(unsized, route.Path) || get.StatusCode == http.StatusSeeOther
			if length := int64(len(text(get))); head.ContentLength != length && (head.ContentLength != -1 || !open) {
				t.Errorf("%s as %s: want the length %d, got %d", path, who, length, head.ContentLength)
			}
			for _, either := range []http.Header{get.Header, head.Header} {
				for name := range either {
					if !slices.Contains([]string{"Date", "Content-Length", "X-Request-Id"}, name) && !slices.Equal(get.Header[name], head.Header[name]) {
						t.Errorf("%s as %s: want %s %q, got %q", path, who, name, get.Header[name], head.Header[name])
					}
				}
			}
		}
	}
	for path, allowed := range map[string]string{"/": "GET, HEAD", "/healthz": "GET, HEAD", "/vote": "POST", "/login": "GET, HEAD, POST"} {
		answer := s.visitor(t).send(t, http.MethodDelete, path, "")
		got := strings.Split(answer.Header.Get("Allow"), ", ")
		slices.Sort(got)
		if answer.StatusCode != http.StatusMethodNotAllowed || strings.Join(got, ", ") != allowed {
			t.Errorf("DELETE %s: want 405 and %s, got %s and %q", path, allowed, answer.Status, answer.Header.Get("Allow"))
		}
	}
}

// TestHead_HasNoEffect walks every route with HEAD, with keys that wait to be taken, and compares the database before
// and after.
func TestHead_HasNoEffect(t *testing.T) {
	s := newSite(t)
	s.closed(t, s.election)
	p := s.newPoll(t, 0, nil)
	v := s.signedIn(t, "administrator")
	at := v.issue(t, p.election.ID, "personal_id\nv-1\nv-2\n")
	before := s.content(t)
	paths := []string{at, at + "/keys.csv", at + "/letters?address=https://vote.example.org&first=1&most=2", at + "/progress"}
	for _, route := range s.server.Routes() {
		if route.Method == http.MethodGet {
			paths = append(paths, s.address(route.Path))
		}
	}
	for _, path := range paths {
		if answer := v.send(t, http.MethodHead, path, ""); answer.StatusCode == http.StatusMethodNotAllowed {
			t.Errorf("%s: want HEAD answered, got %s", path, answer.Status)
		}
	}
	for _, path := range paths[:3] {
		answer := v.send(t, http.MethodHead, path, "")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: want the answer's head, got %s, %v", path, answer.Status, answer.Header)
		}
	}
	if got := s.disclosures(t, p.election.ID); len(got) != 0 {
		t.Errorf("want no disclosure on record, got %q", got)
	}
	if after := s.content(t); before != after {
		t.Errorf("want the database as it was, got another:\n%s\n%s", before, after)
	}
	v.get(t, at+"/keys.csv")
	if got := s.disclosures(t, p.election.ID); len(got) != 1 || s.content(t) == before {
		t.Errorf("want the test to see a disclosure, got %q", got)
	}
}

// content returns the main database's tables with a hash of each one's content.
func (s *site) content(t *testing.T) string {
	t.Helper()
	query := func(statement string) (all [][]any) {
		t.Helper()
		rows, err := s.DB.Pool().QueryContext(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, targets := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				targets[i] = &values[i]
			}
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			all = append(all, values)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	var b strings.Builder
	for _, table := range query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
		name := fmt.Sprint(table[0])
		fmt.Fprintf(&b, "%s %x\n", name, sha256.Sum256(fmt.Append(nil, query(`SELECT * FROM "`+name+`"`))))
	}
	return b.String()
}

// TestHead_OpensNoLiveFeed sends HEAD to the live feed of elections that exist and of one that does not. The
// connection goes on: a feed would have taken it for itself.
func TestHead_OpensNoLiveFeed(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) { d.PublicView = elections.TurnoutOnly })
	home, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", home.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	ask := func(method, path string) *http.Response {
		t.Helper()
		if _, err := io.WriteString(conn, method+" "+path+" HTTP/1.1\r\nHost: urna\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		request, _ := http.NewRequestWithContext(t.Context(), method, s.url+path, http.NoBody)
		answer, err := http.ReadResponse(answers, request)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		return answer
	}
	for path, want := range map[string]int{
		"/elections/" + id(s.election.ID) + "/live": http.StatusOK, "/elections/" + id(p.election.ID) + "/live": http.StatusOK,
		"/elections/4711/live": http.StatusNotFound, "/elections/x/live": http.StatusNotFound,
	} {
		answer := ask(http.MethodHead, path)
		if answer.StatusCode != want || want == http.StatusOK && (answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Cache-Control") != "no-store") {
			t.Errorf("HEAD %s: want %d and a feed's head, got %s, %v", path, want, answer.Status, answer.Header)
		}
		if answer := ask(http.MethodGet, "/healthz"); answer.StatusCode != http.StatusOK {
			t.Errorf("want the connection to go on, got %s", answer.Status)
		}
	}
}
