package apportion

import (
	"fmt"
	"math/big"
)

// byRemainders fills in the seats of a quota method as statutes put it: so many seats as whole
// quotas; the rest by the largest remainders; what was given too many taken back by the smallest.
func byRemainders(in Input, rivals []*rival, result *Allocation) error {
	if len(rivals) == 0 {
		return nil
	}
	votes := new(big.Rat)
	for _, r := range rivals {
		votes.Add(votes, r.votes)
	}
	quota := secondQuotaOf(in.Method, votes, int64(in.Seats))
	if quota.Sign() == 0 {
		return fmt.Errorf("%w: too few votes for %d seats", ErrQuota, in.Seats)
	}
	result.Quota = Ratio{quota.Num().Int64(), quota.Denom().Int64()}
	given := 0
	for _, r := range rivals {
		r.seats = r.limit
		if whole := floor(new(big.Rat).Quo(r.votes, quota)); whole.Cmp(big.NewInt(int64(r.limit))) < 0 {
			r.seats = int(whole.Int64())
		}
		given += r.seats
	}
	if given > in.Seats {
		result.Tie = withdraw(rivals, quota, given-in.Seats)
		return nil
	}
	// One seat each to the largest remainders; a second round and more only where lists ran out
	// of candidates and left seats to the others.
	for left := in.Seats - given; left > 0; {
		var able []*rival
		for _, r := range rivals {
			if r.seats < r.limit {
				r.stake = remainder(r, quota)
				able = append(able, r)
			}
		}
		if len(able) == 0 {
			return nil
		}
		result.Tie = handOut(able, left)
		left -= min(left, len(able))
	}
	return nil
}

// withdraw takes the seats that are too many from the lists with the smallest remainders, and
// returns the tie where the last of them cannot be told from one that stays.
func withdraw(rivals []*rival, quota *big.Rat, tooMany int) *Tie {
	for tooMany > 0 {
		var least *big.Rat
		var smallest []*rival
		for _, r := range rivals {
			if r.seats == 0 {
				continue
			}
			left := remainder(r, quota)
			if least == nil || left.Cmp(least) < 0 {
				least, smallest = left, smallest[:0]
			}
			if left.Cmp(least) == 0 {
				smallest = append(smallest, r)
			}
		}
		for _, r := range smallest {
			r.seats--
		}
		if len(smallest) > tooMany {
			tie := &Tie{Seats: len(smallest) - tooMany}
			for _, r := range smallest {
				tie.Lists = append(tie.Lists, r.list)
			}
			return tie
		}
		tooMany -= len(smallest)
	}
	return nil
}

// remainder returns the votes that the rival's seats have not used up.
func remainder(r *rival, quota *big.Rat) *big.Rat {
	spent := new(big.Rat).Mul(quota, new(big.Rat).SetInt64(int64(r.seats)))
	return spent.Sub(r.votes, spent)
}

func secondQuotaOf(method Method, votes *big.Rat, seats int64) *big.Rat {
	switch method {
	case Hare:
		return new(big.Rat).Quo(votes, big.NewRat(seats, 1))
	case Imperiali:
		return new(big.Rat).Quo(votes, big.NewRat(seats+2, 1))
	default: // the rounded ones follow
	}
	quota := new(big.Rat).Quo(votes, big.NewRat(seats+1, 1))
	if method == Droop {
		whole := floor(quota)
		return new(big.Rat).SetInt(whole.Add(whole, big.NewInt(1)))
	}
	return new(big.Rat).SetInt(floor(quota.Add(quota, big.NewRat(1, 2))))
}
