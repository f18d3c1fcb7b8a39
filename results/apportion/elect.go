package apportion

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Rule says what it takes to win a presidential round.
type Rule string

const (
	// AbsoluteMajority takes more than half of the majority base; otherwise the two leading
	// candidates go to a second round.
	AbsoluteMajority Rule = "absolute-majority-or-runoff"
	// Plurality takes the most votes.
	Plurality Rule = "plurality"
)

// MajorityBase says of what an absolute majority is more than half.
type MajorityBase string

// The bases of majorities. The zero value is read as MajorityOfValid.
const (
	// MajorityOfValid: the valid votes for candidates, without blank ballots.
	MajorityOfValid MajorityBase = "valid"
	// MajorityOfVotesCast: all votes cast, with blank and invalid ones.
	MajorityOfVotesCast MajorityBase = "votes-cast"
)

// Race is one round of a presidential election. All counts are votes, 0 or more.
type Race struct {
	// Votes of each candidate.
	Votes []int64
	// Valid votes where the source states them; 0 means the sum of Votes.
	Valid int64
	// Blank and Invalid ballots.
	Blank, Invalid int64
	// Cast are the votes cast where the source states them; 0 means valid, blank and invalid ones
	// together.
	Cast         int64
	Rule         Rule
	MajorityBase MajorityBase
	// TieBreaks are as those of Input. Candidates tie with equal votes, so that ListOrder alone decides.
	TieBreaks []TieBreak
	// Lots are the decisions about ties that were drawn. Indexes are those of Votes.
	Lots []Lot
}

// Outcome is how a round ended. Exactly one of a winner, a second round and an open tie is there.
type Outcome struct {
	// Winner is the index of the elected candidate, or -1.
	Winner int
	// SecondRound holds the indexes of the two candidates who go on (of one, where there is only
	// one), the leading one first; nil where there is a winner or the tie is open.
	SecondRound []int
	// Tie is open: its candidates tie for the seat, or for so many of the two places in the
	// second round.
	Tie *Tie
	// Decided is the tie for which the rules of the race decided something, or nil.
	Decided *Decision
	// Settled is the tie that a lot of the race decided, or nil.
	Settled *Tie
	// Base is what a majority was measured against, in votes; 0 for a plurality.
	Base int64
}

// Elect finds the outcome of a round. An absolute majority is more than half of the base, never
// half of it; without one the two leading candidates go to the second round. A tie that decides
// about the seat or about a place in the second round is reported and settled only by the
// rules for ties or a lot. The errors are ErrNoVotes, ErrNegative, ErrTooLarge, ErrRule, ErrTieBreak and ErrLot.
func Elect(r Race) (Outcome, error) {
	base, err := r.check()
	if err != nil {
		return Outcome{}, err
	}
	ranking := make([]int, len(r.Votes))
	for i := range ranking {
		ranking[i] = i
	}
	slices.SortStableFunc(ranking, func(i, j int) int {
		return cmp.Compare(r.Votes[j], r.Votes[i])
	})
	if r.Rule == Plurality {
		outcome := r.places(ranking, 1)
		if outcome.SecondRound != nil {
			outcome.Winner, outcome.SecondRound = outcome.SecondRound[0], nil
		}
		return outcome, nil
	}
	// More than half, without doubling: a number of votes may be anything up to 63 bits.
	if leader := ranking[0]; r.Votes[leader] > base-r.Votes[leader] {
		return Outcome{Winner: leader, Base: base}, nil
	}
	outcome := r.places(ranking, min(2, len(ranking)))
	outcome.Base = base
	return outcome, nil
}

// places finds who takes the first places of a ranking, in SecondRound, or the tie about them.
func (r Race) places(ranking []int, places int) Outcome {
	outcome := Outcome{Winner: -1}
	last := r.Votes[ranking[places-1]]
	tie := Tie{Seats: places}
	for place, candidate := range ranking {
		if r.Votes[candidate] > last {
			tie.Seats = places - place - 1
		} else if r.Votes[candidate] == last {
			tie.Lists = append(tie.Lists, candidate)
		}
	}
	if len(tie.Lists) == tie.Seats {
		outcome.SecondRound = slices.Clone(ranking[:places])
		return outcome
	}
	chosen := slices.Clone(ranking[:places-tie.Seats])
	var left *Tie
	if outcome.Decided, left = tieBreaks(r.TieBreaks).decide(tie, func(i int) int64 { return r.Votes[i] }); outcome.Decided != nil {
		for _, given := range outcome.Decided.Given {
			chosen = append(chosen, given.List)
		}
	}
	if left != nil {
		lot := slices.IndexFunc(r.Lots, func(lot Lot) bool { return lot.drawnFor(left.Lists) })
		if lot < 0 {
			outcome.Tie = left
			return outcome
		}
		outcome.Settled = left
		chosen = append(chosen, r.Lots[lot].Lists[:left.Seats]...)
	}
	outcome.SecondRound = chosen
	return outcome
}

// check refuses races that have no outcome, and returns the base of the majority.
func (r Race) check() (int64, error) {
	if r.Rule != AbsoluteMajority && r.Rule != Plurality {
		return 0, fmt.Errorf("%w: %q", ErrRule, r.Rule)
	}
	total := int64(0)
	for i, votes := range r.Votes {
		if votes < 0 {
			return 0, fmt.Errorf("%w: votes of candidate %d: %d", ErrNegative, i+1, votes)
		}
		if votes > math.MaxInt64-total {
			return 0, fmt.Errorf("%w: the sum of all votes", ErrTooLarge)
		}
		total += votes
	}
	if total == 0 {
		return 0, ErrNoVotes
	}
	if min(r.Valid, r.Blank, r.Invalid, r.Cast) < 0 {
		return 0, fmt.Errorf("%w: valid, blank, invalid or cast votes", ErrNegative)
	}
	if err := CheckTieBreaks(r.TieBreaks); err != nil {
		return 0, err
	}
	for i, lot := range r.Lots {
		if err := lot.check(len(r.Votes)); err != nil {
			return 0, fmt.Errorf("%w (lot %d)", err, i+1)
		}
	}
	return r.base(total)
}

func (r Race) base(total int64) (int64, error) {
	if r.Rule == Plurality {
		return 0, nil
	}
	if r.Valid > 0 {
		total = r.Valid
	}
	switch r.MajorityBase {
	case "", MajorityOfValid:
		return total, nil
	case MajorityOfVotesCast:
		if r.Cast > 0 {
			return r.Cast, nil
		}
		return sum(total, r.Blank, r.Invalid)
	}
	return 0, fmt.Errorf("%w: majority base %q", ErrRule, r.MajorityBase)
}
