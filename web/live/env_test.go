package live

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"urna/internal/problem"
)

// patience bounds each wait for something that comes sooner or later; a slow machine under the race detector
// stays far below it.
const patience = time.Minute

// env is an election whose frame is a number, and a server that shows it. Its hub's heartbeat is an hour, so
// that nothing comes with a heartbeat which should have come by itself.
type env struct {
	hub      *Hub
	url      string
	client   *http.Client
	drawings atomic.Int64
	failure  atomic.Pointer[problem.Error]

	mu      sync.Mutex
	figure  int
	filler  string
	stamp   string    // after the figure, and no part of it
	turn    time.Time // when the clock alone changes the figure to 7; zero is never
	updates map[chan struct{}]bool

	meanwhile func() // happens once, after a drawing has read its figures
}

func newEnv(t *testing.T, http2 bool) *env {
	t.Helper()
	s := &env{updates: map[chan struct{}]bool{}}
	s.hub = New(Options{Draw: s.draw, Watch: s.watch, Now: time.Now})
	s.hub.heartbeatInterval = time.Hour
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.hub.Serve(w, r, 1, 0); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}))
	server.EnableHTTP2 = http2
	if http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	s.url, s.client = server.URL, server.Client()
	t.Cleanup(func() {
		s.hub.Stop()
		server.Close()
		s.client.CloseIdleConnections()
		for deadline := time.Now().Add(patience); ; { // Find itself waits less than a second
			err := goleak.Find()
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Error(err)
				return
			}
		}
	})
	return s
}

func (s *env) draw(context.Context, int64, int64) (Snapshot, error) {
	defer s.drawings.Add(1)
	if f := s.failure.Load(); f != nil {
		return Snapshot{}, f
	}
	s.mu.Lock()
	turn, meanwhile := s.turn, s.meanwhile
	s.meanwhile = nil
	if !turn.IsZero() && !time.Now().Before(turn) {
		s.figure, turn = 7, time.Time{} // without an update
	}
	figures := []byte(strconv.Itoa(s.figure) + s.filler)
	content := append(bytes.Clone(figures), s.stamp...)
	s.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
	rendered := func(context.Context) ([]byte, error) { return content, nil }
	return Snapshot{Content: rendered, Figures: figures, Changes: turn}, nil
}

func (s *env) watch(int64) (<-chan struct{}, func()) {
	updates := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates[updates] = true
	return updates, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.updates, updates)
	}
}

// show changes the figure.
func (s *env) show(figure int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figure = figure
	for updates := range s.updates {
		select {
		case updates <- struct{}{}:
		default:
		}
	}
}

// client is one watcher.
type client struct {
	ctx    context.Context // ends after patience
	body   io.ReadCloser
	lines  *bufio.Reader
	answer *http.Response
}

func (s *env) connect(t *testing.T, headers ...string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return &client{ctx: ctx, body: answer.Body, lines: bufio.NewReader(answer.Body), answer: answer}
}

// next returns the next frame's id and content; both are empty at the end.
func (s *client) next() (id, content string) {
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", ""
		}
		line = strings.TrimSuffix(line, "\n")
		if v, ok := strings.CutPrefix(line, "id: "); ok {
			id = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok {
			return id, v
		}
	}
}

// until reads frames up to the wanted one.
func (s *client) until(t *testing.T, want string) (id string) {
	t.Helper()
	for {
		id, content := s.next()
		if content == want {
			return id
		}
		if content == "" {
			t.Fatalf("the stream ended before %q, or it did not come in time (%v)", want, s.ctx.Err())
		}
	}
}
