package apportion

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTieBreaks_ByHand: equal quotients of lists with other votes, by each rule and by several.
func TestTieBreaks_ByHand(t *testing.T) {
	// D'Hondt, 3 seats: 30/3 = 10/1 = 10 for the last one.
	unequal := Input{Method: DHondt, Seats: 3, Lists: lists(10, 30, 5)}
	// Sainte-Laguë, 2 seats: 9/3 = 3/1 = 3/1 for the last one, after 9/1.
	three := Input{Method: SainteLague, Seats: 2, Lists: lists(3, 9, 3)}
	// Hare, 3 seats of 30 votes with the quota 10: remainders 5, 5, 5 and 5 for two seats.
	remainders := Input{Method: Hare, Seats: 3, Lists: lists(5, 15, 5, 5)}
	weighted := Input{Method: DHondt, Seats: 1, Lists: []List{{Votes: 20, Weight: Ratio{27, 20}}, {Votes: 27}}}
	for _, test := range []struct {
		name    string
		in      Input
		rules   []TieBreak
		seats   []int
		open    *Tie
		decided *Decision
	}{
		{"no rule", unequal, nil, []int{0, 2, 0}, &Tie{[]int{0, 1}, 1}, nil},
		{"a lot", unequal, []TieBreak{DrawLots}, []int{0, 2, 0}, &Tie{[]int{0, 1}, 1}, nil},
		{"rules after a lot", unequal, []TieBreak{DrawLots, MoreVotes}, []int{0, 2, 0}, &Tie{[]int{0, 1}, 1}, nil},
		{
			"more votes", unequal,
			[]TieBreak{MoreVotes, DrawLots},
			[]int{0, 3, 0},
			nil,
			&Decision{Tie{[]int{0, 1}, 1}, []Given{{1, MoreVotes}}},
		},
		{"fewer votes", unequal, []TieBreak{FewerVotes}, []int{1, 2, 0}, nil, &Decision{Tie{[]int{0, 1}, 1}, []Given{{0, FewerVotes}}}},
		{"list order", unequal, []TieBreak{ListOrder}, []int{1, 2, 0}, nil, &Decision{Tie{[]int{0, 1}, 1}, []Given{{0, ListOrder}}}},
		{"more votes of three", three, []TieBreak{MoreVotes}, []int{0, 2, 0}, nil, &Decision{Tie{[]int{0, 1, 2}, 1}, []Given{{1, MoreVotes}}}},
		{"fewer votes leave two", three, []TieBreak{FewerVotes}, []int{0, 1, 0}, &Tie{[]int{0, 2}, 1}, &Decision{Tie: Tie{[]int{0, 1, 2}, 1}}},
		{
			"then the order of two", three,
			[]TieBreak{FewerVotes, ListOrder},
			[]int{1, 1, 0},
			nil,
			&Decision{Tie{[]int{0, 1, 2}, 1}, []Given{{0, ListOrder}}},
		},
		{
			"more votes give one of two", remainders,
			[]TieBreak{MoreVotes},
			[]int{0, 2, 0, 0},
			&Tie{[]int{0, 2, 3}, 1},
			&Decision{Tie{[]int{0, 1, 2, 3}, 2}, []Given{{1, MoreVotes}}},
		},
		{
			"then the order gives the other one", remainders,
			[]TieBreak{MoreVotes, ListOrder},
			[]int{1, 2, 0, 0},
			nil,
			&Decision{Tie{[]int{0, 1, 2, 3}, 2}, []Given{{0, ListOrder}, {1, MoreVotes}}},
		},
		{"the votes have no weight", weighted, []TieBreak{MoreVotes}, []int{0, 1}, nil, &Decision{Tie{[]int{0, 1}, 1}, []Given{{1, MoreVotes}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in.TieBreaks = test.rules
			got := both(t, test.in)
			if !slices.Equal(got.Seats, test.seats) || !reflect.DeepEqual(got.Tie, test.open) || !reflect.DeepEqual(got.Decided, test.decided) {
				t.Errorf("want %v, open %v, decided %+v, got %v, %v, %+v", test.seats, test.open, test.decided, got.Seats, got.Tie, got.Decided)
			}
			for i, given := range got.Steps[len(got.Steps)-len(decidedSeats(got)):] {
				if want := decidedSeats(got)[i]; given.List != want.List || given.TieBreak != want.Rule || given.RunnerUp != -1 || given.Margin != -1 {
					t.Errorf("want a step of list %d by %s, got %+v", want.List, want.Rule, given)
				}
			}
		})
	}
}

func decidedSeats(a Allocation) []Given {
	if a.Decided == nil {
		return nil
	}
	return a.Decided.Given
}

// TestTieBreaks_ALotSettlesWhatTheyLeave: only the lists that are still equal are drawn.
func TestTieBreaks_ALotSettlesWhatTheyLeave(t *testing.T) {
	in := Input{
		Method: Hare, Seats: 3, Lists: lists(5, 15, 5, 5), TieBreaks: []TieBreak{MoreVotes, DrawLots},
		Lots: []Lot{{Lists: []int{3, 1, 0, 2}}, {Lists: []int{3, 0, 2}}},
	}
	got := both(t, in)
	if want := []int{0, 2, 0, 1}; !slices.Equal(got.Seats, want) || !slices.Equal(got.VoidLots, []int{0}) || !reflect.DeepEqual(got.Settled, &Tie{[]int{0, 2, 3}, 1}) {
		t.Errorf("want %v with the second lot, got %+v", want, got)
	}
	if last := got.Steps[len(got.Steps)-1]; !last.ByLot || last.TieBreak != "" || last.List != 3 {
		t.Errorf("want the last seat by lot, got %+v", last)
	}
}

// TestTieBreaks_UnknownRule is refused everywhere.
func TestTieBreaks_UnknownRule(t *testing.T) {
	in := Input{Method: DHondt, Seats: 1, Lists: lists(1, 2), TieBreaks: []TieBreak{"age"}}
	race := Race{Rule: Plurality, Votes: []int64{1}, TieBreaks: in.TieBreaks}
	_, first := Allocate(in)
	_, second := AllocateByDivisor(in)
	_, elect := Elect(race)
	_, counting := ElectByCounting(race)
	for _, err := range []error{first, second, elect, counting} {
		if !errors.Is(err, ErrTieBreak) {
			t.Errorf("want %v, got %v", ErrTieBreak, err)
		}
	}
}

// TestTieBreaks_AgreeWithAPlainModel: a set of lists may take the tied seats if no list outside of it comes before one
// inside. A list is certain if all such sets have it, and in the open tie if some have it.
func TestTieBreaks_AgreeWithAPlainModel(t *testing.T) {
	kinds := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var in Input
		exact := Allocation{}
		for exact.Tie == nil || len(exact.Tie.Lists) > 10 { // larger ones have too many sets
			in = randomInput(drawFrom(random))
			in.TieBreaks = nil
			exact, _ = Allocate(in)
		}
		in.TieBreaks = tieBreakCases()[random.IntN(len(tieBreakCases()))]
		got := allocate(t, in)
		always, sometimes := modelOf(in, exact.Tie)
		for _, list := range exact.Tie.Lists {
			gets := got.Seats[list] - exact.Seats[list]
			open := got.Tie != nil && slices.Contains(got.Tie.Lists, list)
			if gets == 1 != always[list] || open != (sometimes[list] && !always[list]) {
				t.Fatalf("%+v with %v: list %d: want certain %t, possible %t, got %+v", in, exact.Tie, list, always[list], sometimes[list], got)
			}
		}
		switch {
		case got.Decided == nil:
			kinds["nothing decided"]++
		case got.Tie == nil:
			kinds["all decided"]++
		case len(got.Decided.Given) == 0:
			kinds["only lists that drop out"]++
		default:
			kinds["some seats given"]++
		}
	})
	if len(kinds) < 4 {
		t.Errorf("want every kind of decision among the cases, got %v", kinds)
	}
}

// modelOf goes through all sets of lists that may take the seats of a tie.
func modelOf(in Input, tie *Tie) (always, sometimes map[int]bool) {
	always, sometimes = map[int]bool{}, map[int]bool{}
	for _, list := range tie.Lists {
		always[list] = true
	}
	for set := range 1 << len(tie.Lists) {
		var inside, outside []int
		for i, list := range tie.Lists {
			if set>>i&1 == 1 {
				inside = append(inside, list)
			} else {
				outside = append(outside, list)
			}
		}
		if len(inside) != tie.Seats || slices.ContainsFunc(outside, func(out int) bool {
			return slices.ContainsFunc(inside, func(one int) bool { return comesBefore(in, out, in.Lists[out].Votes, one) })
		}) {
			continue
		}
		for _, list := range inside {
			sometimes[list] = true
		}
		for _, list := range outside {
			always[list] = false
		}
	}
	return always, sometimes
}

// comesBefore reports whether a list with so many votes comes before another one by the rules of the input.
func comesBefore(in Input, list int, votes int64, other int) bool {
	for _, rule := range in.TieBreaks {
		difference := int64(0)
		switch rule {
		case MoreVotes:
			difference = votes - in.Lists[other].Votes
		case FewerVotes:
			difference = in.Lists[other].Votes - votes
		case ListOrder:
			difference = int64(other - list)
		case DrawLots:
			return false
		}
		if difference != 0 {
			return difference > 0
		}
	}
	return false
}

func TestElect_TieBreaks(t *testing.T) {
	order := []TieBreak{ListOrder}
	for _, test := range []struct {
		name string
		race Race
		want Outcome
	}{
		{
			"votes decide nothing",
			Race{Rule: Plurality, Votes: []int64{3, 5, 5}, TieBreaks: []TieBreak{MoreVotes, FewerVotes}},
			Outcome{Winner: -1, Tie: &Tie{[]int{1, 2}, 1}},
		},
		{
			"the seat",
			Race{Rule: Plurality, Votes: []int64{3, 5, 5}, TieBreaks: order},
			Outcome{Winner: 1, Decided: &Decision{Tie{[]int{1, 2}, 1}, []Given{{1, ListOrder}}}},
		},
		{
			"the second place",
			Race{Rule: AbsoluteMajority, Votes: []int64{3, 4, 3}, TieBreaks: order},
			Outcome{Winner: -1, SecondRound: []int{1, 0}, Base: 10, Decided: &Decision{Tie{[]int{0, 2}, 1}, []Given{{0, ListOrder}}}},
		},
		{
			"both places",
			Race{Rule: AbsoluteMajority, Votes: []int64{3, 3, 3}, TieBreaks: order},
			Outcome{Winner: -1, SecondRound: []int{0, 1}, Base: 9, Decided: &Decision{Tie{[]int{0, 1, 2}, 2}, []Given{{0, ListOrder}, {1, ListOrder}}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Elect(test.race)
			again, againErr := ElectByCounting(test.race)
			if err != nil || againErr != nil || !reflect.DeepEqual(got, test.want) || !reflect.DeepEqual(again, test.want) {
				t.Errorf("want %+v, got %+v, %v and %+v, %v", test.want, got, err, again, againErr)
			}
		})
	}
}
