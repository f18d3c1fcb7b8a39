package online

// Inside returns how many votes came and are not answered.
func (s *Service) Inside() int64 { return s.queue.pending.Load() }

// VoterHash returns the hash under which a person is known in an election.
func VoterHash(secret []byte, electionID int64, personalID string) ([]byte, error) {
	h, err := newHashes(secret)
	voter := h.voter(electionID, personalID)
	return voter[:], err
}
