package online

import "time"

// busyFor is how long the service is busy after a group of votes: votes that come without a pause come
// more often, even where few are left to vote.
const busyFor = 10 * time.Second

// Busy reports whether votes were committed, or begun to be, in the last ten seconds. Others who use the
// database then keep their transactions short, so that votes do not wait long for any of them. Refused votes do not
// count: without a key it is impossible to slow the count of batches.
func (s *Service) Busy() bool {
	since := s.options.Now().UnixNano() - s.queue.flushedAt.Load()
	return 0 <= since && since < int64(busyFor) // a clock that jumps back waits for the next vote
}

// Numbers returns how many votes were stored since the start, and how many wait for their commit, in all elections
// together. Both move with single votes: the caller shows neither as it is.
func (s *Service) Numbers() (stored, waiting int64) {
	return s.queue.stored.Load(), s.queue.pending.Load()
}
