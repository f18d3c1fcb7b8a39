package online

import (
	"context"
	"errors"
	"fmt"
	"time"

	"urna/internal/messages"
)

// Cast counts a vote. It returns nil once the vote is on disk and counted; else one of ErrMalformedVote,
// ErrInvalidKey or ErrTooManyTries, ErrKeyUsed, ErrVotingClosed, ErrUnknownCandidate, which are found in
// this order, or ErrOverloaded. After any other error the vote may or may not count: sent again it gets
// nil or ErrKeyUsed, and counts once. A vote is not queued if the context has ended; once
// queued it is not cancelled.
func (s *Service) Cast(ctx context.Context, v Vote) error {
	candidate, ok := tidy(v.Candidate, maxCandidate)
	if !ok {
		return ErrMalformedVote.With(messages.RefusalMalformedVoteCandidate(int64(maxCandidate)))
	}
	personalID, pair, err := s.form(v.Credentials)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("online: cast: %w", err)
	}
	queued, err := s.queue.add(pair, candidate, v.ByNumber)
	if err != nil {
		return err
	}
	err = <-queued.done
	s.queue.release(queued)
	if errors.Is(err, ErrInvalidKey) {
		return s.refuse(personalID, v.Origin)
	}
	return err
}

// Open returns the ballot paper of a key that could vote now. Its errors are those of Cast.
func (s *Service) Open(ctx context.Context, c Credentials) (*Paper, error) {
	personalID, pair, err := s.form(c)
	if err != nil {
		return nil, err
	}
	f, err := s.find(ctx, pair)
	switch {
	case err != nil:
		return nil, err
	case !f.known():
		return nil, s.refuse(personalID, c.Origin)
	case f.used:
		return nil, ErrKeyUsed
	}
	now := s.options.Now()
	p, err := s.polls.get(ctx, f.electionID, now)
	if err != nil {
		return nil, err
	}
	if !p.open(now) || !p.open(s.options.Transitions()) {
		return nil, ErrVotingClosed
	}
	return &Paper{Election: p.election, Constituency: p.election.Constituency(f.constituencyID)}, nil
}

// form checks the form of what a voter presents and hashes it.
func (s *Service) form(c Credentials) (personalID string, pair digest, err error) {
	personalID, ok := tidyPersonalID(c.PersonalID)
	if !ok {
		return "", pair, ErrMalformedVote.With(messages.RefusalMalformedVotePersonalId(int64(maxPersonalID)))
	}
	guid, ok := tidyGUID(c.GUID)
	if !ok {
		return "", pair, ErrMalformedVote.With(messages.RefusalMalformedVoteGuid(int64(maxGUID)))
	}
	return personalID, s.hashes.pair(personalID, guid), nil
}

// refuse counts a wrong key.
func (s *Service) refuse(personalID, origin string) error {
	if s.options.Unlimited {
		return ErrInvalidKey
	}
	// Election 0 does not exist: no voter in the database has this hash.
	if wait := s.limiter.wrong(s.hashes.voter(0, personalID), origin); wait > 0 {
		return ErrTooManyTries.WithExtra("retry_after", int64((wait+time.Second-1)/time.Second))
	}
	return ErrInvalidKey
}
