package apportion

import "math/big"

// ElectByCounting returns the same as Elect, found by another road: instead of ranking the candidates it
// counts, for each of them, how many have more votes and how many have as many. It shares with Elect the
// checks of the race, the names of the rules for ties and the definition of a lot, nothing else.
func ElectByCounting(r Race) (Outcome, error) {
	base, err := r.check()
	if err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Winner: -1, Base: base}
	if r.Rule != Plurality {
		for i, votes := range r.Votes {
			twice := new(big.Int).Lsh(big.NewInt(votes), 1)
			if twice.Cmp(big.NewInt(base)) > 0 {
				outcome.Winner = i
				return outcome, nil
			}
		}
	}
	places := min(2, len(r.Votes))
	if r.Rule == Plurality {
		places = 1
	}
	taken := r.countPlaces(places, &outcome)
	if outcome.Tie != nil {
		return outcome, nil
	}
	if r.Rule == Plurality {
		outcome.Winner = taken[0]
		return outcome, nil
	}
	outcome.SecondRound = taken
	return outcome, nil
}

// countPlaces returns who takes the places, the leading one first, or leaves the open tie in the outcome.
func (r Race) countPlaces(places int, outcome *Outcome) []int {
	var certain, tied []int
	for i, votes := range r.Votes {
		more, equal := 0, 0
		for j, other := range r.Votes {
			switch {
			case other > votes:
				more++
			case other == votes && j != i:
				equal++
			}
		}
		switch {
		case more+equal < places:
			certain = append(certain, i)
		case more < places:
			tied = append(tied, i)
		}
	}
	if len(certain) == 2 && r.Votes[certain[1]] > r.Votes[certain[0]] {
		certain[0], certain[1] = certain[1], certain[0]
	}
	if len(tied) == 0 {
		return certain
	}
	decided, left := secondDecide(r.TieBreaks, &Tie{Lists: tied, Seats: places - len(certain)}, func(i int) *big.Int { return big.NewInt(r.Votes[i]) })
	outcome.Decided = decided
	if decided != nil {
		for _, place := range decided.Given {
			certain = append(certain, place.List)
		}
	}
	if left == nil {
		return certain
	}
	for _, lot := range r.Lots {
		if lot.drawnFor(left.Lists) {
			outcome.Settled = left
			return append(certain, lot.Lists[:left.Seats]...)
		}
	}
	outcome.Tie = left
	return nil
}
