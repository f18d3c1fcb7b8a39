package apportion_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"urna/results/apportion"
)

// TestElectByCounting_AgreesWithElect draws few candidates with few votes, so that ties are many.
func TestElectByCounting_AgreesWithElect(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		votes := rapid.SliceOfN(rapid.Int64Range(0, 5), 1, 6).Draw(t, "votes")
		race := apportion.Race{
			Votes: votes, Rule: rapid.SampledFrom([]apportion.Rule{apportion.AbsoluteMajority, apportion.Plurality}).Draw(t, "rule"),
			Blank:        rapid.Int64Range(0, 3).Draw(t, "blank"),
			MajorityBase: rapid.SampledFrom([]apportion.MajorityBase{apportion.MajorityOfValid, apportion.MajorityOfVotesCast}).Draw(t, "base"),
		}
		if rapid.Bool().Draw(t, "by rules") {
			race.TieBreaks = rapid.SampledFrom([][]apportion.TieBreak{
				{apportion.DrawLots}, {apportion.MoreVotes}, {apportion.ListOrder}, {apportion.MoreVotes, apportion.ListOrder}, {apportion.DrawLots, apportion.ListOrder},
			}).Draw(t, "rules")
		}
		compare := func() apportion.Outcome {
			want, err := apportion.Elect(race)
			got, secondErr := apportion.ElectByCounting(race)
			if (err == nil) != (secondErr == nil) || !reflect.DeepEqual(want, got) {
				t.Fatalf("%+v: want %+v, %v, got %+v, %v", race, want, err, got, secondErr)
			}
			return want
		}
		outcome := compare()
		switch {
		case outcome.Tie != nil:
			seen["tie"]++
			race.Lots = []apportion.Lot{{Lists: rapid.Permutation(outcome.Tie.Lists).Draw(t, "drawn")}}
			if compare().Settled == nil {
				t.Fatalf("%+v: want the lot to settle the tie", race)
			}
		case outcome.Winner >= 0:
			seen["winner"]++
		default:
			seen["second round"]++
		}
		if outcome.Decided != nil {
			seen["decided by the rules"]++
		}
	})
	if len(seen) < 4 {
		t.Errorf("want ties, decisions by the rules, winners and second rounds among the cases, got %v", seen)
	}
}
