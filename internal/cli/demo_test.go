package cli

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/internal/rehearsal"
)

// watched is a buffer that another goroutine may read.
type watched struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// until waits for a match.
func (w *watched) until(t *testing.T, pattern string) []string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		w.mu.Lock()
		match := expression.FindStringSubmatch(w.b.String())
		w.mu.Unlock()
		if match != nil {
			return match
		}
	}
	t.Fatalf("%q never came", pattern)
	return nil
}

func TestDemo_PrintsSignInsAtOnceAndCleansUp(t *testing.T) {
	temporaries := t.TempDir()
	t.Setenv("TMPDIR", temporaries)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{}
	ended := make(chan error, 1)
	go func() {
		ended <- (&DemoCommand{Addr: "127.0.0.1:0"}).Run(ctx, &Streams{Out: out, Err: io.Discard})
	}()
	url := out.until(t, `Urna is at (http://\S+)\n`)[1]
	for _, role := range []string{"administrator", "official"} {
		match := out.until(t, role+`: +(\S+) +password (\S+)\n`)
		client, err := rehearsal.NewClient(url)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.SignIn(t.Context(), match[1], match[2]); err != nil {
			t.Errorf("the %s cannot sign in: %v", role, err)
		}
		client.Close()
	}
	// The election that is open moves: its count grows while one looks.
	election, err := strconv.ParseInt(out.until(t, `moves by itself: `+regexp.QuoteMeta(url)+`/elections/(\d+)\n`)[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	anyone, err := rehearsal.NewClient(url)
	if err != nil {
		t.Fatal(err)
	}
	defer anyone.Close()
	growths := 0
	for last, deadline := int64(0), time.Now().Add(time.Minute); growths < 3; time.Sleep(50 * time.Millisecond) {
		results, err := anyone.Results(t.Context(), election)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want a count that grows, got %d after %d growths, %v", last, growths, err)
		}
		if results.Ballots.Cast > last {
			last = results.Ballots.Cast
			growths++
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("want a clean end, got %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the demonstration does not end")
	}
	left, err := os.ReadDir(temporaries)
	if err != nil || len(left) > 0 {
		t.Errorf("want nothing left behind, got %v, %v", left, err)
	}
}

func TestDemo_BusyPortSuggestsAnother(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	err = (&DemoCommand{Addr: listener.Addr().String()}).Run(t.Context(), &Streams{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "--addr") || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("want a message that names the address and --addr, got %v", err)
	}
}
