package apportion

import (
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestMain has rapid try each theorem more often than by default, as a case takes microseconds.
func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// randomInput makes an input out of numbers below n that draw returns. Small numbers are frequent,
// for ties, exhausted lists and more lists than seats to happen often.
func randomInput(draw func(n int) int) Input {
	in := Input{
		Method: Methods()[draw(len(Methods()))],
		Seats:  1 + draw([]int{3, 10, 40, 200}[draw(4)]),
		Lists:  make([]List, 1+draw([]int{3, 8, 20}[draw(3)])),
	}
	if draw(2) == 0 {
		in.TieBreaks = tieBreakCases()[draw(len(tieBreakCases()))]
	}
	most := []int{6, 30, 1000, 100_000_000}[draw(4)]
	plain := draw(2) == 0
	for i := range in.Lists {
		list := &in.Lists[i]
		list.Votes = int64(draw(most))
		if plain {
			continue
		}
		list.Exempt = draw(8) == 0
		list.Lumped = draw(12) == 0
		if draw(5) == 0 {
			list.MaxSeats = draw(5) - 1
		}
		if draw(6) == 0 {
			list.Weight = ratio(int64(1+draw(40)), int64(1+draw(40)))
		}
		if draw(8) == 0 {
			percent := ratio(int64(draw(30)), int64(1+draw(3)))
			list.ThresholdPercent = &percent
		}
	}
	if !plain {
		randomThreshold(&in, draw)
	}
	return in
}

// tieBreakCases returns rules for ties, with those that an election refuses.
func tieBreakCases() [][]TieBreak {
	return [][]TieBreak{
		nil,
		{DrawLots},
		{MoreVotes},
		{FewerVotes, DrawLots},
		{ListOrder},
		{MoreVotes, ListOrder},
		{FewerVotes, ListOrder},
		{DrawLots, ListOrder},
		{MoreVotes, FewerVotes, ListOrder},
	}
}

func randomThreshold(in *Input, draw func(n int) int) {
	in.Blank, in.Invalid = int64(draw(20)), int64(draw(20))
	in.Eligible = int64(draw(10_000))
	in.Threshold = Threshold{
		Percent:    ratio(int64(draw(40)), int64(1+draw(6))),
		Base:       []Base{"", BaseNone, BaseValidPartyVotes, BaseValidIncludingBlank, BaseVotesCast, BaseEligible, BaseQuota}[draw(7)],
		Comparison: []Comparison{"", AtLeast, MoreThan}[draw(3)],
	}
	if draw(10) == 0 {
		in.Threshold.Total = int64(draw(1000))
	}
	if draw(10) == 0 {
		in.VotesCast = int64(draw(1000))
	}
	if draw(10) == 0 {
		in.Valid = int64(draw(1000))
	}
	if draw(10) == 0 {
		in.Threshold.Passing = []int{}
		for i := range in.Lists {
			if draw(2) == 0 {
				in.Threshold.Passing = append(in.Threshold.Passing, i)
			}
		}
	}
}

// drawFrom returns a draw for randomInput from a seeded generator.
func drawFrom(random *rand.Rand) func(int) int { return random.IntN }

// drawFromBytes returns a draw for randomInput that reads a fuzzer's bytes, and zeros after them.
func drawFromBytes(data []byte) func(int) int {
	return func(n int) int {
		value := 0
		for size := 1; size < n; size <<= 8 {
			value <<= 8
			if len(data) > 0 {
				value |= int(data[0])
				data = data[1:]
			}
		}
		return value % n
	}
}

// mustAllocate fails the test where the input has no allocation.
func mustAllocate(tb testing.TB, in Input) Allocation {
	tb.Helper()
	result, err := Allocate(in)
	if err != nil {
		tb.Fatalf("Allocate(%+v): %v", in, err)
	}
	return result
}

// lists makes lists out of votes.
func lists(votes ...int64) []List {
	lists := make([]List, len(votes))
	for i, v := range votes {
		lists[i].Votes = v
	}
	return lists
}

// possible returns the seats that a list has at least and at most, however a tie is settled.
func possible(a Allocation, list int) (least, most int) {
	least, most = a.Seats[list], a.Seats[list]
	if a.Tie != nil && slices.Contains(a.Tie.Lists, list) {
		most++
	}
	return least, most
}
