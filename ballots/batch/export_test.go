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
