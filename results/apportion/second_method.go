package apportion

import (
	"fmt"
	"math/big"
	"slices"
)

// AllocateByDivisor returns the same as Allocate, found by another road: for highest averages it
// searches the divisor that rounds every list's votes to its seats, for quotas it rounds down and
// hands out or takes back what differs, all in arbitrary precision. It is slower, leaves Steps nil,
// and shares with Allocate the checks of the input, the names of the rules for ties and the definition of a lot, nothing
// else.
func AllocateByDivisor(in Input) (Allocation, error) {
	if err := in.check(); err != nil {
		return Allocation{}, err
	}
	result := Allocation{
		Seats:          make([]int, len(in.Lists)),
		BelowThreshold: make([]bool, len(in.Lists)),
	}
	if err := secondGate(in, &result); err != nil {
		return Allocation{}, err
	}
	var rivals []*rival
	for i, list := range in.Lists {
		if list.Lumped || result.BelowThreshold[i] || list.Votes == 0 {
			continue
		}
		votes := new(big.Rat).SetInt64(list.Votes)
		if list.Weight.IsSet() {
			votes.Mul(votes, list.Weight.Rat())
		}
		limit := in.Seats
		if list.MaxSeats != 0 && list.MaxSeats < limit {
			limit = max(list.MaxSeats, 0)
		}
		rivals = append(rivals, &rival{list: i, votes: votes, limit: limit})
	}
	if in.Method.HasQuota() {
		if err := byRemainders(in, rivals, &result); err != nil {
			return Allocation{}, err
		}
	} else {
		byDivisor(in, rivals, &result)
	}
	given := 0
	for _, r := range rivals {
		result.Seats[r.list] = r.seats
		given += r.seats
	}
	if result.Tie != nil {
		slices.Sort(result.Tie.Lists)
		given += result.Tie.Seats
	}
	result.Unassigned = in.Seats - given
	result.Decided, result.Tie = secondDecide(in.TieBreaks, result.Tie, func(list int) *big.Int { return big.NewInt(in.Lists[list].Votes) })
	if result.Decided != nil {
		for _, seat := range result.Decided.Given {
			result.Seats[seat.List]++
		}
	}
	result.settle(in.Lots, nil)
	return result, nil
}

// rival is a list that is in and has votes.
type rival struct {
	list  int
	votes *big.Rat // weighted
	limit int      // most seats
	seats int
	stake *big.Rat // its claim to one of the seats that are left, or to be spared

	fewest, most, tried int // seats under the divisors of the search
}

// secondGate fills in what the result says about the threshold. Where Allocate computes the votes
// needed and compares, this multiplies out the inequality of the law.
func secondGate(in Input, result *Allocation) error {
	threshold := in.Threshold
	base := new(big.Int)
	if threshold.Passing == nil {
		var err error
		if base, err = secondBase(in); err != nil {
			return err
		}
	}
	hundredth := big.NewRat(1, 100)
	passes := func(votes int64, percent Ratio) bool {
		left, right := new(big.Rat).SetInt64(votes), new(big.Rat).SetInt(base)
		if threshold.Base == BaseQuota {
			left.Mul(left, new(big.Rat).SetInt64(int64(in.Seats)))
		} else {
			right.Mul(right, percent.Rat()).Mul(right, hundredth)
		}
		order := left.Cmp(right)
		return order > 0 || order == 0 && threshold.Comparison != MoreThan
	}
	none := threshold.Base == "" || threshold.Base == BaseNone
	for i, list := range in.Lists {
		percent := threshold.Percent
		if list.ThresholdPercent != nil {
			percent = *list.ThresholdPercent
		}
		admitted := list.Lumped || list.Exempt
		if threshold.Passing != nil {
			admitted = admitted || slices.Contains(threshold.Passing, i)
		} else {
			admitted = admitted || none || passes(list.Votes, percent)
		}
		result.BelowThreshold[i] = !admitted
	}
	if threshold.Passing != nil || none {
		return nil
	}
	result.ThresholdBase = base.Int64()
	result.ThresholdVotes = fewest(result.ThresholdBase, func(votes int64) bool { return passes(votes, threshold.Percent) })
	return nil
}

// fewest returns the smallest number of votes from 0 to most+1 that is enough, by halving.
func fewest(most int64, enough func(votes int64) bool) int64 {
	low, high := int64(0), most
	for low < high {
		if middle := low + (high-low)/2; enough(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if !enough(low) {
		low++
	}
	return low
}

func secondBase(in Input) (*big.Int, error) {
	valid := big.NewInt(in.Valid)
	if in.Valid == 0 {
		for _, list := range in.Lists {
			valid.Add(valid, big.NewInt(list.Votes))
		}
	}
	base := new(big.Int)
	switch blank := big.NewInt(in.Blank); {
	case in.Threshold.Total > 0:
		base.SetInt64(in.Threshold.Total)
	case in.Threshold.Base == BaseValidPartyVotes || in.Threshold.Base == BaseQuota:
		base = valid
	case in.Threshold.Base == BaseValidIncludingBlank:
		base.Add(valid, blank)
	case in.Threshold.Base == BaseVotesCast && in.VotesCast > 0:
		base.SetInt64(in.VotesCast)
	case in.Threshold.Base == BaseVotesCast:
		base.Add(valid, blank).Add(base, big.NewInt(in.Invalid))
	case in.Threshold.Base == BaseEligible && in.Eligible == 0:
		return nil, fmt.Errorf("%w: the number of eligible voters is missing", ErrThreshold)
	case in.Threshold.Base == BaseEligible:
		base.SetInt64(in.Eligible)
	}
	if !base.IsInt64() {
		return nil, fmt.Errorf("%w: the threshold's base", ErrTooLarge)
	}
	return base, nil
}

// byStake sorts the rivals with the largest stake first.
func byStake(rivals []*rival) {
	slices.SortFunc(rivals, func(a, b *rival) int { return b.stake.Cmp(a.stake) })
}

// handOut gives one seat each to the rivals with the largest stakes, and returns the tie about the
// last of them, if there is one.
func handOut(rivals []*rival, seats int) *Tie {
	byStake(rivals)
	if seats >= len(rivals) || seats == 0 {
		for _, r := range rivals[:min(seats, len(rivals))] {
			r.seats++
		}
		return nil
	}
	last := rivals[seats-1].stake
	tied := rivals[seats].stake.Cmp(last) == 0
	tie := &Tie{Seats: seats}
	for _, r := range rivals {
		switch order := r.stake.Cmp(last); {
		case order > 0 || order == 0 && !tied:
			r.seats++
			tie.Seats--
		case order == 0:
			tie.Lists = append(tie.Lists, r.list)
		}
	}
	if !tied {
		return nil
	}
	return tie
}
