package apportion

import (
	"math/big"
	"slices"
)

// secondDecide decides a tie as tieBreaks.decide does, by another road: rule after rule, the lists with the best claim are
// taken out of the tie, or are all that remains of it.
func secondDecide(rules []TieBreak, tie *Tie, votes func(list int) *big.Int) (*Decision, *Tie) {
	if tie == nil {
		return nil, nil
	}
	rivals, seats := slices.Clone(tie.Lists), tie.Seats
	var given []Given
	for _, rule := range rules {
		if rule == DrawLots {
			break
		}
		for seats > 0 {
			best := bestClaims(rule, rivals, votes)
			if len(best) == len(rivals) {
				break
			}
			if len(best) > seats {
				rivals = best
				break
			}
			for _, list := range best {
				given = append(given, Given{List: list, Rule: rule})
			}
			seats -= len(best)
			rivals = slices.DeleteFunc(rivals, func(list int) bool { return slices.Contains(best, list) })
		}
	}
	if len(rivals) == len(tie.Lists) {
		return nil, tie
	}
	slices.SortFunc(given, func(a, b Given) int { return a.List - b.List })
	decision := &Decision{Tie: *tie, Given: given}
	if seats == 0 {
		return decision, nil
	}
	return decision, &Tie{Lists: rivals, Seats: seats}
}

// bestClaims returns those of the lists that no other one comes before.
func bestClaims(rule TieBreak, lists []int, votes func(list int) *big.Int) []int {
	var best []int
	value := func(list int) *big.Int { // the larger, the better
		switch rule {
		case MoreVotes:
			return votes(list)
		case FewerVotes:
			return new(big.Int).Neg(votes(list))
		default: // ListOrder
			return big.NewInt(-int64(list))
		}
	}
	for _, list := range lists {
		order := 1
		if len(best) > 0 {
			order = value(list).Cmp(value(best[0]))
		}
		if order > 0 {
			best = best[:0]
		}
		if order >= 0 {
			best = append(best, list)
		}
	}
	return best
}
