package auth

import "time"

// WaitingForHashes returns how many requests wait for a password hash.
func (s *Service) WaitingForHashes() (n int) {
	t := s.hasher.turns
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, l := range t.lanes {
		n += l.waiting
	}
	return n
}

// WaitsForHash reports whether a request from an address waits for a password hash.
func (s *Service) WaitsForHash(from string) bool {
	t := s.hasher.turns
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.lanes[familiarLane].index(place(from)) >= 0 || t.lanes[strangersLane].index(place(from)) >= 0
}

// HoldHashes lets no password hash begin until turn gives the next one its turn. turn returns the place of the request when
// its hash has ended. release lets all begin again.
func (s *Service) HoldHashes() (turn func() string, release func()) {
	t := s.hasher.turns
	t.mutex.Lock()
	defer t.mutex.Unlock()
	atOnce := t.atOnce
	t.atOnce = 0
	turn = func() (place string) {
		t.mutex.Lock()
		defer t.mutex.Unlock()
		t.atOnce = 1
		t.next()
		t.atOnce = 0
		for place = range t.running {
		}
		for t.inAll > 0 {
			t.mutex.Unlock()
			time.Sleep(time.Millisecond)
			t.mutex.Lock()
		}
		return place
	}
	return turn, func() {
		t.mutex.Lock()
		defer t.mutex.Unlock()
		t.atOnce = atOnce
		t.next()
	}
}
