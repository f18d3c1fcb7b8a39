package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"urna/results"
)

// askEvery is the least time between two looks at the audit log, however many requests ask.
const askEvery = 2 * time.Millisecond

// acts counts the events of the audit log for all requests that need the number.
type acts struct {
	source source
	begun  time.Time
	last   atomic.Pointer[look]
	mutex  sync.Mutex // one look at a time
}

// look is one look at the audit log.
type look struct {
	version results.Version
	events  int64
	at      time.Duration // its begin, since begun
}

// count returns the number of events in the audit log as it was at most askEvery before the call.
func (a *acts) count(ctx context.Context) (int64, error) {
	asked := elapsed(a.begun)
	if events, ok := a.known(asked); ok {
		return events, nil
	}
	a.mutex.Lock() // a look that another request began earlier may have missed an act
	defer a.mutex.Unlock()
	if events, ok := a.known(asked); ok {
		return events, nil
	}
	next := &look{at: elapsed(a.begun)}
	var err error
	if next.version, err = a.source.Version(ctx); err != nil {
		return 0, err
	}
	if next.events, err = a.source.Acts(ctx); err != nil {
		return 0, err
	}
	a.last.Store(next)
	return next.events, nil
}

// known returns what the last look saw, if that suffices for a request of a moment.
func (a *acts) known(asked time.Duration) (events int64, ok bool) {
	last := a.last.Load()
	if last == nil || asked-last.at >= askEvery && !a.source.Unchanged(last.version) {
		return 0, false
	}
	return last.events, true
}
