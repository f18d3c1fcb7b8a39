package database

import (
	"context"
	"slices"
	"sync"
)

// maxPriorityStreak is how many priority transactions may overtake one that waits.
const maxPriorityStreak = 16

// writeLock lets one transaction at a time write. Priority transactions overtake the ordinary ones, but not for ever:
// after maxPriorityStreak of them the longest waiting ordinary one gets the lock, so that neither kind starves.
type writeLock struct {
	mutex    sync.Mutex
	held     bool
	priority []chan struct{} // the waiting transactions, oldest first
	ordinary []chan struct{}
	streak   int // priority transactions since an ordinary one began to wait
}

// acquire waits for the lock. Its only error is the context's; the lock is then not held.
func (l *writeLock) acquire(ctx context.Context, priority bool) error {
	l.mutex.Lock()
	if !l.held {
		l.held = true
		l.mutex.Unlock()
		return nil
	}
	granted := make(chan struct{})
	queue := &l.ordinary
	if priority {
		queue = &l.priority
	}
	*queue = append(*queue, granted)
	l.mutex.Unlock()
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
	}
	l.mutex.Lock()
	at := slices.Index(*queue, granted)
	if at >= 0 {
		*queue = slices.Delete(*queue, at, at+1)
	}
	l.mutex.Unlock()
	if at < 0 { // it was granted at the same moment
		l.release()
	}
	return ctx.Err()
}

// release grants the lock to the next transaction.
func (l *writeLock) release() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	queue := &l.priority
	switch {
	case len(l.priority) == 0 && len(l.ordinary) == 0:
		l.held, l.streak = false, 0
		return
	case len(l.priority) == 0 || len(l.ordinary) > 0 && l.streak >= maxPriorityStreak:
		queue = &l.ordinary
		l.streak = 0
	case len(l.ordinary) > 0:
		l.streak++
	}
	close((*queue)[0])
	*queue = slices.Delete(*queue, 0, 1)
}

// waiting returns how many transactions wait for the lock.
func (l *writeLock) waiting() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return len(l.priority) + len(l.ordinary)
}
