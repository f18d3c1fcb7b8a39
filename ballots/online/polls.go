package online

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/text"
)

// polls remembers elections, so that a vote need not read one. What it remembers is never out of date:
// the definition of an election is fixed once it has opened, and its end for good once it is over, so a
// copy is trusted for a question that could not be answered otherwise since it was made.
type polls struct {
	service *Service
	mutex   sync.RWMutex
	byID    map[int64]*poll
}

// poll is an election as it was at a time.
type poll struct {
	election *elections.Election
	at       time.Time
	slates   map[int64]slate // by constituency
}

// slate is who can be voted for in a constituency.
type slate struct {
	names   map[string]int // poll numbers by text.Key of the name, ambiguous for several
	numbers map[string]int // the same by text.Digits, of candidates whose name can be taken for a number
	last    int            // the highest poll number
}

// ambiguous marks a name that several candidates of a constituency have.
const ambiguous = -1

// scheduledAge is how old a copy of an election that has not begun may be: until then it can change.
const scheduledAge = time.Second

// get returns an election as it is at a time.
func (p *polls) get(ctx context.Context, electionID int64, now time.Time) (*poll, error) {
	p.mutex.RLock()
	known := p.byID[electionID]
	p.mutex.RUnlock()
	if known != nil && known.stillTrue(now) {
		return known, nil
	}
	var e *elections.Election
	err := p.service.db.Read(ctx, func(tx *database.Tx) (err error) {
		e, err = p.service.elections.Within(tx, electionID)
		return err
	})
	if err != nil {
		return nil, err
	}
	fresh := newPoll(e, now)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.byID == nil {
		p.byID = map[int64]*poll{}
	}
	p.byID[electionID] = fresh
	return fresh, nil
}

// stillTrue reports whether nothing that matters can have changed since the copy was made.
func (p *poll) stillTrue(now time.Time) bool {
	switch e := p.election; {
	case e.ClosedAt != nil || e.CertifiedAt != nil || e.WithdrawnAt != nil:
		return true
	case now.Before(e.StartsAt):
		return now.Sub(p.at) < scheduledAge
	case p.at.Before(e.StartsAt): // it has opened since
		return false
	case !now.Before(e.EndsAt): // the end may have been moved until it came
		return !p.at.Before(e.EndsAt)
	default:
		return true
	}
}

// Forget makes the next vote read the election again, after a change that the clock does not tell.
func (s *Service) Forget(electionID int64) { s.polls.forget(electionID) }

// forget makes the next vote read the election again.
func (p *polls) forget(electionID int64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.byID, electionID)
}

func newPoll(e *elections.Election, at time.Time) *poll {
	p := &poll{election: e, at: at, slates: make(map[int64]slate, len(e.Constituencies))}
	for _, c := range e.Constituencies {
		s := slate{names: make(map[string]int, len(c.Candidacies)), numbers: map[string]int{}, last: len(c.Candidacies)}
		for _, candidacy := range c.Candidacies {
			enter(s.names, text.Key(candidacy.Name), candidacy.PollNumber)
			if number, ok := text.Digits(candidacy.Name); ok {
				enter(s.numbers, number, candidacy.PollNumber)
			}
		}
		p.slates[c.ID] = s
	}
	return p
}

func enter(into map[string]int, name string, pollNumber int) {
	if _, twice := into[name]; twice {
		pollNumber = ambiguous
	}
	into[name] = pollNumber
}

// open reports whether votes are taken at a time.
func (p *poll) open(now time.Time) bool {
	return p.election.StateAt(now) == elections.Open && p.election.Takes(elections.Online)
}

// pollNumber returns the poll number of a candidate, given by name or, in ASCII digits, by number; the error is
// ErrUnknownCandidate. No new election has a candidate whose name can be taken for a number; of one that was defined
// before, such a text counts only if it means one candidate, read as a name and read as a number.
func (p *poll) pollNumber(constituencyID int64, candidate string, byNumber bool) (int, error) {
	candidate = strings.TrimSpace(candidate)
	s := p.slates[constituencyID]
	if byNumber || len(s.numbers) == 0 && isNumber(candidate) {
		return p.numbered(s, candidate)
	}
	named, isName := s.names[text.Key(candidate)]
	if named == ambiguous {
		return 0, ErrUnknownCandidate
	}
	digits, ok := "", false
	if len(s.numbers) > 0 {
		digits, ok = text.Digits(candidate)
	}
	if !ok {
		if !isName {
			return 0, ErrUnknownCandidate
		}
		return named, nil
	}
	numbered, err := p.numbered(s, digits)
	called, isCalled := s.numbers[digits]
	switch {
	case err == nil && isCalled && called != numbered:
		return 0, errNameOrNumber
	case err == nil && (isName || isNumber(candidate)):
		return numbered, nil
	case isName && called == named:
		return named, nil
	}
	return 0, ErrUnknownCandidate
}

// errNameOrNumber is ErrUnknownCandidate for a text that is the name of one candidate and the poll number of another.
var errNameOrNumber = ErrUnknownCandidate.With(messages.RefusalUnknownCandidateNameOrNumber())

// numbered returns the poll number that a text in ASCII digits is.
func (p *poll) numbered(s slate, digits string) (int, error) {
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil || !isNumber(digits) || n > s.last: // Atoi takes signs, and refuses more digits than a number has
		return 0, ErrUnknownCandidate
	case n == 0 && !p.election.Rules.BlankBallots:
		return 0, ErrUnknownCandidate
	}
	return n, nil
}

// isNumber reports whether s is digits only.
func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
