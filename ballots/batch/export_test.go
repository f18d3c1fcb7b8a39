package batch

// Stopping is closed once the service was told to stop counting; the chunk in hand may still be under way.
func (s *Service) Stopping() <-chan struct{} { return s.queue.ctx.Done() }

// WaitingTogether returns how many files are in the group that is accepted next.
func (s *Service) WaitingTogether() int {
	s.acceptances.mu.Lock()
	defer s.acceptances.mu.Unlock()
	if s.acceptances.next == nil {
		return 0
	}
	return len(s.acceptances.next.all)
}

// IsMoving reports whether a batch was handed out to leave the count or to come back.
func (s *Service) IsMoving(id int64) bool {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	return s.queue.moving[id]
}

// HoldDispatcher lets the dispatcher find batches and hand none out, until release is called.
func (s *Service) HoldDispatcher() (release func()) {
	s.queue.mu.Lock()
	return s.queue.mu.Unlock
}
