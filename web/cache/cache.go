package cache

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"urna/results"
	"urna/web/respond"
)

const (
	// pace is the least time between two drawings of an answer while only ballots change it. It is the bound on the age
	// of an answer after a change, too.
	pace = time.Second
	// drawTimeout limits one drawing.
	drawTimeout = 10 * time.Second
	// memory is the most that all answers together hold, in bytes.
	memory = 32 << 20
)

// Key names an answer. Only values that exist may be in it, never what a request makes up.
type Key struct {
	Page     string // such as "election" or "results.csv"
	Election int64  // 0 for none
	Part     int64  // a constituency, 0 for none
	Language string
}

// Drawing is an answer as it is drawn.
type Drawing struct {
	ContentType string
	FileName    string // for a download; "" is none
	Body        []byte
	Until       time.Time // when the clock alone changes it; zero is never
}

// Draw draws an answer. Its context holds no value of any request.
type Draw func(ctx context.Context) (Drawing, error)

// source tells whether public data has changed.
type source interface {
	Version(ctx context.Context) (results.Version, error)
	Unchanged(v results.Version) bool
	Acts(ctx context.Context) (int64, error)
}

// Cache holds answers. Its methods may be called concurrently.
type Cache struct {
	acts   *acts
	source source
	now    func() time.Time
	limit  int // bytes
	begun  time.Time

	mutex   sync.RWMutex
	entries map[Key]*entry
	flights map[Key]*flight
	size    int // of all entries, in bytes
}

// entry is one answer.
type entry struct {
	answer  *respond.Prepared
	version results.Version // of the data, before it was read
	acts    int64           // events in the audit log, before the data was read
	begun   time.Time       // of the drawing
	drawn   time.Time       // its end
	until   time.Time       // when the clock alone changes it; zero is never
	used    atomic.Int64    // when it was last served, as a time.Duration since the cache's begin
}

// flight is one drawing, which all requests for the answer wait for.
type flight struct {
	done  chan struct{} // closed at its end; then the others are set
	entry *entry
	err   error
}

// errNotDrawn is the error of the requests that waited for a drawing that panicked.
var errNotDrawn = errors.New("cache: the answer could not be drawn")

// New returns an empty cache. now is the time by which elections open and end.
func New(s source, now func() time.Time) *Cache {
	begun := time.Now() //nolint:forbidigo // durations alone are measured from it
	return &Cache{
		acts: &acts{source: s, begun: begun}, source: s, limit: memory, begun: begun,
		// Without the monotonic reading, by which a clock that was set back would still be later than before.
		now:     func() time.Time { return now().Round(0) },
		entries: map[Key]*entry{}, flights: map[Key]*flight{},
	}
}

// Get returns an answer, drawn now or before. Its errors are those of draw, which are not kept, and the context's.
func (c *Cache) Get(ctx context.Context, key Key, draw Draw) (*respond.Prepared, error) {
	for waited := false; ; waited = true {
		c.mutex.RLock()
		e := c.entries[key]
		c.mutex.RUnlock()
		if e != nil && c.holds(ctx, e) {
			c.touch(e)
			return e.answer, nil
		}
		f, mine := c.join(key)
		if mine {
			c.fly(key, f, draw) //nolint:contextcheck // the drawing outlives the request, for others wait for it
			if f.err != nil {
				return nil, f.err
			}
			return f.entry.answer, nil // it was begun after the request came, so it is as new as can be
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.err != nil {
			return nil, f.err
		}
		// A second drawing was begun after the request came. If drawing takes longer than the pace, none ever holds.
		if waited || c.holds(ctx, f.entry) {
			return f.entry.answer, nil
		}
	}
}

// holds reports whether an answer may be served now.
func (c *Cache) holds(ctx context.Context, e *entry) bool {
	now := c.now()
	if now.Before(e.begun) || now.Before(e.drawn) || !e.until.IsZero() && !now.Before(e.until) { // the clock went on, or was set back
		return false
	}
	if c.source.Unchanged(e.version) {
		return true
	}
	if now.Sub(e.begun) >= pace {
		return false
	}
	events, err := c.acts.count(ctx)
	return err == nil && events <= e.acts
}

// join returns the drawing of an answer that is under way, or a new one, which is the caller's to fly.
func (c *Cache) join(key Key) (f *flight, mine bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if f := c.flights[key]; f != nil {
		return f, false
	}
	f = &flight{done: make(chan struct{}), err: errNotDrawn}
	c.flights[key] = f
	return f, true
}

// fly draws an answer and keeps it.
func (c *Cache) fly(key Key, f *flight, draw Draw) {
	defer func() {
		c.mutex.Lock()
		delete(c.flights, key)
		c.keep(key, f.entry)
		c.mutex.Unlock()
		close(f.done)
	}()
	// Others wait for the answer, and none may see what the request carries.
	ctx, cancel := context.WithTimeout(context.Background(), drawTimeout)
	defer cancel()
	f.entry, f.err = c.draw(ctx, key, draw)
}

func (c *Cache) draw(ctx context.Context, key Key, draw Draw) (*entry, error) {
	e := &entry{begun: c.now()}
	var err error
	if e.version, err = c.source.Version(ctx); err != nil {
		return nil, err
	}
	if e.acts, err = c.source.Acts(ctx); err != nil {
		return nil, err
	}
	d, err := draw(ctx)
	if err != nil {
		return nil, err
	}
	c.mutex.RLock()
	before := c.entries[key]
	c.mutex.RUnlock()
	if before != nil && before.answer.Is(d.ContentType, d.FileName) && bytes.Equal(before.answer.Body(), d.Body) {
		e.answer = before.answer // hashed and compressed already
	} else {
		e.answer = respond.Prepare(d.ContentType, d.FileName, d.Body)
	}
	e.drawn, e.until = c.now(), d.Until
	c.touch(e)
	return e, nil
}

// touch notes that an entry is served.
func (c *Cache) touch(e *entry) {
	const exact = 100 * time.Millisecond // else all processors would write to one place all the time
	if used := int64(elapsed(c.begun)); used-e.used.Load() > int64(exact) {
		e.used.Store(used)
	}
}

// keep replaces the entry of a key, nil to remove it. Then it removes the entries that were not served for the longest
// time, until all fit into the memory. It needs the mutex.
func (c *Cache) keep(key Key, e *entry) {
	c.remove(key)
	if e == nil || e.answer.Size() > c.limit {
		return
	}
	c.entries[key] = e
	c.size += e.answer.Size()
	for c.size > c.limit {
		var oldest Key
		least := int64(-1)
		for k, other := range c.entries {
			if used := other.used.Load(); k != key && (least < 0 || used < least) {
				oldest, least = k, used
			}
		}
		c.remove(oldest)
	}
}

func (c *Cache) remove(key Key) {
	if e := c.entries[key]; e != nil {
		c.size -= e.answer.Size()
		delete(c.entries, key)
	}
}

func elapsed(since time.Time) time.Duration {
	return time.Since(since) //nolint:forbidigo // a duration, which no test needs to hold
}

// Len returns the number of answers that are kept, and the memory that they hold in bytes.
func (c *Cache) Len() (answers, bytes int) {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	return len(c.entries), c.size
}
