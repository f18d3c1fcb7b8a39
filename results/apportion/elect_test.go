package apportion

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestElect(t *testing.T) {
	for _, test := range []struct {
		name string
		race Race
		want Outcome
	}{
		{"more than half", Race{Votes: []int64{51, 49}}, Outcome{Winner: 0, Base: 100}},
		{"exactly half", Race{Votes: []int64{50, 30, 20}}, Outcome{Winner: -1, SecondRound: []int{0, 1}, Base: 100}},
		{"half of an odd number", Race{Votes: []int64{20, 51, 30}}, Outcome{Winner: 1, Base: 101}},
		{"blank ballots are not in the valid votes", Race{Votes: []int64{51, 49}, Blank: 50}, Outcome{Winner: 0, Base: 100}},
		{"votes cast", Race{Votes: []int64{51, 49}, Blank: 1, Invalid: 1, MajorityBase: MajorityOfVotesCast}, Outcome{Winner: -1, SecondRound: []int{0, 1}, Base: 102}},
		{"votes cast are stated", Race{Votes: []int64{51, 49}, Cast: 101, Invalid: 9, MajorityBase: MajorityOfVotesCast}, Outcome{Winner: 0, Base: 101}},
		{"valid votes are stated", Race{Votes: []int64{51, 29}, Valid: 102}, Outcome{Winner: -1, SecondRound: []int{0, 1}, Base: 102}},
		{"two lead with the same votes", Race{Votes: []int64{30, 35, 35}}, Outcome{Winner: -1, SecondRound: []int{1, 2}, Base: 100}},
		{"tie for the second place", Race{Votes: []int64{30, 40, 30}}, Outcome{Winner: -1, Tie: &Tie{Lists: []int{0, 2}, Seats: 1}, Base: 100}},
		{"tie for both places", Race{Votes: []int64{30, 30, 30}}, Outcome{Winner: -1, Tie: &Tie{Lists: []int{0, 1, 2}, Seats: 2}, Base: 90}},
		{"lot for the second place", Race{Votes: []int64{30, 40, 30}, Lots: []Lot{{[]int{2, 0}}}}, Outcome{Winner: -1, SecondRound: []int{1, 2}, Settled: &Tie{Lists: []int{0, 2}, Seats: 1}, Base: 100}},
		{"lot for others is void", Race{Votes: []int64{30, 40, 30}, Lots: []Lot{{[]int{2, 1}}}}, Outcome{Winner: -1, Tie: &Tie{Lists: []int{0, 2}, Seats: 1}, Base: 100}},
		{"one candidate", Race{Votes: []int64{10}}, Outcome{Winner: 0, Base: 10}},
		{"one candidate without a majority", Race{Votes: []int64{10}, Invalid: 10, MajorityBase: MajorityOfVotesCast}, Outcome{Winner: -1, SecondRound: []int{0}, Base: 20}},
		{"plurality", Race{Rule: Plurality, Votes: []int64{30, 40, 30}}, Outcome{Winner: 1}},
		{"plurality, tie", Race{Rule: Plurality, Votes: []int64{40, 20, 40}}, Outcome{Winner: -1, Tie: &Tie{Lists: []int{0, 2}, Seats: 1}}},
		{"plurality, lot", Race{Rule: Plurality, Votes: []int64{40, 20, 40}, Lots: []Lot{{[]int{2, 0}}}}, Outcome{Winner: 2, Settled: &Tie{Lists: []int{0, 2}, Seats: 1}}},
		{"as many votes as there can be", Race{Votes: []int64{math.MaxInt64 - 1, 1}}, Outcome{Winner: 0, Base: math.MaxInt64}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.race.Rule == "" {
				test.race.Rule = AbsoluteMajority
			}
			got, err := Elect(test.race)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("want %+v, got %+v, %v", test.want, got, err)
			}
		})
	}
}

func TestElect_RefusesBadInput(t *testing.T) {
	for _, test := range []struct {
		name string
		race Race
		want error
	}{
		{"no rule", Race{Votes: []int64{1}}, ErrRule},
		{"unknown base", Race{Rule: AbsoluteMajority, MajorityBase: "people", Votes: []int64{1}}, ErrRule},
		{"no candidates", Race{Rule: Plurality}, ErrNoVotes},
		{"no votes", Race{Rule: Plurality, Votes: []int64{0, 0}}, ErrNoVotes},
		{"negative votes", Race{Rule: Plurality, Votes: []int64{2, -1}}, ErrNegative},
		{"negative count", Race{Rule: Plurality, Votes: []int64{2}, Invalid: -1}, ErrNegative},
		{"overflow", Race{Rule: Plurality, Votes: []int64{math.MaxInt64, 1}}, ErrTooLarge},
		{"lot", Race{Rule: Plurality, Votes: []int64{2}, Lots: []Lot{{[]int{1}}}}, ErrLot},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Elect(test.race); !errors.Is(err, test.want) {
				t.Errorf("want %v, got %v", test.want, err)
			}
		})
	}
}

// TestElect_OneOutcome: there is always exactly one of a winner, a second round and a tie, and
// no one outside has more votes than anyone inside.
func TestElect_OneOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		race := Race{
			Votes:        rapid.SliceOfN(rapid.Int64Range(0, 5), 1, 6).Draw(t, "votes"),
			Blank:        rapid.Int64Range(0, 5).Draw(t, "blank"),
			Rule:         rapid.SampledFrom([]Rule{AbsoluteMajority, Plurality}).Draw(t, "rule"),
			MajorityBase: rapid.SampledFrom([]MajorityBase{MajorityOfValid, MajorityOfVotesCast}).Draw(t, "base"),
		}
		outcome, err := Elect(race)
		if err != nil {
			t.Skip(err) // rapid draws another race; too many such draws fail the test
		}
		found := 0
		in := map[int]bool{outcome.Winner: true}
		if outcome.Winner >= 0 {
			found++
		}
		if outcome.SecondRound != nil {
			found++
			for _, candidate := range outcome.SecondRound {
				in[candidate] = true
			}
		}
		if outcome.Tie != nil {
			found++
			if len(outcome.Tie.Lists) <= outcome.Tie.Seats {
				t.Fatalf("no tie: %+v", outcome.Tie)
			}
		}
		if found != 1 {
			t.Fatalf("want one outcome, got %+v", outcome)
		}
		for candidate, votes := range race.Votes {
			for other := range in {
				if other >= 0 && !in[candidate] && votes >= race.Votes[other] && outcome.Tie == nil {
					t.Fatalf("candidate %d with %d votes is behind %d: %+v", candidate, votes, other, outcome)
				}
			}
		}
	})
}
