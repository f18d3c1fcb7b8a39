package batch

// Stopping is closed once the service was told to stop counting; the chunk in hand may still be under way.
func (s *Service) Stopping() <-chan struct{} { return s.queue.ctx.Done() }
