package metrics

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// read returns what a reader gets.
func read(t *testing.T, m *Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	body, err := io.ReadAll(recorder.Body)
	if err != nil || recorder.Code != http.StatusOK {
		t.Fatalf("want the metrics, got %d, %v", recorder.Code, err)
	}
	return string(body)
}

func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("want %s, got\n%s", line, text)
		}
	}
}

// TestPublish_OnlyAtTheInterval measures between two publications: a reader sees nothing of it, however often it reads.
func TestPublish_OnlyAtTheInterval(t *testing.T) {
	m := New("1.2.3", 0)
	request := Request{Method: http.MethodGet, Route: "/", Status: 200, Took: time.Millisecond}
	m.Request(request)
	if text := read(t, m); strings.Contains(text, "urna_") {
		t.Errorf("want nothing before the first publication, got %s", text)
	}
	m.Publish()
	first := read(t, m)
	has(t, first, `urna_http_requests_total{method="GET",route="/",status="200"} 1`, `urna_build_info{version="1.2.3"} 1`)
	m.Request(request)
	m.Commit(false, time.Millisecond, time.Millisecond, false)
	if text := read(t, m); text != first {
		t.Errorf("want what was published, got\n%s", text)
	}
	m.Publish()
	has(t, read(t, m), `urna_http_requests_total{method="GET",route="/",status="200"} 2`, `urna_commit_duration_seconds_count{of="others"} 1`,
		`urna_write_wait_seconds_count 1`)
}

// TestPublish_VotesInSteps publishes after each event of a voter: a series moves by ten or more, with all its parts.
func TestPublish_VotesInSteps(t *testing.T) {
	m := New("", 0)
	stored := 0.
	m.Votes("urna_votes_total", "Votes.", func() float64 { return stored })
	m.Waiting("urna_votes_waiting", "Votes that wait.", func() float64 { return stored })
	counts := func() map[string]string {
		found := map[string]string{}
		for line := range strings.Lines(read(t, m)) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
			if ok && strings.Contains(name, "vote") && !strings.HasPrefix(line, "#") {
				found[name] = value
			}
		}
		return found
	}
	m.Publish()
	last := counts()
	for n := 1; n <= 25; n++ {
		stored++
		m.Request(Request{Method: http.MethodPost, Route: "/vote", Status: 200, Took: time.Duration(n) * time.Millisecond, Voter: true})
		m.Commit(true, time.Millisecond, time.Duration(n)*time.Millisecond, false)
		m.Publish()
		now := counts()
		moved := fmt.Sprint(now) != fmt.Sprint(last)
		if want := n == 10 || n == 20; moved != want {
			t.Errorf("after %d votes: want a step %v, got %v after %v", n, want, now, last)
		}
		last = now
	}
	for name, want := range map[string]string{
		"urna_votes_total": "20", "urna_votes_waiting": "20", `urna_http_requests_total{method="POST",route="/vote",status="200"}`: "20",
		`urna_http_request_duration_seconds_count{route="/vote"}`: "20", `urna_commit_duration_seconds_count{of="votes"}`: "20",
	} {
		if last[name] != want {
			t.Errorf("want %s %s, got %q", name, want, last[name])
		}
	}
	// The sums are those of the step, 1 + 2 + … + 20 ms.
	for _, name := range []string{`urna_http_request_duration_seconds_sum{route="/vote"}`, `urna_commit_duration_seconds_sum{of="votes"}`} {
		if got := last[name]; !strings.HasPrefix(got, "0.21") && !strings.HasPrefix(got, "0.20999") {
			t.Errorf("want %s 0.21, got %s", name, got)
		}
	}
}

// TestRequest_FailuresOfVotersAreSeenAtOnce: a request that fails stores no vote, and the operator must know.
func TestRequest_FailuresOfVotersAreSeenAtOnce(t *testing.T) {
	m := New("", 0)
	m.Request(Request{Method: http.MethodPost, Route: "/vote", Status: 503, Took: time.Millisecond, Voter: true})
	for range 10 {
		m.Request(Request{Method: http.MethodPost, Route: "/vote", Status: 200, Took: time.Millisecond, Voter: true})
	}
	m.Publish()
	has(t, read(t, m), `urna_http_requests_total{method="POST",route="/vote",status="503"} 1`,
		`urna_http_requests_total{method="POST",route="/vote",status="200"} 10`, `urna_http_request_duration_seconds_count{route="/vote"} 11`)
}

func TestRequest_LabelsAreBounded(t *testing.T) {
	m := New("", 0)
	for i := range 20 {
		m.Request(Request{Method: fmt.Sprintf("WORD%d", i), Status: 404, Took: time.Millisecond})
	}
	m.Request(Request{Method: http.MethodGet, Route: "/elections/:election/live", Status: 200, Took: time.Hour, Feed: true})
	m.Publish()
	text := read(t, m)
	has(t, text, `urna_http_requests_total{method="other",route="none",status="404"} 20`,
		`urna_http_requests_total{method="GET",route="/elections/:election/live",status="200"} 1`)
	if strings.Contains(text, `duration_seconds_count{route="/elections/:election/live"}`) {
		t.Errorf("want no time of a live feed, got\n%s", text)
	}
}

// TestPublish_RoundsWhatOneRequestCouldMove reads the measurements of Go and the process.
func TestPublish_RoundsWhatOneRequestCouldMove(t *testing.T) {
	m := New("", 0)
	m.Gauge("urna_wal_bytes", "Size.", 1<<20, func() float64 { return 3<<20 + 4711 })
	m.Publish()
	text := read(t, m)
	has(t, text, "urna_wal_bytes 3.145728e+06")
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var number float64
		if _, err := fmt.Sscan(value, &number); err != nil || strings.HasPrefix(line, "#") {
			continue
		}
		to, known := ofProcess()[strings.SplitN(name, "{", 2)[0]]
		switch {
		case !known && !strings.HasPrefix(name, "urna_"):
			t.Errorf("want no measurement %s", name)
		case known && to > 0 && number != floor(number, to):
			t.Errorf("want %s rounded to %v, got %v", name, to, number)
		}
	}
	for _, want := range []string{"go_goroutines ", "process_open_fds ", "process_resident_memory_bytes ", "process_start_time_seconds "} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("want %s", want)
		}
	}
}

// TestLevel_IsHeldUntilItMovesByTen: rounding would show the one connection that crosses a multiple of ten.
func TestLevel_IsHeldUntilItMovesByTen(t *testing.T) {
	m := New("", 0)
	open := 29.
	m.Level("urna_connections", "Connections.", func() float64 { return open })
	for _, c := range []struct{ open, want float64 }{{29, 29}, {30, 29}, {38, 29}, {39, 39}, {30, 39}, {29, 29}, {0, 0}} {
		open = c.open
		m.Publish()
		has(t, read(t, m), fmt.Sprintf("urna_connections %v", c.want))
	}
}

func TestGauges_WhatCannotBeReadIsMissing(t *testing.T) {
	m := New("", 0)
	m.Gauges("urna_batches", "Batches.", "state", func(context.Context) (map[string]float64, error) { return nil, io.ErrUnexpectedEOF })
	m.Counters("urna_sign_ins_total", "Sign-ins.", "result", func(context.Context) (map[string]float64, error) {
		return map[string]float64{"refused": 3}, nil
	})
	m.Publish()
	text := read(t, m)
	has(t, text, `urna_sign_ins_total{result="refused"} 3`)
	if strings.Contains(text, "urna_batches{") {
		t.Errorf("want no value, got\n%s", text)
	}
}

func TestRun_EndsWithItsContext(t *testing.T) {
	m := New("", time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Run(ctx)
	}()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(read(t, m), "urna_build_info"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want a publication")
		}
	}
	cancel()
	<-ended
}
