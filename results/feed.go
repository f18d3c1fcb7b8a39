package results

import (
	"sync"
	"time"
)

// interval is the least time between two updates of the same election.
const interval = 250 * time.Millisecond

// feed tells watchers that an election's figures have changed. Changes within an interval become one
// update; a watcher that has not taken the last update does not get a second one.
type feed struct {
	now       func() time.Time
	mutex     sync.Mutex
	elections map[int64]*watched
}

// watched is an election with watchers.
type watched struct {
	watchers map[chan struct{}]bool
	last     time.Time // of the last update
	due      bool      // an update is scheduled
}

func newFeed(now func() time.Time) *feed { return &feed{now: now, elections: map[int64]*watched{}} }

func (f *feed) watch(electionID int64) (<-chan struct{}, func()) {
	updates := make(chan struct{}, 1)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	w := f.elections[electionID]
	if w == nil {
		w = &watched{watchers: map[chan struct{}]bool{}}
		f.elections[electionID] = w
	}
	w.watchers[updates] = true
	return updates, func() {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		delete(w.watchers, updates)
		if len(w.watchers) == 0 && f.elections[electionID] == w {
			delete(f.elections, electionID)
		}
	}
}

func (f *feed) changed(electionID int64) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	w := f.elections[electionID]
	if w == nil || w.due {
		return
	}
	w.due = true
	time.AfterFunc(max(0, interval-f.now().Sub(w.last)), func() { f.update(w) })
}

func (f *feed) update(w *watched) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	w.due, w.last = false, f.now()
	for updates := range w.watchers {
		select {
		case updates <- struct{}{}:
		default: // the last one is still to be taken
		}
	}
}
