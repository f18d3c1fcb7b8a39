package apportion

import (
	"errors"
	"fmt"
)

// What can be wrong with an input. Every error of this package is one of these, wrapped with the
// list, field or number that it is about.
var (
	// ErrUnknownMethod is returned for a method that Methods does not name.
	ErrUnknownMethod = errors.New("apportion: unknown method")
	// ErrNoSeats is returned for fewer than one seat.
	ErrNoSeats = errors.New("apportion: no seats to allocate")
	// ErrNoVotes is returned where no list or candidate has a vote.
	ErrNoVotes = errors.New("apportion: no votes at all")
	// ErrNegative is returned for a count below zero.
	ErrNegative = errors.New("apportion: a count is below zero")
	// ErrThreshold is returned for a threshold that cannot be applied: an unknown base or
	// comparison, a percentage outside 0 to 100, a base whose number is missing.
	ErrThreshold = errors.New("apportion: the threshold cannot be applied")
	// ErrWeight is returned for a weight of zero.
	ErrWeight = errors.New("apportion: a weight must be above zero")
	// ErrRatio is returned for a text or a pair of numbers that is not a non-negative rational.
	ErrRatio = errors.New("apportion: not a number")
	// ErrLot is returned for a lot that names a list twice or one that does not exist.
	ErrLot = errors.New("apportion: the lot is malformed")
	// ErrTieBreak is returned for an unknown rule for ties.
	ErrTieBreak = errors.New("apportion: unknown rule for ties")
	// ErrTooLarge is returned for numbers that no election has and that would leave 63 bits:
	// twice the votes (times the weights' common denominator) times the seats.
	ErrTooLarge = errors.New("apportion: the numbers are too large for exact arithmetic")
	// ErrQuota is returned where a rounded quota is zero because there are fewer votes than seats.
	ErrQuota = errors.New("apportion: the quota is zero")
	// ErrRule is returned for an unknown rule or majority base of a presidential election.
	ErrRule = errors.New("apportion: unknown rule")
)

// Size says which numbers of a SizeError are too large.
type Size int

// The sizes.
const (
	SizeOfVotes   Size = iota // the votes of List, multiplied by its weight and the seats
	SizeOfWeight              // the weight of List, with those of the lists before it
	SizeOfWeights             // the common denominator of all weights
)

// A SizeError is the ErrTooLarge of votes and weights, which each pass on their own and are too large together.
type SizeError struct {
	Of    Size
	List  string // as the input names it; "" for SizeOfWeights
	Seats int    // of SizeOfVotes
}

// Error says which numbers are too large.
func (e *SizeError) Error() string {
	switch e.Of {
	case SizeOfVotes:
		return fmt.Sprintf("%v: votes of %s for %d seats", ErrTooLarge, e.List, e.Seats)
	case SizeOfWeight:
		return fmt.Sprintf("%v: the weight of %s", ErrTooLarge, e.List)
	default:
		return fmt.Sprintf("%v: denominators of weights", ErrTooLarge)
	}
}

// Unwrap returns ErrTooLarge.
func (e *SizeError) Unwrap() error { return ErrTooLarge }
