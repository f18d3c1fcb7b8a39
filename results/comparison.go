package results

import (
	"slices"

	"urna/elections"
	"urna/internal/database"
)

// Change is a number before and after a correction.
type Change struct{ Before, After int64 }

// Difference returns what came to the number; it is negative if the number fell.
func (c Change) Difference() int64 { return c.After - c.Before }

// Changed reports whether the numbers differ.
func (c Change) Changed() bool { return c.Before != c.After }

// BallotsChange has sums of ballots before and after a correction.
type BallotsChange struct{ Before, After Ballots }

// Cast returns the ballots cast.
func (c BallotsChange) Cast() Change { return Change{c.Before.Cast, c.After.Cast} }

// Valid returns the valid ballots, blank ones among them.
func (c BallotsChange) Valid() Change { return Change{c.Before.Valid, c.After.Valid} }

// Blank returns the blank ballots.
func (c BallotsChange) Blank() Change { return Change{c.Before.Blank, c.After.Blank} }

// Invalid returns the invalid ballots.
func (c BallotsChange) Invalid() Change { return Change{c.Before.Invalid, c.After.Invalid} }

// Online returns those of the ballots that were cast online.
func (c BallotsChange) Online() Change { return Change{c.Before.Online, c.After.Online} }

// CandidacyChange is a candidacy's result before and after a correction.
type CandidacyChange struct {
	PollNumber    int
	ParticipantID int64
	Name          string
	Votes, Seats  Change
}

// ConstituencyChange is a constituency's result before and after a correction.
type ConstituencyChange struct {
	ID          int64
	Name        string
	Ballots     BallotsChange
	Candidacies []CandidacyChange // by poll number
	Unassigned  Change            // seats
}

// Changed reports whether the correction changed votes, seats or sums of ballots of the constituency.
func (c *ConstituencyChange) Changed() bool {
	return c.Ballots.Before != c.Ballots.After || c.Unassigned.Changed() ||
		slices.ContainsFunc(c.Candidacies, func(k CandidacyChange) bool { return k.Votes.Changed() || k.Seats.Changed() })
}

// ParticipantChange is a participant's result in all constituencies before and after a correction.
type ParticipantChange struct {
	ParticipantID int64
	Name          string
	Votes, Seats  Change
}

// Comparison is what a correction changed in a certified result, from the two certified documents.
type Comparison struct {
	Correction     elections.Correction
	Before, After  elections.CertificationRecord
	Ballots        BallotsChange
	Constituencies []ConstituencyChange // all, in the order of the election
	Participants   []ParticipantChange  // all, by votes after the correction, most first
	// WinnerBefore and WinnerAfter are participants, 0 for none; SecondRoundBefore and SecondRoundAfter those who go to a
	// second round.
	WinnerBefore, WinnerAfter           int64
	SecondRoundBefore, SecondRoundAfter []int64
}

// Compare compares two figures of one election.
func Compare(before, after *Figures) *Comparison {
	c := &Comparison{
		Ballots: BallotsChange{ballotsOf(before.Ballots), ballotsOf(after.Ballots)}, SecondRoundBefore: before.SecondRound, SecondRoundAfter: after.SecondRound,
	}
	if before.Winner != nil {
		c.WinnerBefore = *before.Winner
	}
	if after.Winner != nil {
		c.WinnerAfter = *after.Winner
	}
	places := map[int64]*ConstituencyFigure{}
	for i := range before.Constituencies {
		places[before.Constituencies[i].ID] = &before.Constituencies[i]
	}
	for i := range after.Constituencies {
		k := &after.Constituencies[i]
		was := places[k.ID]
		if was == nil { // the definition does not change
			was = &ConstituencyFigure{}
		}
		c.Constituencies = append(c.Constituencies, compareConstituency(was, k))
	}
	people := map[int64]ParticipantFigure{}
	for _, p := range before.Participants {
		people[p.ParticipantID] = p
	}
	for _, p := range after.Participants {
		was := people[p.ParticipantID]
		c.Participants = append(c.Participants, ParticipantChange{
			ParticipantID: p.ParticipantID, Name: p.Name, Votes: Change{was.Votes, p.Votes}, Seats: Change{int64(was.Seats), int64(p.Seats)},
		})
	}
	return c
}

func compareConstituency(before, after *ConstituencyFigure) ConstituencyChange {
	c := ConstituencyChange{
		ID: after.ID, Name: after.Name, Ballots: BallotsChange{ballotsOf(before.Ballots), ballotsOf(after.Ballots)},
		Unassigned: Change{int64(before.Unassigned), int64(after.Unassigned)},
	}
	was := map[int]CandidacyFigure{}
	for _, k := range before.Candidacies {
		was[k.PollNumber] = k
	}
	for _, k := range after.Candidacies {
		before := was[k.PollNumber]
		c.Candidacies = append(c.Candidacies, CandidacyChange{
			PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name, Votes: Change{before.Votes, k.Votes},
			Seats: Change{int64(before.Seats), int64(k.Seats)},
		})
	}
	return c
}

// ballotsOf returns the sums of figures.
func ballotsOf(f BallotFigures) Ballots {
	b := Ballots{Valid: f.Valid, Blank: f.Blank, Invalid: f.Invalid, Duplicates: f.Duplicates, Cast: f.Cast, Online: f.Online}
	if f.RegisteredVoters != nil {
		b.RegisteredVoters = *f.RegisteredVoters
	}
	return b
}

// comparisons returns what each certified correction of an election changed, the first one first. Errors: ErrAltered if
// stored figures are not those that were certified.
func (s *Service) comparisons(tx *database.Tx, e *elections.Election, c *elections.Certification) (all []Comparison, err error) {
	records := c.Earlier
	if c.Record != nil {
		records = append(slices.Clone(records), *c.Record)
	}
	if len(records) < 2 {
		return nil, nil
	}
	corrections, err := s.elections.CorrectionsWithin(tx, e.ID)
	if err != nil {
		return nil, err
	}
	var before *Figures
	for i := range records {
		_, figures, err := s.certifiedFigures(tx, e.ID, &records[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			one := Compare(before, figures)
			one.Before, one.After = records[i-1], records[i]
			if at := slices.IndexFunc(corrections, func(c elections.Correction) bool { return c.Number == records[i].Number }); at >= 0 {
				one.Correction = corrections[at]
			}
			all = append(all, *one)
		}
		before = figures
	}
	return all, nil
}
