package apportion

import "math/big"

// byDivisor fills in the seats of highest averages. It encloses the divisor between two bounds: at
// the upper one the lists get too few seats in all, at the lower one enough. Once no list gains
// more than one seat between them, the seats at stake are few and are ranked exactly.
func byDivisor(in Input, rivals []*rival, result *Allocation) {
	seats := in.Seats
	if in.Method.FirstSeatFree() {
		contenders := 0
		for _, r := range rivals {
			if r.limit > 0 {
				contenders++
			}
		}
		if contenders >= seats {
			handOutFirst(rivals, seats, result)
			return
		}
	}
	room := 0
	for _, r := range rivals {
		room += r.limit
	}
	if room <= seats {
		for _, r := range rivals {
			r.seats = r.limit
		}
		return
	}
	searchDivisor(in.Method, rivals, seats)
	var atStake []*rival
	left := seats
	for _, r := range rivals {
		r.seats = r.fewest
		left -= r.fewest
		if r.most > r.fewest {
			r.stake = secondQuotient(in.Method, r)
			atStake = append(atStake, r)
		}
	}
	result.Tie = handOut(atStake, left)
}

// searchDivisor encloses the divisor, starting from the votes that a seat costs on average, and
// leaves in fewest and most what each list gets at the upper and at the lower bound.
func searchDivisor(method Method, rivals []*rival, seats int) {
	upper := new(big.Rat)
	for _, r := range rivals {
		upper.Add(upper, r.votes)
	}
	half := big.NewRat(1, 2)
	upper.Mul(upper, big.NewRat(1, int64(seats)))
	if method == HuntingtonHill {
		upper.Mul(upper, upper)
	}
	lower := new(big.Rat).Set(upper)
	for !atMost(method, rivals, upper, seats-1) {
		lower.Set(upper)
		upper.Quo(upper, half)
	}
	for atMost(method, rivals, lower, seats-1) {
		upper.Set(lower)
		lower.Mul(lower, half)
	}
	atMost(method, rivals, upper, seats-1)
	for _, r := range rivals {
		r.fewest, r.most = r.tried, count(method, r, lower)
	}
	for !separated(rivals) {
		middle := new(big.Rat).Add(lower, upper)
		middle.Mul(middle, half)
		if atMost(method, rivals, middle, seats-1) {
			upper = middle
			for _, r := range rivals {
				r.fewest = r.tried
			}
		} else {
			lower = middle
			for _, r := range rivals {
				r.most = r.tried
			}
		}
	}
}

// handOutFirst gives out first seats that are free where there are no more seats than lists: the
// lists with the most votes take them.
func handOutFirst(rivals []*rival, seats int, result *Allocation) {
	var contenders []*rival
	for _, r := range rivals {
		if r.limit > 0 {
			r.stake = r.votes
			contenders = append(contenders, r)
		}
	}
	result.Tie = handOut(contenders, seats)
}

// separated reports whether no list gains more than one seat between the bounds.
func separated(rivals []*rival) bool {
	for _, r := range rivals {
		if r.most-r.fewest > 1 {
			return false
		}
	}
	return true
}

// atMost tries a divisor, leaves in tried what each list gets, and reports whether that is no more
// than so many seats in all.
func atMost(method Method, rivals []*rival, divisor *big.Rat, seats int) bool {
	total := 0
	for _, r := range rivals {
		r.tried = count(method, r, divisor)
		total += r.tried
	}
	return total <= seats
}

// dividend returns the number that is compared with the divisor: the votes, or for Huntington-Hill, whose
// divisor is searched for by its square, their square.
func dividend(method Method, votes *big.Rat) *big.Rat {
	if method == HuntingtonHill {
		return new(big.Rat).Mul(votes, votes)
	}
	return votes
}

// secondQuotient returns the quotient for the rival's next seat, which is not free.
func secondQuotient(method Method, r *rival) *big.Rat {
	n := int64(r.seats)
	divisor := big.NewRat(2*n+1, 1)
	switch method {
	case DHondt:
		divisor = big.NewRat(n+1, 1)
	case Adams:
		divisor = big.NewRat(n, 1)
	case Dean:
		divisor = big.NewRat(2*n*(n+1), 2*n+1)
	case HuntingtonHill:
		divisor = big.NewRat(n*(n+1), 1)
	case ModifiedSainteLague14:
		if n == 0 {
			divisor = big.NewRat(14, 10)
		}
	case ModifiedSainteLague12:
		if n == 0 {
			divisor = big.NewRat(12, 10)
		}
	default: // the odd numbers of Sainte-Laguë
	}
	return divisor.Quo(dividend(method, r.votes), divisor)
}

// count returns the seats of a list under a divisor: its votes divided and rounded as the method
// rounds. It counts the quotients of at least the divisor without listing them.
func count(method Method, r *rival, divisor *big.Rat) int {
	// The votes over the divisor are a/b.
	dividend := dividend(method, r.votes)
	a := new(big.Int).Mul(dividend.Num(), divisor.Denom())
	b := new(big.Int).Mul(dividend.Denom(), divisor.Num())
	n := new(big.Int)
	switch method {
	case DHondt:
		n.Quo(a, b)
	case Adams:
		n.Quo(a, b).Add(n, big.NewInt(1))
	case Dean:
		n = countHarmonic(a, b)
	case HuntingtonHill:
		// n(n+1) ≤ a/b holds while (2n+1)² ≤ 4a/b + 1.
		n.Lsh(a, 2).Add(n, b).Quo(n, b).Sqrt(n)
		n.Sub(n, big.NewInt(1)).Rsh(n, 1).Add(n, big.NewInt(1))
	case ModifiedSainteLague14:
		n = countOdd(a, b, 14)
	case ModifiedSainteLague12:
		n = countOdd(a, b, 12)
	default:
		n = countOdd(a, b, 10)
	}
	if !n.IsInt64() || n.Int64() > int64(r.limit) {
		return r.limit
	}
	return int(n.Int64())
}

// countOdd returns how many of the divisors first, 3, 5, ... are at most a/b; first in tenths.
func countOdd(a, b *big.Int, first int64) *big.Int {
	needed := new(big.Int).Mul(b, big.NewInt(first))
	if new(big.Int).Mul(a, big.NewInt(10)).Cmp(needed) < 0 {
		return needed.SetInt64(0)
	}
	// (a/b + 1) / 2
	n := new(big.Int).Add(a, b)
	n.Quo(n, b).Rsh(n, 1)
	if n.Sign() == 0 {
		n.SetInt64(1)
	}
	return n
}

// countHarmonic returns how many of the harmonic means 0, 4/3, 12/5, ... are at most t = a/b. The
// mean of n and n+1 is, up to n = (t - 1 + √(t²+1))/2. The root is rounded down first, and what
// that loses is added back.
func countHarmonic(a, b *big.Int) *big.Int {
	squareA, squareB := new(big.Int).Mul(a, a), new(big.Int).Mul(b, b)
	n := squareA.Add(squareA, squareB)
	n.Quo(n, squareB).Sqrt(n).Sub(n, big.NewInt(1)).Mul(n, b).Add(n, a)
	n.Quo(n, new(big.Int).Lsh(b, 1)).Add(n, big.NewInt(1))
	for {
		next := new(big.Int).Add(n, big.NewInt(1))
		mean := new(big.Int).Mul(n, next)
		mean.Lsh(mean, 1).Mul(mean, b)
		if mean.Cmp(next.Add(next, n).Mul(next, a)) > 0 {
			return n
		}
		n.Add(n, big.NewInt(1))
	}
}

// floor rounds a number of 0 or more down.
func floor(r *big.Rat) *big.Int { return new(big.Int).Quo(r.Num(), r.Denom()) }
