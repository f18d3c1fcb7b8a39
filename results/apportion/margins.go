package apportion

import "math"

// Margin is how close one list was to another number of seats, in votes, everybody else's votes
// unchanged. What moves with a list's votes moves here too: the threshold's base and the quota.
type Margin struct {
	// Short is how many more votes would have made the list certain of one more seat than
	// Allocation.Seats gives it; -1 where no number of votes would have.
	Short int64
	// Spare is how many votes the list could have lost and still be certain of all its seats;
	// one more, and its last seat is gone or hangs on a lot. -1 where it has no seat. For a seat
	// that was won by lot it is 0.
	Spare int64
}

// Margins returns the margin of each list of an input and the allocation that Allocate or
// AllocateByDivisor returned for it.
//
// With highest averages and without a threshold in votes, Short and Spare are the smallest and the
// largest such numbers. Whole-number quotas (Droop, HagenbachBischoffRounded) jump, and other lists
// fall below a threshold as its base grows, so that elsewhere a list may, rarely, gain a seat at
// one number of votes, not at a larger one, and again above that: the margin then is one of these
// turning points. The work grows with the square of the number of lists.
func Margins(in Input, a Allocation) ([]Margin, error) {
	h, err := newHypothesis(in, a)
	if err != nil {
		return nil, err
	}
	margins := make([]Margin, len(in.Lists))
	for i := range margins {
		margins[i] = Margin{Short: h.short(i), Spare: h.spare(i)}
	}
	return margins, nil
}

// hypothesis answers whether a list would be certain of its seats with another number of votes.
type hypothesis struct {
	in    Input
	seats []int // as allocated
	gate  gate
	scale int64
	unit  []int64 // what one vote weighs, by list
	total int64   // weighted votes of all lists
}

func newHypothesis(in Input, a Allocation) (hypothesis, error) {
	h := hypothesis{in: in, seats: a.Seats, unit: make([]int64, len(in.Lists))}
	err := in.check()
	if err != nil {
		return h, err
	}
	if h.gate, err = newGate(in); err != nil {
		return h, err
	}
	if h.scale, err = in.scale(); err != nil {
		return h, err
	}
	for i, list := range in.Lists {
		if list.Lumped {
			continue
		}
		h.unit[i] = list.Weight.orOne().numerator * (h.scale / list.Weight.orOne().denominator)
		h.total += list.Votes * h.unit[i]
	}
	return h, nil
}

func (h hypothesis) short(list int) int64 {
	target := h.seats[list] + 1
	if h.in.Lists[list].Lumped || target > h.in.Lists[list].MostSeats(h.in.Seats) {
		return -1
	}
	bound := math.MaxInt64 / (2*int64(h.in.Seats) + 4)
	votes := h.in.Lists[list].Votes
	return firstTrue((bound-h.total)/h.unit[list], func(more int64) bool {
		return h.certain(list, target, votes+more)
	})
}

func (h hypothesis) spare(list int) int64 {
	if h.seats[list] == 0 {
		return -1
	}
	votes := h.in.Lists[list].Votes
	return firstTrue(votes, func(fewer int64) bool {
		return !h.certain(list, h.seats[list], votes-fewer)
	}) - 1
}

// certain reports whether a list with that many votes is certain of so many seats: whether they and
// all seats with quotients as large as its last one's are no more than there are. Equal quotients of lists that the rules
// for ties put behind it do not count.
func (h hypothesis) certain(list, seats int, votes int64) bool {
	change := votes - h.in.Lists[list].Votes
	gate := h.gate.shifted(change)
	if votes == 0 || !gate.admits(list, votes) {
		return false
	}
	rule, err := h.rule(list, change, gate)
	if err != nil {
		return false
	}
	last := rule.rank(votes*h.unit[list], seats-1)
	given := seats
	for i, other := range h.in.Lists {
		if i == list || other.Votes == 0 || !gate.admits(i, other.Votes) {
			continue
		}
		behind := tieBreaks(h.in.TieBreaks).before(claim{list, votes}, claim{i, other.Votes})
		given += rule.count(other.Votes*h.unit[i], other.MostSeats(h.in.Seats), h.seats[i], last, behind)
		if given > h.in.Seats {
			return false
		}
	}
	return given <= h.in.Seats
}

// rule returns the rule after the votes of one list have changed.
func (h hypothesis) rule(list int, change int64, gate gate) (rule, error) {
	total := int64(0)
	if h.in.Method.HasQuota() {
		total = change * h.unit[list]
		for i, other := range h.in.Lists {
			if i == list || gate.admits(i, other.Votes) {
				total += other.Votes * h.unit[i]
			}
		}
	}
	return newRule(h.in, h.scale, total)
}

// count returns how many quotients of a list with these votes are at least as large as last, or larger if the list is behind,
// limit at most. guess is where to look first.
func (r rule) count(votes int64, limit, guess int, last rank, behind bool) int {
	reaches := func(seat int) bool {
		order := r.rank(votes, seat-1).compare(last)
		return order > 0 || order == 0 && !behind
	}
	low, high := 0, limit // reaches(low) and, above it, everything unknown up to high
	guess = min(guess, limit)
	switch {
	case guess > 0 && !reaches(guess):
		high = guess - 1
	case guess < limit && !reaches(guess+1):
		return guess
	default:
		low = guess
	}
	for low < high {
		middle := low + (high-low+1)/2
		if reaches(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}
