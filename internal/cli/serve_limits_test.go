package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// shout is what a command prints, for a test that reads along.
type shout struct {
	mutex sync.Mutex
	b     bytes.Buffer
}

// Write implements io.Writer.
func (s *shout) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.b.Write(p)
}

func (s *shout) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.b.String()
}

// TestServe_RateLimits guesses sixty times at one voter's key, with limits and without, and reads what the server
// says of itself.
func TestServe_RateLimits(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	for limit, waits := range map[string]bool{"on": true, "off": false} {
		t.Run(limit, func(t *testing.T) {
			c := ServeCommand{
				Data: t.TempDir(), MaxUpload: 1 << 20, listenFlags: listenFlags{Addr: "127.0.0.1:0"},
				RateLimit: limit, VoteGroup: 1, VoteWait: time.Second,
			}
			ctx, cancel := context.WithCancel(t.Context())
			said, ended := &shout{}, make(chan error, 1)
			go func() { ended <- c.Run(ctx, &Streams{In: strings.NewReader(""), Out: io.Discard, Err: said}) }()
			defer func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}()
			address := ""
			for deadline := time.Now().Add(time.Minute); address == "" && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
				// The last line of the hint for an empty folder: everything else that the server prints comes before.
				if at := regexp.MustCompile(`(?s)listening on (http\S+)\n.*urna setup-link`).FindStringSubmatch(said.String()); at != nil {
					address = at[1]
				}
			}
			if loud := strings.Contains(said.String(), "RATE LIMITS ARE OFF"); loud == waits {
				t.Errorf("want a server without limits to say so, and no other, got:\n%s", said)
			}
			told := map[int]int{}
			for range 60 {
				body := strings.NewReader(`{"personal_id":"x","guid":"5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11","candidate":1}`)
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/vote", body)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				told[answer.StatusCode]++
				_ = answer.Body.Close()
			}
			if waits != (told[http.StatusTooManyRequests] > 0) || told[http.StatusForbidden]+told[http.StatusTooManyRequests] != 60 {
				t.Errorf("want waits %v for sixty wrong keys, got %v", waits, told)
			}
		})
	}
}
