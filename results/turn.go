package results

import (
	"urna/elections"
	"urna/results/apportion"
)

// Turn says whether ballots of polling stations that are not counted, or annulled, could still change seats or who is
// elected, if all their registered voters had voted, in whatever way.
type Turn string

// The answers.
const (
	TurnNotAsked Turn = ""        // no station is missing, or voting goes on, or the election is certified
	TurnNo       Turn = "no"      // they could not: proved
	TurnCould    Turn = "yes"     // they could: not ruled out
	TurnUnknown  Turn = "unknown" // the registered voters of a missing station are unknown
)

// addTurns says for each constituency with missing stations whether their ballots could still change its result.
func (r *Results) addTurns(f figures) error {
	if !r.State.ToBeCertified() || f.stations.all == nil || f.stations.all.missing == 0 {
		return nil
	}
	threshold := TurnNo // whether other lists could pass a threshold of the whole election
	if r.Threshold != nil {
		in, _, err := electionInput(f)
		if err != nil {
			return err
		}
		threshold = turnOf(f.stations.all, func(voters int64) bool { return apportion.CanAdmitOthers(in, voters) })
		r.ThresholdTurn = threshold
	}
	for i := range r.Constituencies {
		c := &r.Constituencies[i]
		if c.Stations == nil || c.Stations.missing == 0 {
			continue
		}
		can, err := r.canTurn(i)
		if err != nil {
			return err
		}
		if c.Turn = turnOf(c.Stations, can); c.Turn == TurnNo {
			c.Turn = threshold
		}
	}
	return nil
}

// canTurn returns the question whether further ballots of a constituency could change its result.
func (r *Results) canTurn(constituency int) (func(voters int64) bool, error) {
	c, definition := &r.Constituencies[constituency], &r.Election.Constituencies[constituency]
	if r.Election.Kind == elections.Presidential {
		return r.race().CanTurn, nil
	}
	in, err := allocationInput(r.Election, definition, *c, r.Threshold)
	if err != nil {
		return nil, err
	}
	return func(voters int64) bool { return apportion.CanTurn(in, voters) }, nil
}

func turnOf(c *StationCounts, can func(voters int64) bool) Turn {
	_, voters, known := c.Missing()
	switch {
	case can(voters):
		return TurnCould
	case !known:
		return TurnUnknown
	default:
		return TurnNo
	}
}
