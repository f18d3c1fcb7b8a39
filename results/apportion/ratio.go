package apportion

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

const (
	// maxRatioPart bounds numerators and denominators that are read in, so that percentages and
	// weights can be multiplied by votes without leaving 128 bits.
	maxRatioPart = 1_000_000_000_000_000
	maxRatioText = 64 // characters; nothing longer is a percentage
)

// ratioForm leaves out what big.Rat reads beyond the notations that ParseRatio promises, such as octal
// numbers after a leading zero. Two digits
// of exponent bound the work that a hostile file can cause.
var ratioForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(/(0|[1-9][0-9]*)|(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?)$`)

// Ratio is an exact rational number in lowest terms. The zero value means "unset": as a weight it
// counts as 1, as a percentage as 0. Ratios can be compared with ==.
type Ratio struct {
	numerator   int64
	denominator int64 // positive, or 0 where the ratio is unset
}

// NewRatio returns numerator/denominator in lowest terms. A denominator of 0 or below, or a
// numerator below 0, is an error.
func NewRatio(numerator, denominator int64) (Ratio, error) {
	if numerator < 0 || denominator <= 0 {
		return Ratio{}, fmt.Errorf("%w: %d/%d", ErrRatio, numerator, denominator)
	}
	return ratio(numerator, denominator), nil
}

// ratio is NewRatio for callers that know denominator to be positive; numerator may be negative.
func ratio(numerator, denominator int64) Ratio {
	divisor := commonDivisor(max(numerator, -numerator), denominator)
	return Ratio{numerator / divisor, denominator / divisor}
}

// ParseRatio reads a non-negative number written as a fraction ("27/20"), a decimal ("3.25", with
// an exponent where need be: "5e-1") or an integer ("5"). In lowest terms, numerator and
// denominator must be at most 10^15. Anything else is ErrRatio.
func ParseRatio(text string) (Ratio, error) {
	if len(text) > maxRatioText || !ratioForm.MatchString(text) {
		return Ratio{}, fmt.Errorf("%w: %q", ErrRatio, text)
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok || !fits(value.Num()) || !fits(value.Denom()) {
		return Ratio{}, fmt.Errorf("%w: %q", ErrRatio, text)
	}
	return Ratio{value.Num().Int64(), value.Denom().Int64()}, nil
}

// fits reports whether a part of a ratio can be multiplied by votes without leaving 128 bits.
func fits(part *big.Int) bool { return part.IsInt64() && part.Int64() <= maxRatioPart }

// IsSet reports whether the ratio has a value.
func (r Ratio) IsSet() bool { return r.denominator != 0 }

// Numerator returns the numerator in lowest terms; 0 where the ratio is unset.
func (r Ratio) Numerator() int64 { return r.numerator }

// Denominator returns the denominator in lowest terms, 1 or more; 0 where the ratio is unset.
func (r Ratio) Denominator() int64 { return r.denominator }

// Rat returns the ratio for exact arithmetic; 0 where it is unset.
func (r Ratio) Rat() *big.Rat {
	if !r.IsSet() {
		return new(big.Rat)
	}
	return big.NewRat(r.numerator, r.denominator)
}

// String returns the ratio as an integer ("5") or a fraction in lowest terms ("27/20"), which
// ParseRatio reads back; "" where it is unset.
func (r Ratio) String() string {
	switch r.denominator {
	case 0:
		return ""
	case 1:
		return strconv.FormatInt(r.numerator, 10)
	}
	return strconv.FormatInt(r.numerator, 10) + "/" + strconv.FormatInt(r.denominator, 10)
}

// Decimal returns the ratio rounded half away from zero to the given number of decimal places
// ("3.25"). It is for display only; nothing is decided by it.
func (r Ratio) Decimal(places int) string { return r.Rat().FloatString(places) }

// Plain returns the ratio as a decimal without trailing zeros if it has one of at most six places, and as a fraction
// otherwise: how a law would write it.
func (r Ratio) Plain() string {
	if !r.IsSet() || (1_000_000%r.denominator) != 0 {
		return r.String()
	}
	text := r.Decimal(6)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// orOne returns the ratio, or 1 where it is unset: how weights are read.
func (r Ratio) orOne() Ratio {
	if !r.IsSet() {
		return Ratio{1, 1}
	}
	return r
}

// commonDivisor returns the greatest common divisor of a, 0 or more, and b, 1 or more.
func commonDivisor(a, b int64) int64 {
	for a != 0 {
		a, b = b%a, a
	}
	return b
}
