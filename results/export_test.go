package results

import "urna/results/apportion"

// SecondEngine changes how the second count of a service finds seats and winners, as a fault of one of the two
// implementations would.
func (s *Service) SecondEngine(allocate func(apportion.Input) (apportion.Allocation, error), elect func(apportion.Race) (apportion.Outcome, error)) {
	if allocate != nil {
		s.second.allocate = allocate
	}
	if elect != nil {
		s.second.elect = elect
	}
}
