package apportion

import (
	"cmp"
	"math/big"
	"math/bits"
	"strings"
)

// Quotient is what a list competes for a seat with, kept as the law writes it: votes and a divisor.
// With a quota it has no divisor, and is the votes that the list still has to spend: its remainder,
// once its whole quotas are spent. The zero value is unset.
type Quotient struct {
	// Votes, multiplied by the list's weight. Below zero only where a list gets seats beyond its
	// remainder because others ran out of candidates.
	Votes Ratio
	// Divisor, unset with a quota; 0 means a first seat that is free, ranked by votes.
	Divisor Ratio
	// Root is true where the divisor is the square root of Divisor (Huntington-Hill).
	Root bool
}

// Infinite reports whether the divisor is 0.
func (q Quotient) Infinite() bool { return q.Divisor.IsSet() && q.Divisor.numerator == 0 }

// Rat returns the quotient exactly, or nil where it is infinite, irrational or unset.
func (q Quotient) Rat() *big.Rat {
	if q.Root || q.Infinite() || !q.Votes.IsSet() {
		return nil
	}
	return new(big.Rat).Quo(q.Votes.Rat(), q.Divisor.orOne().Rat())
}

// String returns the quotient as it is computed ("89295 ÷ 2", "100 ÷ √6", with a quota "11366"), or
// "" where it is unset.
func (q Quotient) String() string {
	switch {
	case !q.Divisor.IsSet():
		return q.Votes.Plain()
	case q.Root:
		return q.Votes.Plain() + " ÷ √" + q.Divisor.Plain()
	}
	return q.Votes.Plain() + " ÷ " + q.Divisor.Plain()
}

// Decimal returns the value rounded half up to the given number of decimal places, "∞" for an
// infinite one and "" for one that is unset. It is for display only; nothing is decided by it.
func (q Quotient) Decimal(places int) string {
	switch {
	case !q.Votes.IsSet():
		return ""
	case q.Infinite():
		return "∞"
	case !q.Root:
		return q.Rat().FloatString(places)
	}
	// Twice the value in units of the last place, rounded down, from the integer root of its
	// square; then half of it, rounded up.
	square := new(big.Rat).Mul(q.Votes.Rat(), q.Votes.Rat())
	square.Quo(square, q.Divisor.Rat())
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	square.Mul(square, new(big.Rat).SetInt(new(big.Int).Mul(unit, unit)))
	square.Mul(square, big.NewRat(4, 1))
	twice := new(big.Int).Sqrt(new(big.Int).Quo(square.Num(), square.Denom()))
	digits := twice.Add(twice, big.NewInt(1)).Rsh(twice, 1).String()
	if places == 0 {
		return digits
	}
	if len(digits) <= places {
		digits = strings.Repeat("0", places-len(digits)+1) + digits
	}
	return digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}

// rank orders quotients exactly. It is a fraction with a numerator of 128 bits; a denominator of 0
// is above every other, and among those the numerator decides.
type rank struct {
	high, low   uint64
	denominator uint64
}

// compare returns +1 where r is the larger quotient, -1 where it is the smaller, 0 for a tie.
func (r rank) compare(other rank) int {
	switch {
	case r.denominator == 0 && other.denominator == 0:
		return compareWide(r.high, r.low, other.high, other.low)
	case r.denominator == 0:
		return 1
	case other.denominator == 0:
		return -1
	}
	topR, midR, lowR := multiply(r.high, r.low, other.denominator)
	topO, midO, lowO := multiply(other.high, other.low, r.denominator)
	if topR != topO {
		return cmp.Compare(topR, topO)
	}
	return compareWide(midR, lowR, midO, lowO)
}

func compareWide(highA, lowA, highB, lowB uint64) int {
	if highA != highB {
		return cmp.Compare(highA, highB)
	}
	return cmp.Compare(lowA, lowB)
}

// multiply returns the 192 bits of a 128-bit number times a 64-bit one.
func multiply(high, low, factor uint64) (top, middle, bottom uint64) {
	carry, bottom := bits.Mul64(low, factor)
	top, middle = bits.Mul64(high, factor)
	middle, carry = bits.Add64(middle, carry, 0)
	return top + carry, middle, bottom
}
