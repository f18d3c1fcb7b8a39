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
	at      time.Duration // since begun
}

// count returns the number of events in the audit log, some milliseconds old at most.
func (a *acts) count(ctx context.Context) (int64, error) {
	last := a.last.Load()
	if last != nil && (elapsed(a.begun)-last.at < askEvery || a.source.Unchanged(last.version)) {
		return last.events, nil
	}
	if !a.mutex.TryLock() {
		if last != nil {
			return last.events, nil // another request is looking
		}
		a.mutex.Lock()
	}
	defer a.mutex.Unlock()
	next := &look{}
	var err error
	if next.version, err = a.source.Version(ctx); err != nil {
		return 0, err
	}
	if next.events, err = a.source.Acts(ctx); err != nil {
		return 0, err
	}
	next.at = elapsed(a.begun)
	a.last.Store(next)
	return next.events, nil
}
