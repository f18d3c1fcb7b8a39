package apportion

import (
	"fmt"
	"math"
	"slices"
)

// check refuses inputs that have no allocation, or none that 63 bits can hold exactly.
func (in Input) check() error {
	switch {
	case !in.Method.Known():
		return fmt.Errorf("%w: %q", ErrUnknownMethod, in.Method)
	case in.Seats < 1:
		return fmt.Errorf("%w: %d", ErrNoSeats, in.Seats)
	case in.Seats > MaxSeats:
		return fmt.Errorf("%w: %d seats", ErrTooLarge, in.Seats)
	}
	for _, count := range []struct {
		name  string
		value int64
	}{
		{"valid votes", in.Valid},
		{"blank ballots", in.Blank},
		{"invalid ballots", in.Invalid},
		{"votes cast", in.VotesCast},
		{"eligible", in.Eligible},
		{"the threshold's total", in.Threshold.Total},
	} {
		if count.value < 0 {
			return fmt.Errorf("%w: %s: %d", ErrNegative, count.name, count.value)
		}
	}
	if err := in.checkLists(); err != nil {
		return err
	}
	if err := in.checkThreshold(); err != nil {
		return err
	}
	if err := CheckTieBreaks(in.TieBreaks); err != nil {
		return err
	}
	for i, lot := range in.Lots {
		if err := lot.check(len(in.Lists)); err != nil {
			return fmt.Errorf("%w (lot %d)", err, i+1)
		}
	}
	return nil
}

func (in Input) checkLists() error {
	total := int64(0)
	for i, list := range in.Lists {
		if list.Votes < 0 {
			return fmt.Errorf("%w: votes of %s: %d", ErrNegative, in.name(i), list.Votes)
		}
		if list.Votes > math.MaxInt64-total {
			return fmt.Errorf("%w: the sum of all votes", ErrTooLarge)
		}
		total += list.Votes
		if list.Weight.IsSet() && list.Weight.numerator <= 0 {
			return fmt.Errorf("%w: %s", ErrWeight, in.name(i))
		}
	}
	if total == 0 {
		return ErrNoVotes
	}
	return in.checkSize()
}

// checkSize bounds what the calculation multiplies: the weighted votes of all lists, in units of
// the weights' common denominator, times twice the seats and a bit.
func (in Input) checkSize() error {
	scale, err := in.scale()
	if err != nil {
		return err
	}
	bound := math.MaxInt64 / (2*int64(in.Seats) + 4)
	total := int64(0)
	for i, list := range in.Lists {
		if list.Lumped {
			continue
		}
		unit, ok := product(list.Weight.orOne().numerator, scale/list.Weight.orOne().denominator)
		weighted, fits := product(list.Votes, unit)
		if !ok || !fits || weighted > bound-total {
			return &SizeError{Of: SizeOfVotes, List: in.name(i), Seats: in.Seats}
		}
		total += weighted
	}
	if scale > bound {
		return &SizeError{Of: SizeOfWeights}
	}
	return nil
}

// scale returns the least common multiple of the weights' denominators: weighted votes are counted
// in units of one scale-th of a vote, and are whole numbers then.
func (in Input) scale() (int64, error) {
	scale := int64(1)
	for i, list := range in.Lists {
		if list.Lumped {
			continue
		}
		denominator := list.Weight.orOne().denominator
		larger, ok := product(scale, denominator/commonDivisor(scale, denominator))
		if !ok {
			return 0, &SizeError{Of: SizeOfWeight, List: in.name(i)}
		}
		scale = larger
	}
	return scale, nil
}

func (in Input) checkThreshold() error {
	threshold := in.Threshold
	switch threshold.Base {
	case "", BaseNone, BaseValidPartyVotes, BaseValidIncludingBlank, BaseVotesCast, BaseEligible, BaseQuota:
	default:
		return fmt.Errorf("%w: unknown base %q", ErrThreshold, threshold.Base)
	}
	switch threshold.Comparison {
	case "", AtLeast, MoreThan:
	default:
		return fmt.Errorf("%w: unknown comparison %q", ErrThreshold, threshold.Comparison)
	}
	if err := checkPercent(threshold.Percent); err != nil {
		return err
	}
	for i, list := range in.Lists {
		if list.ThresholdPercent == nil {
			continue
		}
		if err := checkPercent(*list.ThresholdPercent); err != nil {
			return fmt.Errorf("%w (%s)", err, in.name(i))
		}
	}
	for _, list := range threshold.Passing {
		if list < 0 || list >= len(in.Lists) {
			return fmt.Errorf("%w: no list has the index %d", ErrThreshold, list)
		}
	}
	return nil
}

func checkPercent(percent Ratio) error {
	if percent.numerator < 0 || percent.numerator/100 > percent.denominator ||
		percent.numerator > 100*percent.denominator {
		return fmt.Errorf("%w: %s percent", ErrThreshold, percent)
	}
	if percent.denominator > maxRatioPart {
		return fmt.Errorf("%w: %s percent", ErrTooLarge, percent)
	}
	return nil
}

func (l Lot) check(lists int) error {
	sorted := slices.Sorted(slices.Values(l.Lists))
	for i, list := range sorted {
		if list < 0 || list >= lists {
			return fmt.Errorf("%w: no list has the index %d", ErrLot, list)
		}
		if i > 0 && sorted[i-1] == list {
			return fmt.Errorf("%w: the list with the index %d is drawn twice", ErrLot, list)
		}
	}
	return nil
}

// name returns how errors and explanations call a list.
func (in Input) name(list int) string {
	if in.Lists[list].Name == "" {
		return fmt.Sprintf("list %d", list+1)
	}
	return in.Lists[list].Name
}

// product multiplies two non-negative numbers, and reports whether the result fits.
func product(a, b int64) (int64, bool) {
	if b != 0 && a > math.MaxInt64/b {
		return 0, false
	}
	return a * b, true
}
