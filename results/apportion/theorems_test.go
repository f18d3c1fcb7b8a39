package apportion

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawInput draws an input of one of the methods that has an allocation: half of them number by
// number, which rapid can make smaller, and half from a seed, which are less small to begin with.
func drawInput(t *rapid.T, methods ...Method) Input {
	draw := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "draw") }
	if rapid.Bool().Draw(t, "from a seed") {
		draw = drawFrom(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
	}
	in := randomInput(draw)
	in.Method = rapid.SampledFrom(methods).Draw(t, "method")
	if _, err := Allocate(in); err != nil {
		t.Skip(err) // rapid draws another input; too many such draws fail the test
	}
	return in
}

// unlimited takes away what keeps proportionality from holding: thresholds, limits, lumped rows.
func unlimited(in Input) Input {
	in.Threshold = Threshold{}
	for i := range in.Lists {
		in.Lists[i].MaxSeats = 0
		in.Lists[i].Lumped = false
	}
	return in
}

func allocate(t *rapid.T, in Input) Allocation {
	result, err := Allocate(in)
	if err != nil {
		t.Skip(err) // rapid draws another input; too many such draws fail the test
	}
	return result
}

func highestAverages() []Method {
	return slices.DeleteFunc(Methods(), Method.HasQuota)
}

func TestSeatsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, Methods()...)
		checkSum(t, in)
		for i, seats := range allocate(t, in).Seats {
			if list := in.Lists[i]; seats < 0 || seats > list.MostSeats(in.Seats) || seats > 0 && (list.Votes == 0 || list.Lumped) {
				t.Fatalf("%+v has %d seats", list, seats)
			}
		}
	})
}

// TestAnonymity: the same votes in another order give the same seats in that order.
func TestAnonymity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, Methods()...)
		if slices.Contains(in.TieBreaks, ListOrder) {
			in.TieBreaks = []TieBreak{FewerVotes} // the order decides by itself
		}
		want := allocate(t, in)
		indexes := make([]int, len(in.Lists))
		for i := range indexes {
			indexes[i] = i
		}
		order := rapid.Permutation(indexes).Draw(t, "order")
		permuted := in
		permuted.Lists = make([]List, len(in.Lists))
		for to, from := range order {
			permuted.Lists[to] = in.Lists[from]
		}
		if in.Threshold.Passing != nil {
			permuted.Threshold.Passing = []int{}
			for to, from := range order {
				if slices.Contains(in.Threshold.Passing, from) {
					permuted.Threshold.Passing = append(permuted.Threshold.Passing, to)
				}
			}
		}
		got := allocate(t, permuted)
		for to, from := range order {
			least, most := possible(got, to)
			wantLeast, wantMost := possible(want, from)
			if least != wantLeast || most != wantMost || got.BelowThreshold[to] != want.BelowThreshold[from] {
				t.Fatalf("list %d: want %d to %d seats, got %d to %d", from, wantLeast, wantMost, least, most)
			}
		}
	})
}

// TestHouseMonotonicity: with highest averages, one more seat takes no seat from any list.
func TestHouseMonotonicity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, highestAverages()...)
		if in.Threshold.Base == BaseQuota {
			in.Threshold.Base = BaseNone // this threshold falls as the seats become more
		}
		checkNoLoss(t, allocate(t, in), func() Allocation {
			in.Seats++
			return allocate(t, in)
		}, -1)
	})
}

// TestExtraVote_NeverCostsItsListASeat holds for highest averages under any threshold. For the Hare
// and Imperiali quotas it holds where the lists that are in stay the same: a list that falls out
// because the threshold's base grew can cost another one a remainder. TestExtraVote_RoundedQuota
// shows why Droop and Hagenbach-Bischoff are not here.
func TestExtraVote_NeverCostsItsListASeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, append(highestAverages(), Hare, Imperiali)...)
		if in.Method.HasQuota() {
			in.Threshold = Threshold{}
		}
		list := rapid.IntRange(0, len(in.Lists)-1).Draw(t, "list")
		checkNoLoss(t, allocate(t, in), func() Allocation {
			return allocate(t, withVotes(in, list, 1))
		}, list)
	})
}

// TestExtraVote_SmallElectorates does the same in small houses, where a quota that jumps shows.
func TestExtraVote_SmallElectorates(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 0))
	methods := append(highestAverages(), Hare, Imperiali)
	for range 50_000 {
		in := Input{Method: methods[random.IntN(len(methods))], Seats: 3 + random.IntN(6), Lists: make([]List, 3+random.IntN(2))}
		for i := range in.Lists {
			in.Lists[i].Votes = 1 + random.Int64N(60)
		}
		checkNoLoss(t, mustAllocate(t, in), func() Allocation {
			return mustAllocate(t, withVotes(in, 0, 1))
		}, 0)
	}
}

// withVotes returns the input after votes were added to a list, and to every count they are part of.
func withVotes(in Input, list int, votes int64) Input {
	in.Lists = slices.Clone(in.Lists)
	in.Lists[list].Votes += votes
	if in.Valid > 0 {
		in.Valid += votes
	}
	if in.VotesCast > 0 {
		in.VotesCast += votes
	}
	if in.Threshold.Total > 0 && in.Threshold.Base != BaseEligible {
		in.Threshold.Total += votes
	}
	return in
}

// checkNoLoss fails where list (or any list, for -1) can end with fewer seats after a change.
func checkNoLoss(t interface{ Fatalf(string, ...any) }, before Allocation, change func() Allocation, list int) {
	after := change()
	for i := range before.Seats {
		if list >= 0 && i != list {
			continue
		}
		least, most := possible(before, i)
		leastAfter, mostAfter := possible(after, i)
		if leastAfter < least || mostAfter < most {
			t.Fatalf("list %d had %d to %d seats, has %d to %d", i, least, most, leastAfter, mostAfter)
		}
	}
}

// TestExtraVote_RoundedQuota records that a quota in whole votes can jump by more than the vote that
// was added, so that the vote costs its list a seat. That is the law's arithmetic, not a fault.
func TestExtraVote_RoundedQuota(t *testing.T) {
	for method, in := range map[Method]Input{
		Droop:                    {Method: Droop, Seats: 8, Lists: lists(42, 13, 7)},
		HagenbachBischoffRounded: {Method: HagenbachBischoffRounded, Seats: 7, Lists: lists(46, 8, 21)},
	} {
		before := mustAllocate(t, in)
		after := mustAllocate(t, withVotes(in, 0, 1))
		if after.Seats[0] != before.Seats[0]-1 {
			t.Errorf("%s: want one seat fewer than %d, got %d", method, before.Seats[0], after.Seats[0])
		}
	}
}

// TestQuotaBounds: Hare never strays from a list's exact share by a whole seat; D'Hondt never falls
// below its whole part (lower quota) and Adams never exceeds it rounded up (upper quota); Droop gives
// what whole quotas buy, and at most one seat more.
func TestQuotaBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := unlimited(drawInput(t, Hare, DHondt, Adams, Droop))
		result := allocate(t, in)
		total := new(big.Rat)
		votes := make([]*big.Rat, len(in.Lists))
		for i, list := range in.Lists {
			votes[i] = new(big.Rat).Mul(big.NewRat(list.Votes, 1), list.Weight.orOne().Rat())
			total.Add(total, votes[i])
		}
		for i := range in.Lists {
			share := new(big.Rat).Mul(votes[i], big.NewRat(int64(in.Seats), 1))
			share.Quo(share, total)
			least, most := possible(result, i)
			lower := int(floor(share).Int64())
			upper := lower
			if !share.IsInt() {
				upper++
			}
			if least < lower && (in.Method == Hare || in.Method == DHondt) {
				t.Fatalf("%s: list %d has a share of %s and %d seats", in.Method, i, share.FloatString(3), least)
			}
			if most > upper && (in.Method == Hare || in.Method == Adams) {
				t.Fatalf("%s: list %d has a share of %s and %d seats", in.Method, i, share.FloatString(3), most)
			}
			if in.Method == Droop {
				whole := int(floor(new(big.Rat).Quo(votes[i], result.Quota.Rat())).Int64())
				// With fewer votes than this, rounding up the quota can leave more seats than lists.
				enough := total.Cmp(big.NewRat(int64(in.Seats*(in.Seats+1)), 1)) >= 0
				if least < whole || most > whole+1 && enough {
					t.Fatalf("list %d buys %d seats and has %d to %d", i, whole, least, most)
				}
			}
		}
	})
}

// TestScale: twice the votes for everyone change nothing, where no quota is rounded.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := unlimited(drawInput(t, append(highestAverages(), Hare, Imperiali)...))
		factor := rapid.Int64Range(2, 1000).Draw(t, "factor")
		larger := in
		larger.Lists = slices.Clone(in.Lists)
		for i := range larger.Lists {
			larger.Lists[i].Votes *= factor
		}
		before, after := allocate(t, in), allocate(t, larger)
		for i := range in.Lists {
			least, most := possible(before, i)
			if l, m := possible(after, i); l != least || m != most {
				t.Fatalf("list %d: want %d to %d seats, got %d to %d", i, least, most, l, m)
			}
		}
	})
}

// TestSteps_TellTheSeats: the steps add up to the seats, their quotients never grow, and the margin
// is exactly what the runner-up needed to have the larger quotient, or the same one and the rule for ties on its side.
func TestSteps_TellTheSeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, slices.DeleteFunc(Methods(), func(m Method) bool { return m == HuntingtonHill })...)
		result := allocate(t, in)
		seats := make([]int, len(in.Lists))
		var last *big.Rat
		for _, step := range result.Steps {
			seats[step.List]++
			if step.Seat != seats[step.List] {
				t.Fatalf("want seat %d of list %d, got %d", seats[step.List], step.List, step.Seat)
			}
			value := step.Quotient.Rat()
			if last != nil && (value == nil || value.Cmp(last) > 0) {
				t.Fatalf("the quotient grows from %v to %v", last, value)
			}
			last = value
			checkMargin(t, in, step)
		}
		if !slices.Equal(seats, result.Seats) {
			t.Fatalf("want %v, got steps for %v", result.Seats, seats)
		}
	})
}

func checkMargin(t *rapid.T, in Input, step Step) {
	if step.RunnerUp < 0 || step.Quotient.Infinite() || step.RunnerUpQuotient.Infinite() {
		return
	}
	with := func(votes int64) *big.Rat {
		q := step.RunnerUpQuotient
		added := new(big.Rat).Mul(big.NewRat(votes, 1), in.Lists[step.RunnerUp].Weight.orOne().Rat())
		return added.Add(added, q.Votes.Rat()).Quo(added, q.Divisor.orOne().Rat())
	}
	takes := func(more int64) bool {
		order := with(more).Cmp(step.Quotient.Rat())
		return order > 0 || order == 0 && comesBefore(in, step.RunnerUp, in.Lists[step.RunnerUp].Votes+more, step.List)
	}
	if step.Margin < 1 || !takes(step.Margin) || step.Margin > 1 && takes(step.Margin-1) {
		t.Fatalf("want the margin between %v and %v, got %d", step.RunnerUpQuotient, step.Quotient, step.Margin)
	}
}

// consistent raises stated totals to the sum of the votes, so that no vote taken away brings them
// down to 0, which means "not stated".
func consistent(in Input) Input {
	total := int64(1)
	for _, list := range in.Lists {
		total += list.Votes
	}
	for _, stated := range []*int64{&in.Valid, &in.VotesCast, &in.Threshold.Total} {
		if *stated > 0 {
			*stated += total
		}
	}
	return in
}

// TestMargins_AreTheTurningPoints allocates again at every margin and one vote before it.
func TestMargins_AreTheTurningPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := consistent(drawInput(t, Methods()...))
		result := allocate(t, in)
		margins, err := Margins(in, result)
		if err != nil {
			t.Fatal(err)
		}
		for i, margin := range margins {
			seats := func(change int64) int {
				changed := withVotes(in, i, change)
				result, err := Allocate(changed)
				if err != nil {
					return 0
				}
				return result.Seats[i]
			}
			before := result.Seats[i]
			if margin.Short > 0 && (seats(margin.Short) <= before || seats(margin.Short-1) > before) {
				t.Fatalf("list %d: short by %d, seats %d, %d, %d", i, margin.Short, before, seats(margin.Short-1), seats(margin.Short))
			}
			if margin.Spare >= 0 && (seats(-margin.Spare) < before || seats(-margin.Spare-1) >= before) {
				t.Fatalf("list %d: spare %d, seats %d, %d, %d", i, margin.Spare, before, seats(-margin.Spare), seats(-margin.Spare-1))
			}
			if (margin.Spare < 0) != (before == 0) || margin.Short == 0 {
				t.Fatalf("list %d with %d seats: %+v", i, before, margin)
			}
		}
	})
}
