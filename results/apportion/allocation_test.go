package apportion

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
)

// both allocates by both implementations, which must agree, and returns the result.
func both(t *testing.T, in Input) Allocation {
	t.Helper()
	_, _ = agree(t, in)
	return mustAllocate(t, in)
}

// TestAllocate_Methods checks hand-computed allocations, among them the example with which Balinski
// and Young set the methods apart (26 seats).
func TestAllocate_Methods(t *testing.T) {
	young := []int64{9061, 7179, 5259, 3319, 1182}
	for _, test := range []struct {
		method Method
		seats  int
		votes  []int64
		want   []int
	}{
		{DHondt, 26, young, []int{10, 7, 5, 3, 1}},
		{SainteLague, 26, young, []int{9, 8, 5, 3, 1}},
		{ModifiedSainteLague14, 26, young, []int{9, 8, 5, 3, 1}},
		{Adams, 26, young, []int{9, 7, 5, 3, 2}},
		{Dean, 26, young, []int{9, 7, 5, 4, 1}},
		{HuntingtonHill, 26, young, []int{9, 7, 6, 3, 1}},
		{Hare, 26, young, []int{9, 7, 5, 4, 1}},
		// 6/7 of the votes: the first divisor decides whether the small list gets in.
		{SainteLague, 4, []int64{60, 10}, []int{3, 1}},
		{ModifiedSainteLague12, 4, []int64{60, 10}, []int{4, 0}},
		{ModifiedSainteLague12, 4, []int64{60, 11}, []int{3, 1}},
		{ModifiedSainteLague14, 4, []int64{60, 11}, []int{4, 0}},
		{ModifiedSainteLague14, 4, []int64{60, 13}, []int{3, 1}},
		// Quota 100/11, floor + 1 = 10: whole 4+3+2 = 9, the last to the remainder 9.
		{Droop, 10, []int64{49, 30, 21}, []int{5, 3, 2}},
		// Quota 100/11 = 9.09, rounded 9: whole 5+3+2 = 10.
		{HagenbachBischoffRounded, 10, []int64{49, 30, 21}, []int{5, 3, 2}},
		// Quota 100/12 = 8.33: whole 5+3+2 = 10.
		{Imperiali, 10, []int64{49, 30, 21}, []int{5, 3, 2}},
	} {
		result := both(t, Input{Method: test.method, Seats: test.seats, Lists: lists(test.votes...)})
		if !slices.Equal(result.Seats, test.want) || result.Tie != nil || result.Unassigned != 0 {
			t.Errorf("%s, %d seats, %v: want %v, got %+v", test.method, test.seats, test.votes, test.want, result)
		}
	}
}

func TestAllocate_Quotas(t *testing.T) {
	for _, test := range []struct {
		method Method
		want   string
	}{
		{Hare, "20"},
		{Droop, "17"},
		{HagenbachBischoffRounded, "17"},
		{Imperiali, "100/7"},
	} {
		result := both(t, Input{Method: test.method, Seats: 5, Lists: lists(60, 28, 12)})
		if result.Quota.String() != test.want {
			t.Errorf("%s: want the quota %s, got %s", test.method, test.want, result.Quota)
		}
	}
	half := both(t, Input{Method: HagenbachBischoffRounded, Seats: 3, Lists: lists(7, 3)})
	if half.Quota.String() != "3" {
		t.Errorf("want 10/4 rounded up to 3, got %s", half.Quota)
	}
}

// TestAllocate_TakesBack: an Imperiali quota of 120/6 = 20 gives out more than four seats.
func TestAllocate_TakesBack(t *testing.T) {
	for _, test := range []struct {
		name        string
		votes       []int64
		whole, want []int
	}{
		{"one, by the smallest remainder", []int64{61, 44, 15}, []int{3, 2, 0}, []int{2, 2, 0}},
		{"two, one from each", []int64{80, 40}, []int{4, 2}, []int{3, 1}},
		{"two, from the only list", []int64{120}, []int{6}, []int{4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := both(t, Input{Method: Imperiali, Seats: 4, Lists: lists(test.votes...)})
			if !slices.Equal(result.Seats, test.want) || result.Tie != nil || result.Quota.String() != "20" {
				t.Errorf("want %v out of %v, got %+v", test.want, test.whole, result)
			}
		})
	}
}

// TestAllocate_Threshold puts a list with 50 of 1,000 votes just at, above or below a threshold.
func TestAllocate_Threshold(t *testing.T) {
	five, err := ParseRatio("5")
	if err != nil {
		t.Fatal(err)
	}
	seven := Ratio{7, 1}
	with := func(change func(*Input)) Input {
		in := Input{
			Method: DHondt, Seats: 100, Lists: lists(950, 50),
			Threshold: Threshold{Percent: five, Base: BaseValidPartyVotes},
		}
		change(&in)
		return in
	}
	for _, test := range []struct {
		name   string
		change func(*Input)
		votes  int64 // needed
		below  bool
	}{
		{"met exactly", func(*Input) {}, 50, false},
		{"more than", func(in *Input) { in.Threshold.Comparison = MoreThan }, 51, true},
		{"a fraction more", func(in *Input) { in.Threshold.Percent = Ratio{5001, 1000} }, 51, true},
		{"a fraction less", func(in *Input) { in.Threshold.Percent = Ratio{4999, 1000} }, 50, false},
		{"valid votes are stated", func(in *Input) { in.Valid = 1001 }, 51, true},
		{"blank ballots do not count", func(in *Input) { in.Blank, in.Invalid = 20, 20 }, 50, false},
		{"blank ballots count", func(in *Input) { in.Blank, in.Threshold.Base = 1, BaseValidIncludingBlank }, 51, true},
		{"invalid ballots do not count", func(in *Input) { in.Invalid, in.Threshold.Base = 20, BaseValidIncludingBlank }, 50, false},
		{"invalid ballots count", func(in *Input) { in.Invalid, in.Threshold.Base = 1, BaseVotesCast }, 51, true},
		{"votes cast are stated", func(in *Input) { in.Invalid, in.VotesCast, in.Threshold.Base = 100, 1000, BaseVotesCast }, 50, false},
		{"eligible", func(in *Input) { in.Eligible, in.Threshold.Base = 1001, BaseEligible }, 51, true},
		{"total", func(in *Input) { in.Threshold.Total = 1001 }, 51, true},
		{"total of eligible", func(in *Input) { in.Threshold.Total, in.Threshold.Base = 1000, BaseEligible }, 50, false},
		{"no base", func(in *Input) { in.Threshold.Base = "" }, 0, false},
		{"base none", func(in *Input) { in.Threshold.Base = BaseNone }, 0, false},
		{"quota met", func(in *Input) { in.Seats, in.Threshold.Base = 20, BaseQuota }, 50, false},
		{"quota missed", func(in *Input) { in.Seats, in.Threshold.Base = 19, BaseQuota }, 53, true},
		{"quota to be exceeded", func(in *Input) {
			in.Seats, in.Threshold.Base, in.Threshold.Comparison = 20, BaseQuota, MoreThan
		}, 51, true},
		{"exempt", func(in *Input) { in.Threshold.Percent, in.Lists[1].Exempt = seven, true }, 70, false},
		{"own percentage", func(in *Input) { in.Lists[1].ThresholdPercent = &seven }, 50, true},
		{"own percentage, no threshold", func(in *Input) {
			in.Lists[1].ThresholdPercent, in.Threshold.Base = &seven, BaseNone
		}, 0, false},
		{"weights do not count", func(in *Input) { in.Threshold.Percent, in.Lists[1].Weight = Ratio{6, 1}, Ratio{27, 20} }, 60, true},
		{"decided elsewhere: in", func(in *Input) { in.Threshold.Percent, in.Threshold.Passing = seven, []int{1} }, 0, false},
		{"decided elsewhere: out", func(in *Input) { in.Threshold.Passing = []int{0} }, 0, true},
		{"decided elsewhere: no list", func(in *Input) { in.Threshold.Passing = []int{} }, 0, true},
		{"decided elsewhere, exempt", func(in *Input) { in.Threshold.Passing, in.Lists[1].Exempt = []int{0}, true }, 0, false},
		{"lumped rows count", func(in *Input) { in.Lists = append(in.Lists, List{Votes: 1, Lumped: true}) }, 51, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := both(t, with(test.change))
			if result.ThresholdVotes != test.votes || result.BelowThreshold[1] != test.below {
				t.Errorf("want %d votes, below %t, got %d, %t",
					test.votes, test.below, result.ThresholdVotes, result.BelowThreshold[1])
			}
			if (result.Seats[1] == 0) != test.below {
				t.Errorf("below %t and %d seats", test.below, result.Seats[1])
			}
		})
	}
}

func TestAllocate_NobodyPasses(t *testing.T) {
	for _, method := range Methods() {
		in := Input{Method: method, Seats: 3, Lists: lists(10, 10), Threshold: Threshold{Percent: Ratio{60, 1}, Base: BaseValidPartyVotes}}
		if result := both(t, in); result.Unassigned != 3 || result.Quota.IsSet() {
			t.Errorf("%s: want 3 unassigned seats and no quota, got %+v", method, result)
		}
	}
}

func TestAllocate_Lists(t *testing.T) {
	for _, test := range []struct {
		name       string
		method     Method
		seats      int
		lists      []List
		want       []int
		unassigned int
	}{
		{"exhausted", DHondt, 5, []List{{Votes: 100, MaxSeats: 2}, {Votes: 30}, {Votes: 29}}, []int{2, 2, 1}, 0},
		{"no candidates at all", DHondt, 3, []List{{Votes: 100, MaxSeats: -1}, {Votes: 30}}, []int{0, 3}, 0},
		{"all exhausted", SainteLague, 9, []List{{Votes: 100, MaxSeats: 3}, {Votes: 1, MaxSeats: 4}}, []int{3, 4}, 2},
		{"lists without votes take nothing", DHondt, 3, []List{{Votes: 5, MaxSeats: 2}, {}}, []int{2, 0}, 1},
		{"lumped", DHondt, 3, []List{{Votes: 5}, {Votes: 100, Lumped: true}}, []int{3, 0}, 0},
		{"lumped rows are not in the quota", Hare, 4, []List{{Votes: 30}, {Votes: 10}, {Votes: 60, Lumped: true}}, []int{3, 1, 0}, 0},
		{"quota, exhausted", Hare, 10, []List{{Votes: 60, MaxSeats: 5}, {Votes: 31}, {Votes: 9}}, []int{5, 4, 1}, 0},
		{"quota, others go round again", Hare, 10, []List{{Votes: 60, MaxSeats: 2}, {Votes: 31}, {Votes: 9}}, []int{2, 5, 3}, 0},
		{"quota, all exhausted", Droop, 10, []List{{Votes: 60, MaxSeats: 2}, {Votes: 40, MaxSeats: 5}}, []int{2, 5}, 3},
		{"weight", DHondt, 3, []List{{Votes: 100}, {Votes: 40, Weight: Ratio{27, 20}}}, []int{2, 1}, 0},
		{"weight, quota", Hare, 4, []List{{Votes: 100, Weight: Ratio{3, 10}}, {Votes: 10}}, []int{3, 1}, 0},
		{"free first seats go to the largest", Adams, 2, lists(5, 7, 6), []int{0, 1, 1}, 0},
		{"free first seats, weighted", HuntingtonHill, 1, []List{{Votes: 5, Weight: Ratio{3, 1}}, {Votes: 14}}, []int{1, 0}, 0},
		{"free first seats need votes", Dean, 3, lists(5, 0, 6), []int{1, 0, 2}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := both(t, Input{Method: test.method, Seats: test.seats, Lists: test.lists})
			if !slices.Equal(result.Seats, test.want) || result.Unassigned != test.unassigned || result.Tie != nil {
				t.Errorf("want %v and %d unassigned, got %+v", test.want, test.unassigned, result)
			}
		})
	}
}

func TestAllocate_Ties(t *testing.T) {
	for _, test := range []struct {
		name    string
		method  Method
		seats   int
		lists   []List
		certain []int
		tied    []int
		tiedFor int
	}{
		{"for one seat", DHondt, 3, lists(10, 10), []int{1, 1}, []int{0, 1}, 1},
		{"inside, not at the end", DHondt, 2, lists(10, 10), []int{1, 1}, nil, 0},
		{"different votes, equal quotients", DHondt, 3, lists(30, 10, 5), []int{2, 0, 0}, []int{0, 1}, 1},
		{"for two seats of three", SainteLague, 2, lists(2, 1, 1, 2, 2), []int{0, 0, 0, 0, 0}, []int{0, 3, 4}, 2},
		{"an exhausted list does not tie", DHondt, 3, []List{{Votes: 30, MaxSeats: 2}, {Votes: 10}, {Votes: 5}}, []int{2, 1, 0}, nil, 0},
		{"free first seats", Adams, 2, lists(9, 4, 4), []int{1, 0, 0}, []int{1, 2}, 1},
		{"equal only after weighting", DHondt, 1, []List{{Votes: 20, Weight: Ratio{27, 20}}, {Votes: 27}}, []int{0, 0}, []int{0, 1}, 1},
		{"a divisor of 1.4", ModifiedSainteLague14, 4, lists(60, 12), []int{3, 0}, []int{0, 1}, 1},
		{"irrational quotients", HuntingtonHill, 3, lists(10, 10), []int{1, 1}, []int{0, 1}, 1},
		{"remainders", Hare, 4, lists(11, 11, 11), []int{1, 1, 1}, []int{0, 1, 2}, 1},
		{"remainders, below one quota", Hare, 2, lists(2, 1, 1, 2, 2), []int{0, 0, 0, 0, 0}, []int{0, 3, 4}, 2},
		// Quota 60/5 = 12: whole 2 each, 6 of 3 seats; one of each taken back, as all remain equal.
		{"seats taken back", Imperiali, 4, lists(24, 24, 24), []int{1, 1, 1}, []int{0, 1, 2}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := Input{Method: test.method, Seats: test.seats, Lists: test.lists}
			result := both(t, in)
			var want *Tie
			if test.tied != nil {
				want = &Tie{Lists: test.tied, Seats: test.tiedFor}
			}
			if !slices.Equal(result.Seats, test.certain) || !reflect.DeepEqual(result.Tie, want) {
				t.Errorf("want %v and the tie %v, got %v and %v", test.certain, want, result.Seats, result.Tie)
			}
		})
	}
}

func TestAllocate_Lots(t *testing.T) {
	in := Input{Method: SainteLague, Seats: 2, Lists: lists(2, 1, 1, 2, 2)}
	for _, test := range []struct {
		name string
		lots []Lot
		want []int
		void []int
		open bool
	}{
		{"settles", []Lot{{Lists: []int{4, 0, 3}}}, []int{1, 0, 0, 0, 1}, nil, false},
		{"other lists", []Lot{{Lists: []int{4, 0}}}, []int{0, 0, 0, 0, 0}, []int{0}, true},
		{"the second is void", []Lot{{Lists: []int{3, 0, 4}}, {Lists: []int{4, 0, 3}}}, []int{1, 0, 0, 1, 0}, []int{1}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := in
			in.Lots = test.lots
			result := both(t, in)
			if !slices.Equal(result.Seats, test.want) || !slices.Equal(result.VoidLots, test.void) || (result.Tie != nil) != test.open {
				t.Errorf("want %v, void %v, open %t, got %+v", test.want, test.void, test.open, result)
			}
			if settled := result.Settled != nil; settled == test.open {
				t.Errorf("want settled %t, got %v", !test.open, result.Settled)
			}
			if len(result.Steps) != result.Seats[0]+result.Seats[3]+result.Seats[4] {
				t.Errorf("want a step for every seat, got %+v", result.Steps)
			}
		})
	}
}

func TestAllocate_RefusesBadInput(t *testing.T) {
	good := func() Input { return Input{Method: DHondt, Seats: 5, Lists: lists(10, 20)} }
	for _, test := range []struct {
		name   string
		change func(*Input)
		want   error
	}{
		{"unknown method", func(in *Input) { in.Method = "quota-method" }, ErrUnknownMethod},
		{"no method", func(in *Input) { in.Method = "" }, ErrUnknownMethod},
		{"no seats", func(in *Input) { in.Seats = 0 }, ErrNoSeats},
		{"negative seats", func(in *Input) { in.Seats = -1 }, ErrNoSeats},
		{"too many seats", func(in *Input) { in.Seats = MaxSeats + 1 }, ErrTooLarge},
		{"no lists", func(in *Input) { in.Lists = nil }, ErrNoVotes},
		{"no votes", func(in *Input) { in.Lists = lists(0, 0) }, ErrNoVotes},
		{"negative votes", func(in *Input) { in.Lists[0].Votes = -1 }, ErrNegative},
		{"negative blank ballots", func(in *Input) { in.Blank = -1 }, ErrNegative},
		{"negative total", func(in *Input) { in.Threshold.Total = -1 }, ErrNegative},
		{"the sum overflows", func(in *Input) { in.Lists = lists(math.MaxInt64, 1) }, ErrTooLarge},
		{"votes times seats overflow", func(in *Input) { in.Lists[0].Votes = math.MaxInt64 / 8 }, ErrTooLarge},
		{"weighted votes overflow", func(in *Input) {
			in.Lists[0] = List{Votes: 1 << 50, Weight: Ratio{1 << 49, 1}}
		}, ErrTooLarge},
		{"denominators overflow", func(in *Input) {
			in.Lists[0].Weight, in.Lists[1].Weight = Ratio{1, 1 << 49}, Ratio{1, 999_999_999_999_989}
		}, ErrTooLarge},
		{"the base overflows", func(in *Input) {
			in.Blank, in.Valid = math.MaxInt64, 1
			in.Threshold = Threshold{Base: BaseValidIncludingBlank}
		}, ErrTooLarge},
		{"weight zero", func(in *Input) { in.Lists[0].Weight = Ratio{0, 1} }, ErrWeight},
		{"unknown base", func(in *Input) { in.Threshold.Base = "people" }, ErrThreshold},
		{"unknown comparison", func(in *Input) { in.Threshold.Comparison = "=" }, ErrThreshold},
		{"more than all", func(in *Input) { in.Threshold.Percent = Ratio{101, 1} }, ErrThreshold},
		{"own percentage of more than all", func(in *Input) { in.Lists[0].ThresholdPercent = &Ratio{101, 1} }, ErrThreshold},
		{"eligible missing", func(in *Input) { in.Threshold.Base = BaseEligible }, ErrThreshold},
		{"passing list that does not exist", func(in *Input) { in.Threshold.Passing = []int{2} }, ErrThreshold},
		{"lot of a list that does not exist", func(in *Input) { in.Lots = []Lot{{Lists: []int{0, 2}}} }, ErrLot},
		{"lot with a list twice", func(in *Input) { in.Lots = []Lot{{Lists: []int{0, 0}}} }, ErrLot},
		{"quota of zero", func(in *Input) {
			*in = Input{Method: HagenbachBischoffRounded, Seats: 9, Lists: lists(3, 1)}
		}, ErrQuota},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := good()
			test.change(&in)
			if _, err := Allocate(in); !errors.Is(err, test.want) {
				t.Errorf("Allocate: want %v, got %v", test.want, err)
			}
			if _, err := AllocateByDivisor(in); !errors.Is(err, test.want) {
				t.Errorf("AllocateByDivisor: want %v, got %v", test.want, err)
			}
		})
	}
}

// TestAllocate_LargeNumbers stays exact where doubles cannot tell the quotients apart.
func TestAllocate_LargeNumbers(t *testing.T) {
	const many = 1 << 57
	for _, method := range Methods() {
		result := both(t, Input{Method: method, Seats: 3, Lists: lists(many+1, many)})
		if !slices.Equal(result.Seats, []int{2, 1}) {
			t.Errorf("%s: want 2 and 1, got %+v", method, result)
		}
	}
}
