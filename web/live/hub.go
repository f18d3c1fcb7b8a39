package live

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"urna/internal/openfiles"
	"urna/internal/problem"
)

const (
	// heartbeat keeps proxies from closing a connection that has nothing to say, shows which watchers have gone,
	// and says anew as of when the figures are. It comes whether anything happened or not.
	heartbeat = 15 * time.Second
	// leastPause and perWatcher space the pictures of one election: at most four a second, and one a
	// second where ten thousand watch. To send a picture to one watcher costs some 50 µs.
	leastPause = 250 * time.Millisecond
	perWatcher = 100 * time.Microsecond
	// drawing bounds how long one picture may take.
	drawing = 10 * time.Second
	// mostWatchers is how many may watch at once where the system's limit on open files is higher.
	mostWatchers = 50_000
)

var (
	// ErrFull is returned where as many watch as there is room for.
	ErrFull = problem.New(problem.Busy, "too-many-watchers",
		"So many people watch that this page cannot move by itself for more; load it again to see the present figures.")
	errStopped = problem.New(problem.Busy, "stopping", "The server is stopping.")
)

// Picture is what is shown of an election at one moment.
type Picture struct {
	Content []byte
	// Figures are the content without what moves by itself, such as the time of drawing. A picture that differs
	// from the last one in nothing else is not sent before the next heartbeat.
	Figures []byte
	// Changes is when the clock alone will change it, such as at the end of voting; zero is never.
	Changes time.Time
}

// Options say where pictures come from.
type Options struct {
	// Draw draws the present picture. Its refusals reach whoever asked first.
	Draw func(ctx context.Context, electionID int64) (Picture, error)
	// Watch returns a channel that receives after a change, and a function that ends it.
	Watch func(electionID int64) (<-chan struct{}, func())
	Now   func() time.Time
}

// Hub holds everyone who watches. Its methods may be called concurrently.
type Hub struct {
	options   Options
	most      int // watchers at once
	slow      time.Duration
	heartbeat time.Duration
	beat      *edition

	ctx   context.Context // of the programmes
	end   context.CancelFunc
	group sync.WaitGroup // programmes, and watchers on connections of their own

	mu         sync.Mutex
	programmes map[int64]*programme
	watchers   int
	stopped    bool
}

// New returns a hub without watchers.
func New(o Options) *Hub {
	h := &Hub{options: o, most: room(), slow: slow, heartbeat: heartbeat, programmes: map[int64]*programme{}}
	comment := []byte(": still here\n\n")
	packed, err := pack(comment)
	if err != nil {
		panic(err) // a constant that can be compressed
	}
	h.beat = &edition{plain: comment, packed: packed}
	h.ctx, h.end = context.WithCancel(context.Background())
	return h
}

// room returns how many may watch, so that a third of the files that the process may have open stays for
// votes, which may take a quarter, for uploads and for the database.
func room() int {
	return min(openfiles.Limit()/3*2, mostWatchers)
}

// Watchers returns how many watch at the moment.
func (h *Hub) Watchers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watchers
}

// Stop ends every connection, now and from now on, and returns when the last one has ended.
func (h *Hub) Stop() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.end()
	h.group.Wait()
}

// Serve answers with the election's pictures, until the watcher goes, is too slow, or the hub stops. An
// error means that nothing was answered yet. Over HTTP/1 the connection is taken out of the server's
// hands and Serve returns at once: what a waiting watcher costs is then a goroutine and a socket.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, electionID int64) error {
	p, err := h.join(electionID) //nolint:contextcheck // a programme outlives the request that begins it
	if err != nil {
		return err
	}
	select {
	case <-p.drawn:
	case <-r.Context().Done():
		h.leave(p)
		return r.Context().Err()
	}
	if p.failure != nil {
		h.leave(p)
		return p.failure
	}
	return h.attach(w, r, p)
}

// join counts a watcher in, and begins the election's programme where there is none.
func (h *Hub) join(electionID int64) (*programme, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopped:
		return nil, errStopped
	case h.watchers >= h.most:
		return nil, ErrFull
	}
	p := h.programmes[electionID]
	if p == nil {
		p = &programme{hub: h, election: electionID, drawn: make(chan struct{})}
		var ctx context.Context
		ctx, p.end = context.WithCancel(h.ctx)
		h.programmes[electionID] = p
		h.group.Go(func() { p.run(ctx) })
	}
	p.watchers++
	h.watchers++
	return p, nil
}

// leave counts a watcher out, and ends the programme with the last one.
func (h *Hub) leave(p *programme) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers--
	p.watchers--
	if p.watchers == 0 {
		h.drop(p)
	}
}

// drop ends a programme; the next watcher begins another. It needs the lock.
func (h *Hub) drop(p *programme) {
	p.end()
	if h.programmes[p.election] == p {
		delete(h.programmes, p.election)
	}
}

// failed ends a programme that has nothing to show.
func (h *Hub) failed(p *programme, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if errors.Is(err, context.Canceled) {
		err = errStopped
	}
	p.failure = err
	h.drop(p)
}

// pause returns how long a programme rests between two pictures.
func (h *Hub) pause(p *programme) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(leastPause, time.Duration(p.watchers)*perWatcher)
}
