package apportion

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCanTurn_NoOtherBallotsGiveOtherSeats draws further ballots for inputs that they cannot turn, and allocates again.
func TestCanTurn_NoOtherBallotsGiveOtherSeats(t *testing.T) {
	stays, turns := map[Method]int{}, map[Method]int{}
	for _, method := range Methods() {
		rapid.Check(t, func(t *rapid.T) {
			in := drawInput(t, method)
			more := rapid.Int64Range(1, rapid.SampledFrom([]int64{2, 12, 200}).Draw(t, "at most")).Draw(t, "more")
			before, err := Allocate(in)
			if CanTurn(in, more) {
				turns[method]++
				return
			}
			stays[method]++
			if err != nil || before.Tie != nil {
				t.Fatalf("want an undecided allocation to count as open to change, got %+v, %v", before, err)
			}
			after := in
			after.Lists = slices.Clone(in.Lists)
			cast := rapid.Int64Range(0, more).Draw(t, "cast")
			for rest := cast; rest > 0; {
				n := rapid.Int64Range(1, rest).Draw(t, "ballots")
				rest -= n
				switch place := rapid.IntRange(-2, len(in.Lists)-1).Draw(t, "for"); place {
				case -2:
					after.Blank += n
				case -1:
					after.Invalid += n
				default:
					after.Lists[place].Votes += n
				}
			}
			if in.VotesCast > 0 && rapid.Bool().Draw(t, "stated with them") {
				after.VotesCast += cast
			}
			a, err := Allocate(after)
			if err != nil || a.Tie != nil || !slices.Equal(a.Seats, before.Seats) {
				t.Fatalf("%d further ballots gave %v, want %v, %v, of %+v", cast, a.Seats, before.Seats, err, after)
			}
		})
	}
	for _, method := range Methods() {
		if stays[method] == 0 || turns[method] == 0 {
			t.Errorf("%s: want both answers drawn, got %d that stay and %d that turn", method, stays[method], turns[method])
		}
	}
}

func TestCanTurn_TheLastSeat(t *testing.T) {
	in := Input{Method: DHondt, Seats: 3, Lists: lists(100, 60, 30)} // quotients 100, 60, 50; the next 33 and 30
	for more, want := range map[int64]bool{0: false, 19: false, 20: true, 40: true} {
		if got := CanTurn(in, more); got != want {
			t.Errorf("%d ballots: want %v, got %v", more, want, got)
		}
	}
	in.Threshold = Threshold{Base: BaseValidPartyVotes, Percent: ratio(30, 1)} // 57 of 190; of 201 it is 60.3
	if CanTurn(in, 10) || !CanTurn(in, 11) {
		t.Error("want 11 ballots to push the second list below the threshold, and 10 not")
	}
	race := Race{Rule: AbsoluteMajority, Votes: []int64{60, 40, 10}} // 60 of 110
	if race.CanTurn(9) || !race.CanTurn(10) {
		t.Error("want 10 ballots to end the majority, and 9 not")
	}
	race.Votes[0] = 45 // of 95; with 6 more it is 51 of 101
	if race.CanTurn(5) || !race.CanTurn(6) {
		t.Error("want 6 ballots to give a majority, and 5 not")
	}
}

// TestCanTurn_NoOtherBallotsElectOthers is the same for presidential rounds.
func TestCanTurn_NoOtherBallotsElectOthers(t *testing.T) {
	stays := 0
	rapid.Check(t, func(t *rapid.T) {
		r := Race{
			Votes: rapid.SliceOfN(rapid.Int64Range(0, 60), 1, 5).Draw(t, "votes"), Blank: rapid.Int64Range(0, 9).Draw(t, "blank"),
			Rule:         rapid.SampledFrom([]Rule{AbsoluteMajority, Plurality}).Draw(t, "rule"),
			MajorityBase: rapid.SampledFrom([]MajorityBase{MajorityOfValid, MajorityOfVotesCast}).Draw(t, "base"),
		}
		more := rapid.Int64Range(1, 12).Draw(t, "more")
		if r.CanTurn(more) {
			return
		}
		stays++
		before, err := Elect(r)
		if err != nil {
			t.Fatal(err)
		}
		after := r
		after.Votes = slices.Clone(r.Votes)
		for range rapid.Int64Range(0, more).Draw(t, "cast") {
			if place := rapid.IntRange(-1, len(r.Votes)-1).Draw(t, "for"); place < 0 {
				after.Blank++
			} else {
				after.Votes[place]++
			}
		}
		o, err := Elect(after)
		pair := func(o Outcome) []int { return slices.Sorted(slices.Values(o.SecondRound)) }
		if err != nil || o.Tie != nil || o.Winner != before.Winner || !slices.Equal(pair(o), pair(before)) {
			t.Fatalf("want %+v, got %+v, %v, of %+v", before, o, err, after)
		}
	})
	if stays == 0 {
		t.Error("want races drawn that stay")
	}
}
