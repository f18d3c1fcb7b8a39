package online

// Inside returns how many votes came and are not answered.
func (s *Service) Inside() int64 { return s.box.inside.Load() }
