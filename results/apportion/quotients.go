package apportion

import (
	"fmt"
	"math/bits"
)

// rule computes the quotients of one allocation. Votes are weighted and counted in units of one
// scale-th of a vote, so that they are whole numbers.
//
// Highest averages and quotas are one procedure here: the next seat goes to the list with the
// largest quotient. With a quota that is the list with the most votes left to spend, where each
// seat it has cost it the quota. Whole quotas go first then, the largest remainders after them, and
// where the quotas give out too many seats, those never given are the ones by the smallest
// remainders.
type rule struct {
	method Method
	seats  int
	scale  int64
	// With a quota: a list with v votes has v × factor to spend and pays price for a seat.
	factor, price int64
}

// newRule returns the rule for lists that have so many votes together. A rounded quota of zero is
// ErrQuota.
func newRule(in Input, scale, votes int64) (rule, error) {
	r := rule{method: in.Method, seats: in.Seats, scale: scale, factor: 1, price: 1}
	seats := int64(in.Seats)
	switch in.Method {
	case Hare:
		r.factor, r.price = seats, votes
	case Imperiali:
		r.factor, r.price = seats+2, votes
	case Droop:
		r.price = scale * (votes/(scale*(seats+1)) + 1)
	case HagenbachBischoffRounded:
		r.price = scale * ((2*votes + scale*(seats+1)) / (2 * scale * (seats + 1)))
	default: // highest averages have no quota
	}
	if r.price == 0 && votes > 0 {
		return rule{}, fmt.Errorf("%w: too few votes for %d seats", ErrQuota, seats)
	}
	return r, nil
}

// quota returns the quota in votes.
func (r rule) quota() Ratio { return ratio(r.price, r.factor*r.scale) }

// rank returns the quotient of a list with votes above zero that holds so many seats, fewer than
// there are. For Huntington-Hill it is the quotient's square.
func (r rule) rank(votes int64, held int) rank {
	if r.method.HasQuota() {
		// (seats - held) × price instead of -held × price, for a number that is never below zero.
		high, low := bits.Mul64(uint64(votes), uint64(r.factor))
		moreHigh, moreLow := bits.Mul64(uint64(r.seats-held), uint64(r.price))
		low, carry := bits.Add64(low, moreLow, 0)
		high, _ = bits.Add64(high, moreHigh, carry)
		return rank{high, low, 1}
	}
	numerator, denominator := r.method.divisor(held)
	factor := denominator
	if r.method == HuntingtonHill && held > 0 {
		factor = uint64(votes)
	}
	high, low := bits.Mul64(uint64(votes), factor)
	return rank{high, low, numerator}
}

// quotient returns the same as rank, for readers.
func (r rule) quotient(votes int64, held int) Quotient {
	if r.method.HasQuota() {
		left := votes*r.factor - int64(held)*r.price
		return Quotient{Votes: ratio(left, r.factor*r.scale)}
	}
	numerator, denominator := r.method.divisor(held)
	return Quotient{
		Votes:   ratio(votes, r.scale),
		Divisor: ratio(int64(numerator), int64(denominator)),
		Root:    r.method == HuntingtonHill && held > 0,
	}
}
