package live

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"urna/internal/app/openfiles"
	"urna/internal/messages"
	"urna/internal/problem"
)

const (
	// heartbeatInterval is the time between two heartbeats. A heartbeat keeps proxies from closing an idle
	// connection, detects watchers that have disconnected, and updates the time at which the figures were read. It
	// does not depend on changes.
	heartbeatInterval = 15 * time.Second
	// minInterval and intervalPerWatcher limit the rate of frames of one election: four a second, and one a
	// second for ten thousand watchers. Sending a frame to one watcher costs some 50 µs.
	minInterval        = 250 * time.Millisecond
	intervalPerWatcher = 100 * time.Microsecond
	// drawTimeout limits the drawing of one snapshot.
	drawTimeout = 10 * time.Second
)

var (
	// ErrFull is returned if the maximum number of watchers is reached.
	ErrFull = problem.New(problem.Busy, "too-many-watchers",
		messages.RefusalTooManyWatchers())
	errStopped = problem.New(problem.Busy, "stopping", messages.RefusalStopping())
)

// Snapshot shows an election at one moment.
type Snapshot struct {
	// Content renders the snapshot. It is called only if the snapshot may be sent.
	Content func(ctx context.Context) ([]byte, error)
	// Figures identify the shown figures, without the parts that change on their own, such as the time of drawing. A
	// snapshot with the same figures as the last one is not sent before the next heartbeat.
	Figures []byte
	// Changes is the time at which the clock alone changes the snapshot, such as the end of voting; zero is never.
	Changes time.Time
}

// Options say where frames come from.
type Options struct {
	// Draw draws the current snapshot of an election, or of a part of it. An error of the first drawing is the answer to the
	// requests that wait for it.
	Draw func(ctx context.Context, electionID, part int64) (Snapshot, error)
	// Watch returns a channel that receives after a change, and a function that ends it.
	Watch func(electionID int64) (<-chan struct{}, func())
	Now   func() time.Time
}

// Hub holds all watchers. Its methods may be called concurrently.
type Hub struct {
	options           Options
	maxWatchers       int
	writeTimeout      time.Duration
	heartbeatInterval time.Duration
	heartbeat         *frame

	ctx   context.Context // of the topics
	end   context.CancelFunc
	group sync.WaitGroup // topics, and watchers on hijacked connections

	mu       sync.Mutex
	topics   map[topicKey]*topic
	watchers int
	stopped  bool
}

// New returns a hub without watchers.
func New(o Options) *Hub {
	h := &Hub{
		options: o, maxWatchers: openfiles.Feeds(), writeTimeout: writeTimeout, heartbeatInterval: heartbeatInterval,
		topics: map[topicKey]*topic{},
	}
	comment := []byte(": still here\n\n")
	compressed, err := compress(comment)
	if err != nil {
		panic(err) // a constant that can be compressed
	}
	h.heartbeat = &frame{plain: comment, compressed: compressed}
	h.ctx, h.end = context.WithCancel(context.Background())
	return h
}

// Watchers returns the current number of watchers.
func (h *Hub) Watchers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watchers
}

// Stop closes every connection, refuses new ones, and returns after the last one has closed.
func (h *Hub) Stop() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.end()
	h.group.Wait()
}

// Serve answers with the frames of an election, or of a part of it (0 is the whole), until the watcher disconnects, is too
// slow, or the hub stops. An error means that no answer was written yet. Over HTTP/1 Serve hijacks the connection and returns
// at once, so that an idle watcher costs one goroutine and one socket.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, electionID, part int64) error {
	key := topicKey{electionID, part, messages.From(r.Context()).Language()}
	t, err := h.join(key, messages.From(r.Context())) //nolint:contextcheck // a topic outlives the request that starts it
	if err != nil {
		return err
	}
	select {
	case <-t.drawn:
	case <-r.Context().Done():
		h.leave(t)
		return r.Context().Err()
	}
	if t.failure != nil {
		h.leave(t)
		return t.failure
	}
	return h.attach(w, r, t)
}

// join counts a new watcher, and starts the topic of the election and the language if it does not run.
func (h *Hub) join(key topicKey, language *messages.Localizer) (*topic, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopped:
		return nil, errStopped
	case h.watchers >= h.maxWatchers:
		return nil, ErrFull
	}
	t := h.topics[key]
	if t == nil {
		t = &topic{hub: h, key: key, drawn: make(chan struct{})}
		var ctx context.Context
		ctx, t.end = context.WithCancel(messages.With(h.ctx, language))
		h.topics[key] = t
		h.group.Go(func() { t.run(ctx) })
	}
	t.watchers++
	h.watchers++
	return t, nil
}

// leave counts a watcher that left, and ends the topic after the last one.
func (h *Hub) leave(t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers--
	t.watchers--
	if t.watchers == 0 {
		h.remove(t)
	}
}

// remove ends a topic; the next watcher starts a new one. The caller holds h.mu.
func (h *Hub) remove(t *topic) {
	t.end()
	if h.topics[t.key] == t {
		delete(h.topics, t.key)
	}
}

// failed ends a topic whose first drawing failed.
func (h *Hub) failed(t *topic, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if errors.Is(err, context.Canceled) {
		err = errStopped
	}
	t.failure = err
	h.remove(t)
}

// minInterval returns the least time between two frames of a topic.
func (h *Hub) minInterval(t *topic) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(minInterval, time.Duration(t.watchers)*intervalPerWatcher)
}
