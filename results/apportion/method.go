package apportion

import "slices"

// Method names a rule of seat allocation, as written in results files and in an election's rules.
type Method string

// Highest averages: the seats go to the largest quotients of votes by divisors.
const (
	// DHondt divides by 1, 2, 3, ... (Jefferson, greatest divisors; as the Hagenbach-Bischoff
	// procedure gives the same seats, this is its name here too).
	DHondt Method = "dhondt"
	// SainteLague divides by 1, 3, 5, ... (Webster, Schepers).
	SainteLague Method = "sainte-lague"
	// ModifiedSainteLague14 divides by 1.4, 3, 5, ...
	ModifiedSainteLague14 Method = "modified-sainte-lague-1.4"
	// ModifiedSainteLague12 divides by 1.2, 3, 5, ...
	ModifiedSainteLague12 Method = "modified-sainte-lague-1.2"
	// Adams divides by 0, 1, 2, ...: every list with votes gets a first seat before any gets a
	// second (smallest divisors).
	Adams Method = "adams"
	// Dean divides by the harmonic means of neighbouring whole numbers: 0, 4/3, 12/5, ...
	Dean Method = "dean"
	// HuntingtonHill divides by the geometric means of neighbouring whole numbers: 0, √2, √6, ...
	// (equal proportions; 2 U.S.C. § 2a).
	HuntingtonHill Method = "huntington-hill"
)

// Quotas with largest remainders. V is the votes of the lists that are in, S the seats. Each list
// gets at most one seat for its remainder; only where seats are left when every list has had one
// (because others ran out of candidates, or a quota was rounded up for very few votes), the
// remainders are gone through again in the same order.
const (
	// Hare has the quota V/S, not rounded (Hamilton, Hare-Niemeyer).
	Hare Method = "hare"
	// Droop has the quota floor(V/(S+1)) + 1.
	Droop Method = "droop"
	// HagenbachBischoffRounded has the quota V/(S+1), rounded half up to a whole number. Where
	// rounding down gives out more seats than there are, those by the smallest remainders are
	// taken back.
	HagenbachBischoffRounded Method = "hagenbach-bischoff-rounded"
	// Imperiali has the quota V/(S+2), not rounded. Where it gives out more seats than there are,
	// those by the smallest remainders are taken back.
	Imperiali Method = "imperiali"
)

// Methods returns every method, highest averages first.
func Methods() []Method {
	return []Method{
		DHondt, SainteLague, ModifiedSainteLague14, ModifiedSainteLague12, Adams, Dean,
		HuntingtonHill, Hare, Droop, HagenbachBischoffRounded, Imperiali,
	}
}

// Known reports whether m is one of Methods.
func (m Method) Known() bool { return slices.Contains(Methods(), m) }

// HasQuota reports whether m is a quota with largest remainders, rather than highest averages.
func (m Method) HasQuota() bool {
	switch m {
	case Hare, Droop, HagenbachBischoffRounded, Imperiali:
		return true
	default:
		return false
	}
}

// FirstSeatFree reports whether m's first divisor is 0, so that every list with votes gets a seat
// before any list gets a second one.
func (m Method) FirstSeatFree() bool { return m == Adams || m == Dean || m == HuntingtonHill }

// divisor returns what a list's votes are divided by when it holds that many seats, as a fraction.
// For HuntingtonHill it is the divisor's square. A numerator of 0 means an infinite quotient.
func (m Method) divisor(held int) (numerator, denominator uint64) {
	n := uint64(held)
	switch m {
	case DHondt:
		return n + 1, 1
	case Adams:
		return n, 1
	case Dean:
		// n(n+1)/(n+1/2)
		return 2 * n * (n + 1), 2*n + 1
	case HuntingtonHill:
		return n * (n + 1), 1
	case ModifiedSainteLague14:
		if held == 0 {
			return 7, 5
		}
	case ModifiedSainteLague12:
		if held == 0 {
			return 6, 5
		}
	default: // Sainte-Laguë's odd numbers, as for the later seats of its modified forms
	}
	return 2*n + 1, 1
}
