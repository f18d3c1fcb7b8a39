package database

import (
	"errors"
	"sync"
)

// errActCut is the error of a shared act that did not return, because it panicked.
var errActCut = errors.New("database: a shared act did not return")

// Sharing lets concurrent callers share an act that serves all of them, such as a sync. Its zero value is ready.
type Sharing struct {
	mu      sync.Mutex
	running *sharedRun
	next    *sharedRun // waits for running
}

// sharedRun is one call of an act.
type sharedRun struct {
	ended chan struct{}
	err   error // once it has ended
}

// Do returns once act was called and returned, and its error. The call begins after that of Do. No two calls of act run
// at the same time: callers that come while one runs share the next one, and its error. All callers pass the same act.
func (s *Sharing) Do(act func() error) error {
	s.mu.Lock()
	if r := s.next; r != nil { // it has not begun
		s.mu.Unlock()
		<-r.ended
		return r.err
	}
	r := &sharedRun{ended: make(chan struct{}), err: errActCut}
	if before := s.running; before != nil {
		s.next = r
		s.mu.Unlock()
		<-before.ended
		s.mu.Lock()
		s.next = nil
	}
	s.running = r
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running = nil
		s.mu.Unlock()
		close(r.ended)
	}()
	r.err = act()
	return r.err
}
