package countersign

// TreeSize returns how many events the tree of a service has.
func TreeSize(s *Service) int64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.tree == nil {
		return 0
	}
	return s.tree.size
}
