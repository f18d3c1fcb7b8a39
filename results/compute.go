package results

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"urna/ballots"
	"urna/elections"
	"urna/results/apportion"
)

// engine calculates seats and winners. There are two, with no code of the calculation in common.
type engine struct {
	allocate func(apportion.Input) (apportion.Allocation, error)
	elect    func(apportion.Race) (apportion.Outcome, error)
	admit    func(apportion.Input) (apportion.Admission, error)
}

func firstEngine() engine { return engine{apportion.Allocate, apportion.Elect, apportion.Admit} }

// secondEngine is the independent implementation that certification and the check of a bundle compare the first one with.
func secondEngine() engine {
	return engine{apportion.AllocateByDivisor, apportion.ElectByCounting, admitByDivisor}
}

// compute turns one snapshot's figures into results.
func compute(f figures, now time.Time) (*Results, error) { return computeBy(firstEngine(), f, now) }

func computeBy(using engine, f figures, now time.Time) (*Results, error) {
	e := f.election
	r := &Results{
		Election: e, State: e.StateAt(now), UpdatedAt: now, BatchesWaiting: f.waiting, LateBatchesWaiting: f.late,
		Lots: slices.Clone(f.lots), Seed: f.seed, LotValues: f.values, Stations: f.stations.all,
	}
	r.Provisional, r.Altered = r.State != elections.Certified && f.certified == nil, f.altered
	threshold, err := nationwide(using, f)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	r.Threshold = threshold
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		result := constituency(using, e, c, f.tallies[c.ID], threshold, r.Lots)
		result.Stations = f.stations.of[c.ID]
		r.Constituencies = append(r.Constituencies, result)
		r.Ballots.add(result.Ballots)
	}
	r.Ballots.RegisteredVoters = registeredInAll(e)
	if e.Kind == elections.Presidential {
		if err := elect(using, r); err != nil {
			return nil, err
		}
	}
	r.Participants = inAll(r)
	return r, nil
}

// constituency returns one constituency's result; of a presidential election, without its outcome. It
// marks the lot that settles its tie.
func constituency(using engine, e *elections.Election, c *elections.Constituency, t ballots.Tally, over *Threshold, lots []Lot) Constituency {
	b := sums(c, t)
	result := Constituency{ID: c.ID, Name: c.Name, Seats: c.Seats, Unassigned: c.Seats, Ballots: b}
	for _, candidacy := range c.Candidacies {
		votes := t.Votes[candidacy.PollNumber]
		result.Candidacies = append(result.Candidacies, Candidacy{
			Candidacy: candidacy, Votes: votes, Share: NewFraction(votes, b.Valid-b.Blank),
		})
	}
	if e.Kind != elections.Parliamentary || b.Valid == b.Blank {
		return result // without a vote there is nothing to allocate, and every seat stays unassigned
	}
	in, err := allocationInput(e, c, result, over)
	var a apportion.Allocation
	if err == nil {
		a, err = allocate(using, in, &result, lots)
	}
	if err != nil { // such as a rounded quota of zero where there are fewer votes than seats
		result.Problem = notAllocated(err, c.Seats)
		return result
	}
	result.Allocation, result.ThresholdVotes, result.Unassigned = &a, a.ThresholdVotes, a.Unassigned
	for i := range result.Candidacies {
		result.Candidacies[i].Seats, result.Candidacies[i].BelowThreshold = a.Seats[i], a.BelowThreshold[i]
	}
	result.Tie, result.Decided = tie(a.Tie, result.Candidacies), decided(a.Decided, result.Candidacies)
	return result
}

// allocate finds the seats. Where they are tied and a lot was drawn for this very tie, it settles it.
func allocate(using engine, in apportion.Input, result *Constituency, lots []Lot) (apportion.Allocation, error) {
	a, err := using.allocate(in)
	if err != nil || a.Tie == nil {
		return a, err
	}
	result.Tie = tie(a.Tie, result.Candidacies)
	lot := lotFor(result, lots)
	if lot == nil {
		return a, nil
	}
	result.Settled, result.Lot = result.Tie, lot
	in.Lots = []apportion.Lot{drawn(lot, result.Candidacies)}
	return using.allocate(in)
}

// drawn states a lot as package apportion takes it.
func drawn(lot *Lot, candidacies []Candidacy) apportion.Lot {
	var l apportion.Lot
	for _, id := range lot.Participants {
		l.Lists = append(l.Lists, slices.IndexFunc(candidacies, func(c Candidacy) bool { return c.ParticipantID == id }))
	}
	return l
}

// allocationInput states a constituency's allocation problem: lists in the order of poll numbers. over
// is the threshold of the whole election, nil where each constituency has its own.
func allocationInput(e *elections.Election, c *elections.Constituency, result Constituency, over *Threshold) (apportion.Input, error) {
	in, err := rulesInput(e)
	if err != nil {
		return in, err
	}
	in.Seats, in.VotesCast, in.Eligible = c.Seats, votesCast(c, result.Ballots), c.RegisteredVoters
	in.Blank, in.Invalid = result.Ballots.Blank, result.Ballots.Invalid
	if over != nil {
		in.Threshold.Passing = []int{}
	}
	for i, candidacy := range result.Candidacies {
		list := apportion.List{
			Name: candidacy.Name, Votes: candidacy.Votes, Exempt: candidacy.Exempt, MaxSeats: candidacy.MaxSeats,
		}
		if over != nil && over.passing[candidacy.ParticipantID] {
			in.Threshold.Passing = append(in.Threshold.Passing, i)
		}
		if list.ThresholdPercent, err = ownThreshold(candidacy.Candidacy); err != nil {
			return in, err
		}
		if candidacy.Weight != "" {
			if list.Weight, err = apportion.ParseRatio(candidacy.Weight); err != nil {
				return in, err
			}
		}
		in.Lists = append(in.Lists, list)
	}
	return in, nil
}

func tie(t *apportion.Tie, candidacies []Candidacy) *Tie {
	if t == nil {
		return nil
	}
	found := &Tie{Seats: t.Seats}
	for _, i := range t.Lists {
		found.Participants = append(found.Participants, candidacies[i].ParticipantID)
	}
	return found
}

func decided(d *apportion.Decision, candidacies []Candidacy) *DecidedTie {
	if d == nil {
		return nil
	}
	found := &DecidedTie{Tie: *tie(&d.Tie, candidacies)}
	for _, given := range d.Given {
		found.Given = append(found.Given, GivenSeat{candidacies[given.List].ParticipantID, elections.TieBreak(given.Rule)})
	}
	return found
}

// inAll sums up each participant over all constituencies, most votes first.
func inAll(r *Results) []Participant {
	sums := map[int64]*Participant{}
	var order []int64
	for _, c := range r.Constituencies {
		for _, candidacy := range c.Candidacies {
			p := sums[candidacy.ParticipantID]
			if p == nil {
				p = &Participant{
					ID: candidacy.ParticipantID, Name: candidacy.Name, ShortName: candidacy.ShortName, Color: candidacy.Color,
				}
				sums[p.ID] = p
				order = append(order, p.ID)
			}
			p.Votes += candidacy.Votes
			p.Seats += candidacy.Seats
		}
	}
	all := make([]Participant, 0, len(order))
	for _, id := range order {
		sums[id].Share = NewFraction(sums[id].Votes, r.Ballots.Valid-r.Ballots.Blank)
		all = append(all, *sums[id])
	}
	slices.SortStableFunc(all, func(a, b Participant) int { return cmp.Compare(b.Votes, a.Votes) })
	return all
}

// race states a presidential election as package apportion takes it, without lots.
func (r *Results) race() apportion.Race {
	race := apportion.Race{
		Rule:         apportion.AbsoluteMajority,
		MajorityBase: apportion.MajorityBase(r.Election.Rules.MajorityBase),
		Blank:        r.Ballots.Blank, Invalid: r.Ballots.Invalid,
		Cast: votesCast(&r.Election.Constituencies[0], r.Ballots), TieBreaks: tieBreaks(r.Election),
	}
	if r.Election.Rules.Majority == elections.Plurality {
		race.Rule = apportion.Plurality
	}
	for _, candidacy := range r.Constituencies[0].Candidacies {
		race.Votes = append(race.Votes, candidacy.Votes)
	}
	return race
}

// elect finds the winner of a presidential election, or who goes to the second round.
func elect(using engine, r *Results) error {
	c, race := &r.Constituencies[0], r.race()
	outcome, err := using.elect(race)
	if errors.Is(err, apportion.ErrNoVotes) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	if c.Tie = tie(outcome.Tie, c.Candidacies); c.Tie != nil {
		c.Tie.Places = race.Rule != apportion.Plurality
	}
	if lot := lotFor(c, r.Lots); lot != nil {
		c.Settled, c.Lot, c.Tie = c.Tie, lot, nil
		race.Lots = []apportion.Lot{drawn(lot, c.Candidacies)}
		if outcome, err = using.elect(race); err != nil {
			return fmt.Errorf("results: %w", err)
		}
	}
	if c.Decided = decided(outcome.Decided, c.Candidacies); c.Decided != nil {
		c.Decided.Places = race.Rule != apportion.Plurality
	}
	if outcome.Winner >= 0 {
		r.Winner = c.Candidacies[outcome.Winner].ParticipantID
		c.Candidacies[outcome.Winner].Seats = 1
		c.Unassigned--
	}
	c.Unassigned -= c.SeatsTied()
	for _, i := range outcome.SecondRound {
		r.SecondRound = append(r.SecondRound, c.Candidacies[i].ParticipantID)
	}
	r.MajorityBase = outcome.Base
	return nil
}
