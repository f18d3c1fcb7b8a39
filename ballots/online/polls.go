package online

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"urna/elections"
	"urna/internal/sqlite"
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
	names    map[int64]map[string]int // by constituency: poll numbers by folded name, ambiguous for several
}

// ambiguous stands for a name that several candidates of a constituency have.
const ambiguous = -1

// scheduledAge is how old a copy of an election that has not begun may be: until then it can change.
const scheduledAge = time.Second

// get returns an election as it stands at a time.
func (p *polls) get(ctx context.Context, electionID int64, now time.Time) (*poll, error) {
	p.mutex.RLock()
	known := p.byID[electionID]
	p.mutex.RUnlock()
	if known != nil && known.stillTrue(now) {
		return known, nil
	}
	var e *elections.Election
	err := p.service.db.Read(ctx, func(tx *sqlite.Tx) (err error) {
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
	case e.ClosedAt != nil || e.CertifiedAt != nil:
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

// forget has an election read anew.
func (p *polls) forget(electionID int64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.byID, electionID)
}

func newPoll(e *elections.Election, at time.Time) *poll {
	p := &poll{election: e, at: at, names: make(map[int64]map[string]int, len(e.Constituencies))}
	for _, c := range e.Constituencies {
		names := make(map[string]int, len(c.Candidacies))
		for _, candidacy := range c.Candidacies {
			name := foldName(candidacy.Name)
			if _, twice := names[name]; twice {
				names[name] = ambiguous
				continue
			}
			names[name] = candidacy.PollNumber
		}
		p.names[c.ID] = names
	}
	return p
}

// open reports whether votes are taken at a time.
func (p *poll) open(now time.Time) bool {
	return p.election.StateAt(now) == elections.Open && p.election.Takes(elections.Online)
}

// pollNumber returns the poll number of a candidate, given by name or by number.
func (p *poll) pollNumber(constituencyID int64, candidate string) (int, bool) {
	candidate = strings.TrimSpace(candidate)
	names := p.names[constituencyID]
	if isNumber(candidate) {
		n, err := strconv.Atoi(candidate)
		if err != nil {
			return 0, false // more digits than any poll number has
		}
		if n == 0 {
			return 0, p.election.Rules.BlankBallots
		}
		c := p.election.Constituency(constituencyID)
		return n, c != nil && n <= len(c.Candidacies)
	}
	n, ok := names[foldName(candidate)]
	return n, ok && n != ambiguous
}

// isNumber reports whether s is digits only: a poll number, whatever anybody is called.
func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// foldName returns a name such that names which differ in case and surrounding blanks, or in how their letters and
// accents are put together, are the same.
func foldName(s string) string {
	return strings.ToLower(strings.ToUpper(norm.NFC.String(strings.TrimSpace(s))))
}
