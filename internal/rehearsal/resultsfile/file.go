package resultsfile

import (
	"errors"

	"urna/results/apportion"
)

// Errors of this package, wrapped with what they are about.
var (
	// ErrFormat is returned for a file or a field that does not have the form it must have.
	ErrFormat = errors.New("resultsfile: malformed")
	// ErrNoRule is returned for a presidential file that does not say what it takes to win.
	ErrNoRule = errors.New("resultsfile: a presidential file needs a rule")
	// ErrNotFound is returned by Open where neither a file nor a built-in one has the name.
	ErrNotFound = errors.New("resultsfile: no such file, and none is built in under that name")
)

// KindPresidential is the File.Kind of presidential elections.
const KindPresidential = "presidential"

// File is a results file. All texts are as in the file, "" where it has none.
type File struct {
	ID, Name, Country, Date, Kind string
	// Cases are the allocations of a parliamentary file: its constituencies, in their order, or
	// one for the whole file. None for a presidential file.
	Cases []Case
	// Rule, Rounds and Winner are those of a presidential file. Winner is "" where none is declared.
	Rule   Rule
	Rounds []Round
	Winner string
	// Problem is why a presidential file is refused, or nil. Races return it too.
	Problem error

	tieBreaks []apportion.TieBreak // of rounds
}

// DecideTies sets the rules for ties of every case and round. No field of a file states them.
func (f *File) DecideTies(rules []apportion.TieBreak) {
	f.tieBreaks = rules
	for i := range f.Cases {
		f.Cases[i].tieBreaks = rules
	}
}

// Presidential reports whether the file is about rounds, not about seats.
func (f *File) Presidential() bool { return f.Kind == KindPresidential }

// Case is one allocation. All counts are 0 where the file does not state them.
type Case struct {
	// ID and Name are the constituency's; for a file without constituencies, the file's.
	ID, Name string
	// Method as written, inherited from the file where the constituency has none.
	Method apportion.Method
	Seats  int
	Lists  []List
	// Threshold, inherited like the method. Passing is resolved to indexes of Lists.
	Threshold apportion.Threshold
	// Blank, Invalid, VotesCast, Eligible and Valid are counts of votes or people.
	Blank, Invalid, VotesCast, Eligible, Valid int64
	// ExpectedTie is the tie that the source declares, or nil.
	ExpectedTie *Tie
	// TieWinner names who got the tied seats in reality, TieResolution how.
	TieWinner     []string
	TieResolution string
	// Unassigned are the declared seats that no list could take, or nil.
	Unassigned *int

	problem   error // the first thing wrong with the case
	tieBreaks []apportion.TieBreak
}

// List is a list of a case.
type List struct {
	Name  string
	Votes int64
	// Seats are the official seats, or nil where the file states none.
	Seats *int
	// Weight multiplies each quotient; unset means 1.
	Weight apportion.Ratio
	// MaxSeats bounds the seats; 0 means no bound, -1 none at all ("max_seats": 0).
	MaxSeats int
	// Exempt from the threshold; inherited like the method.
	Exempt bool
	// Lumped marks an "others" row.
	Lumped bool
	// ThresholdPercent replaces the threshold's percentage, or is nil.
	ThresholdPercent *apportion.Ratio
}

// Tie names the lists that tie for that many last seats.
type Tie struct {
	Names []string
	Seats int
}

// Rule is what it takes to win a presidential election.
type Rule struct {
	Type         apportion.Rule
	MajorityBase apportion.MajorityBase
}

// Round is one round of a presidential election.
type Round struct {
	Candidates []Candidate
	// Blank, Invalid, VotesCast, Eligible and Valid are counts of votes or people.
	Blank, Invalid, VotesCast, Eligible, Valid int64
}

// Candidate is one candidate of a round.
type Candidate struct {
	Name  string
	Votes int64
}

// Input returns the case for the calculation. The error names the mistake in the case: ErrFormat,
// or apportion.ErrUnknownMethod. Counts that make no sense are left for apportion to refuse.
func (c Case) Input() (apportion.Input, error) {
	if c.problem != nil {
		return apportion.Input{}, c.problem
	}
	in := apportion.Input{
		Method: c.Method, Seats: c.Seats, Threshold: c.Threshold, Valid: c.Valid, TieBreaks: c.tieBreaks,
		Blank: c.Blank, Invalid: c.Invalid, VotesCast: c.VotesCast, Eligible: c.Eligible,
	}
	for _, list := range c.Lists {
		in.Lists = append(in.Lists, apportion.List{
			Name: list.Name, Votes: list.Votes, Weight: list.Weight, Exempt: list.Exempt,
			MaxSeats: list.MaxSeats, Lumped: list.Lumped, ThresholdPercent: list.ThresholdPercent,
		})
	}
	if c.validHoldsBlank() {
		in.Valid -= c.Blank
	}
	return in, nil
}

// validHoldsBlank reports whether the source counts blank ballots among its valid votes, as some
// countries' protocols do: they are no votes for lists, and a base with them must not add them once more.
func (c Case) validHoldsBlank() bool {
	rest := c.Valid - c.Blank
	for _, list := range c.Lists {
		rest -= list.Votes
	}
	return c.Blank > 0 && rest == 0
}

// Race returns a round, an index of Rounds, for the calculation. Where an absolute majority was needed,
// every round after the first is decided by plurality. The error is File.Problem.
func (f *File) Race(round int) (apportion.Race, error) {
	if f.Problem != nil {
		return apportion.Race{}, f.Problem
	}
	r := f.Rounds[round]
	race := apportion.Race{
		Rule: f.Rule.Type, MajorityBase: f.Rule.MajorityBase,
		Valid: r.Valid, Blank: r.Blank, Invalid: r.Invalid, Cast: r.VotesCast, TieBreaks: f.tieBreaks,
	}
	if round > 0 {
		race.Rule = apportion.Plurality
	}
	for _, candidate := range r.Candidates {
		race.Votes = append(race.Votes, candidate.Votes)
	}
	return race, nil
}
