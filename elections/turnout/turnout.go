package turnout

import (
	"slices"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Place is what a figure is reported for: a polling station, or a constituency without any.
type Place struct {
	ConstituencyID int64
	StationID      int64 // 0 is the constituency
}

// Draft is what an official reports.
type Draft struct {
	Place // with a StationID, ConstituencyID may be 0

	Hour   time.Time
	Voters int64  // who have come so far
	Reason string // needed for some figures: see Service.Enter
}

// Report is a reported figure.
type Report struct {
	ID         int64
	ElectionID int64
	Place

	Hour       time.Time
	Voters     int64
	Reason     string // "" if none was needed
	Reporter   string
	ReportedAt time.Time
	// Replaced is the report that this one corrects, with its figure; nil for none.
	Replaced *Replaced
	// Holds is false if a later report replaced this one.
	Holds bool
}

// Replaced is a report that another one corrected.
type Replaced struct {
	ID     int64
	Voters int64
}

// Hour sums up what was reported for one hour.
type Hour struct {
	At       time.Time
	Places   int // that report
	Reported int // of them
	Voters   int64
	// Registered are the voters of the places that have reported; 0 if the number of any of them is unknown.
	Registered int64
}

// Constituency is what was reported of one constituency.
type Constituency struct {
	ID    int64
	Name  string
	Hours []Hour // all hours of the election, in their order
}

// Summary is what was reported of an election. Polling stations that were closed without ballots are left out.
type Summary struct {
	Election       *elections.Election
	Hours          []Hour // of all constituencies
	Constituencies []Constituency
	Corrections    int // reports that replaced others
}

// In returns the summary as readers of a language see it, as elections.Election.In does.
func (s *Summary) In(tag string) *Summary {
	e := s.Election.In(tag)
	if e == s.Election {
		return s
	}
	shown := *s
	shown.Election, shown.Constituencies = e, slices.Clone(s.Constituencies)
	for i := range shown.Constituencies {
		if c := e.Constituency(shown.Constituencies[i].ID); c != nil {
			shown.Constituencies[i].Name = c.Name
		}
	}
	return &shown
}

// Latest returns the last hour for which anything was reported, or nil.
func (s *Summary) Latest() *Hour {
	for i := len(s.Hours) - 1; i >= 0; i-- {
		if s.Hours[i].Reported > 0 {
			return &s.Hours[i]
		}
	}
	return nil
}

// What this package refuses, beside invalid fields.
var (
	// ErrUnknownConstituency is returned for a constituency that is not of the election.
	ErrUnknownConstituency = problem.New(problem.NotFound, "unknown-constituency", messages.RefusalUnknownConstituencyOfElection())
	// ErrStationNeeded is returned for a constituency that has polling stations.
	ErrStationNeeded = problem.New(problem.Conflict, "station-needed", messages.RefusalTurnoutStationNeeded())
	// ErrStationClosed is returned for a polling station that was closed without ballots.
	ErrStationClosed = problem.New(problem.Conflict, "station-closed", messages.RefusalTurnoutStationClosed())
	// ErrNotOpen is returned before the opening, and once the election is certified.
	ErrNotOpen = problem.New(problem.Conflict, "no-turnout-reports", messages.RefusalTurnoutNotOpen())
	// ErrNotYourPlace is returned for a place that is none of the account's.
	ErrNotYourPlace = problem.New(problem.Forbidden, "not-your-place", messages.RefusalTurnoutNotYourPlace())
)

// registry is what this package needs of elections.
type registry interface {
	Within(tx *database.Tx, id int64) (*elections.Election, error)
	StationWithin(tx *database.Tx, id int64) (elections.Station, error)
}
