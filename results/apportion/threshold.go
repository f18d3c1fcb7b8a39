package apportion

import (
	"fmt"
	"math"
	"math/bits"
)

// gate decides which lists take part.
type gate struct {
	lists     []List
	threshold Threshold
	seats     int
	passing   []bool // by list; nil where Threshold.Passing is not used
	base      int64  // of the percentage or of the quota; 0 without a threshold
	votes     int64  // needed by a list without a percentage of its own
}

func newGate(in Input) (gate, error) {
	g := gate{lists: in.Lists, threshold: in.Threshold, seats: in.Seats}
	if in.Threshold.Passing != nil {
		g.passing = make([]bool, len(in.Lists))
		for _, list := range in.Threshold.Passing {
			g.passing[list] = true
		}
		return g, nil
	}
	base, err := in.thresholdBase()
	if err != nil {
		return gate{}, err
	}
	return g.on(base), nil
}

// open reports whether there is no threshold in votes.
func (g gate) open() bool {
	return g.passing != nil || g.threshold.Base == "" || g.threshold.Base == BaseNone
}

// on returns the gate over another base.
func (g gate) on(base int64) gate {
	if g.open() {
		return g
	}
	g.base = base
	g.votes = g.needed(g.threshold.Percent)
	return g
}

// shifted returns the gate after votes were added to (or, below zero, taken from) one list
// only: the base moves with them, unless it counts people.
func (g gate) shifted(votes int64) gate {
	if g.threshold.Base == BaseEligible {
		return g
	}
	return g.on(max(g.base+votes, 0))
}

// admits reports whether a list with that many votes is in.
func (g gate) admits(list int, votes int64) bool {
	switch l := g.lists[list]; {
	case l.Lumped:
		return false
	case l.Exempt:
		return true
	case g.passing != nil:
		return g.passing[list]
	case l.ThresholdPercent != nil && !g.open():
		return votes >= g.needed(*l.ThresholdPercent)
	}
	return votes >= g.votes
}

// needed returns the smallest number of votes that passes: the base's percentage rounded up, or
// one vote more than it rounded down where meeting it exactly is not enough.
func (g gate) needed(percent Ratio) int64 {
	numerator, denominator := uint64(percent.numerator), 100*uint64(percent.orOne().denominator)
	if g.threshold.Base == BaseQuota {
		numerator, denominator = 1, uint64(g.seats)
	}
	// The percentage is at most 100, so the quotient is at most the base and Div64 cannot overflow.
	high, low := bits.Mul64(uint64(g.base), numerator)
	votes, rest := bits.Div64(high, low, denominator)
	if g.threshold.Comparison == MoreThan || rest > 0 {
		votes++
	}
	return int64(min(votes, math.MaxInt64))
}

// thresholdBase returns the number of votes or people that the threshold is a percentage of.
func (in Input) thresholdBase() (int64, error) {
	if in.Threshold.Total > 0 {
		return in.Threshold.Total, nil
	}
	valid := in.Valid
	if valid == 0 {
		for _, list := range in.Lists {
			valid += list.Votes // check has seen that the sum fits
		}
	}
	switch in.Threshold.Base {
	case BaseValidPartyVotes, BaseQuota:
		return valid, nil
	case BaseValidIncludingBlank:
		return sum(valid, in.Blank)
	case BaseVotesCast:
		if in.VotesCast > 0 {
			return in.VotesCast, nil
		}
		return sum(valid, in.Blank, in.Invalid)
	case BaseEligible:
		if in.Eligible == 0 {
			return 0, fmt.Errorf("%w: the number of eligible voters is missing", ErrThreshold)
		}
		return in.Eligible, nil
	default:
		return 0, nil
	}
}

func sum(counts ...int64) (int64, error) {
	total := int64(0)
	for _, count := range counts {
		if count > math.MaxInt64-total {
			return 0, fmt.Errorf("%w: the threshold's base", ErrTooLarge)
		}
		total += count
	}
	return total, nil
}
