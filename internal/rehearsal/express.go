package rehearsal

import (
	"errors"
	"fmt"
	"reflect"

	"urna/results/apportion"
)

// feather is the weight of a row that can take no seat, in methods that divide votes: it makes the
// row's first quotient smaller than any that wins a seat in practice, and thresholds do not look at it.
const feather = "1/1000000"

// express states an allocation with the rules that an election of Urna can have. A row that can take no seat (the
// "others" of a file, a list without candidates) becomes an ordinary candidacy, since its ballots need
// a poll number: with the weight feather if the method divides votes, otherwise unchanged, which is right if the row
// is below the threshold. sameSeats checks that the seats stay the same.
func express(in apportion.Input) apportion.Input {
	out := apportion.Input{
		Method: in.Method, Seats: in.Seats,
		Threshold: apportion.Threshold{
			Percent: in.Threshold.Percent, Base: in.Threshold.Base, Comparison: in.Threshold.Comparison,
		},
		Blank: in.Blank, Invalid: in.Invalid, VotesCast: in.VotesCast, Eligible: in.Eligible,
		TieBreaks: in.TieBreaks,
	}
	for _, list := range in.Lists {
		seatless := list.Lumped || list.MaxSeats < 0
		list.Lumped, list.MaxSeats = false, max(list.MaxSeats, 0)
		if seatless && divides(in.Method) {
			list.Weight, _ = apportion.ParseRatio(feather) // a valid constant
		}
		out.Lists = append(out.Lists, list)
	}
	return out
}

// divides reports whether a method divides votes by divisors above zero, so that a row with few enough votes takes no
// seat.
func divides(m apportion.Method) bool {
	switch m {
	case apportion.DHondt, apportion.SainteLague, apportion.ModifiedSainteLague14, apportion.ModifiedSainteLague12:
		return true
	default:
		return false
	}
}

// sameSeats returns an error if an election cannot state a part of the allocation and the outcome differs without it. The
// error names that part.
func sameSeats(file, expressed apportion.Input) error {
	want, err := apportion.Allocate(file)
	if err != nil {
		return err
	}
	got, err := apportion.Allocate(expressed)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(want.Seats, got.Seats) && reflect.DeepEqual(want.Tie, got.Tie) && want.Unassigned == got.Unassigned {
		return nil
	}
	return fmt.Errorf("its seats rest on what an election here cannot state: %w", unsaid(file))
}

// unsaid names the first thing in an allocation that an election cannot state.
func unsaid(in apportion.Input) error {
	if in.Threshold.Passing != nil {
		return errors.New("which lists pass the threshold was decided elsewhere")
	}
	for _, list := range in.Lists {
		switch {
		case list.Lumped:
			return fmt.Errorf("%s is a row that can take no seat", list.Name)
		case list.MaxSeats < 0:
			return fmt.Errorf("%s has no candidates", list.Name)
		}
	}
	if in.Threshold.Total != 0 {
		return errors.New("the threshold is taken of a number that the ballots do not add up to")
	}
	return errors.New("the valid votes are more than the ballots of the lists")
}

// sameOutcome is sameSeats for a presidential round.
func sameOutcome(file, expressed apportion.Race) error {
	want, err := apportion.Elect(file)
	if err != nil {
		return err
	}
	got, err := apportion.Elect(expressed)
	if err != nil {
		return err
	}
	if want.Winner == got.Winner && reflect.DeepEqual(want.SecondRound, got.SecondRound) && reflect.DeepEqual(want.Tie, got.Tie) {
		return nil
	}
	return errors.New("its outcome rests on a number that the ballots do not add up to, which an election here cannot state")
}

// decimal returns a percentage as a decimal number, and whether that is exact.
func decimal(percent apportion.Ratio) (string, bool) {
	digits, exact := percent.Rat().FloatPrec()
	return percent.Rat().FloatString(digits), exact
}
