package online

import (
	"context"
	"time"
)

// Cast counts a vote. It returns nil once the vote is on disk and counted; else one of ErrMalformedVote,
// ErrInvalidKey or ErrTooManyTries, ErrKeyUsed, ErrVotingClosed, ErrUnknownCandidate, which are found in
// this order, or ErrOverloaded. After any other error the vote may or may not count: sent again it gets
// nil or ErrKeyUsed, and counts once. A cancelled context does not take a vote back that is in its group.
func (s *Service) Cast(ctx context.Context, v Vote) error {
	candidate, ok := tidy(v.Candidate, maxCandidate)
	if !ok {
		return ErrMalformedVote
	}
	pair, f, err := s.present(ctx, v.Credentials)
	if err != nil {
		return err
	}
	waiting, err := s.drop(ctx, pair, f, candidate)
	if err != nil {
		return err
	}
	err = <-waiting.done
	s.box.recycle(waiting)
	return err
}

// Open returns the ballot paper of a key that could vote now. Its errors are those of Cast.
func (s *Service) Open(ctx context.Context, c Credentials) (*Paper, error) {
	_, f, err := s.present(ctx, c)
	if err != nil {
		return nil, err
	}
	now := s.options.Now()
	p, err := s.polls.get(ctx, f.electionID, now)
	if err != nil {
		return nil, err
	}
	if !p.open(now) {
		return nil, ErrVotingClosed
	}
	return &Paper{Election: p.election, Constituency: p.election.Constituency(f.constituencyID)}, nil
}

// present checks the form of what a voter presents and finds the unused key.
func (s *Service) present(ctx context.Context, c Credentials) (pair digest, f found, err error) {
	personalID, ok := tidyPersonalID(c.PersonalID)
	if !ok {
		return pair, f, ErrMalformedVote
	}
	guid, ok := tidyGUID(c.GUID)
	if !ok {
		return pair, f, ErrMalformedVote
	}
	pair = s.hashes.pair(personalID, guid)
	f, ok, err = s.find(ctx, pair)
	switch {
	case err != nil:
		return pair, f, err
	case !ok || !f.issued && !f.used:
		return pair, f, s.refuse(personalID, c.Origin)
	case f.used:
		return pair, f, ErrKeyUsed
	}
	return pair, f, nil
}

// refuse counts a wrong key.
func (s *Service) refuse(personalID, origin string) error {
	if s.options.Unlimited {
		return ErrInvalidKey
	}
	// Election 0 does not exist: this hash is nobody's in the database.
	if wait := s.limiter.wrong(s.hashes.voter(0, personalID), origin); wait > 0 {
		return ErrTooManyTries.WithExtra("retry_after", int64((wait+time.Second-1)/time.Second))
	}
	return ErrInvalidKey
}

// drop puts a vote into the box, unless the election is closed or has no such candidate.
func (s *Service) drop(ctx context.Context, pair digest, f found, candidate string) (*waiting, error) {
	// The slot is held while the time is looked at, so that the closer, who shuts it, finds in the box
	// whatever came before the end.
	if !s.box.slot.enter(f.electionID) {
		return nil, ErrVotingClosed
	}
	defer s.box.slot.leave()
	now := s.options.Now()
	p, err := s.polls.get(ctx, f.electionID, now)
	if err != nil {
		return nil, err
	}
	if !p.open(now) {
		return nil, ErrVotingClosed
	}
	pollNumber, ok := p.pollNumber(f.constituencyID, candidate)
	if !ok {
		return nil, ErrUnknownCandidate
	}
	return s.box.put(pair, f, pollNumber)
}
