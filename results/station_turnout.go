package results

import (
	"cmp"
	"slices"

	"urna/ballots"
)

// sortByTurnout sorts stations by the turnout as it is published. Those without one come last.
func (l *stationLook) sortByTurnout(ids []int64, descending bool) error {
	turnout := map[int64]Fraction{}
	if l.shows {
		var err error
		if turnout, err = l.turnouts(); err != nil {
			return err
		}
	}
	slices.SortStableFunc(ids, func(a, b int64) int {
		first, known := turnout[a]
		second, other := turnout[b]
		known, other = known && first >= 0, other && second >= 0
		switch {
		case known != other:
			return cmp.Compare(second, first)
		case !known:
			return 0
		case descending:
			return cmp.Compare(second, first)
		default:
			return cmp.Compare(first, second)
		}
	})
	return nil
}

// turnouts returns the turnouts of the stations whose counts are published by themselves.
func (l *stationLook) turnouts() (map[int64]Fraction, error) {
	var places []int64
	for i := range l.election.Constituencies {
		places = append(places, l.election.Constituencies[i].ID)
	}
	sizes, err := ballots.StationSizes(l.ctx, l.tx, places)
	if err != nil {
		return nil, err
	}
	merged, err := l.merged(places, func(place int64) (map[int64]ballots.StationSize, error) { return smallOf(sizes[place]), nil })
	if err != nil {
		return nil, err
	}
	turnout := map[int64]Fraction{}
	for _, ofPlace := range sizes {
		for id, size := range ofPlace {
			if merged[id] == nil && !l.certified.reopens(id, nil) {
				turnout[id] = NewFraction(size.Valid+size.Invalid, size.Registered)
			}
		}
	}
	return turnout, nil
}
