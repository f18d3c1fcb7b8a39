package results

import (
	"cmp"
	"math"
	"slices"

	"urna/ballots"
	"urna/results/bundle/format"
)

// sumsOf adds the ballots of each constituency up as they are published: for each batch that is not retracted and
// for the votes cast online, or for several of them together. A sum with fewer than format.LeastSum ballots would tell
// how a few people voted, and so would the difference of two published sums. So the smallest sum below that number is
// merged with the next smallest one until none is left. If a constituency has fewer ballots in all, one sum has them.
// A sum without ballots is merged with none.
func sumsOf(r *Results, batches []ballots.BatchSum) []format.SumFigure {
	var all []format.SumFigure
	for i := range r.Constituencies {
		all = append(all, mergeSmall(singleSums(&r.Constituencies[i], batches))...)
	}
	for i := range all {
		all[i].ID = i + 1
	}
	return all
}

// singleSums returns a sum for each batch of a constituency and one for its votes cast online.
func singleSums(c *Constituency, batches []ballots.BatchSum) []format.SumFigure {
	var sums []format.SumFigure
	for _, b := range batches {
		if b.ConstituencyID == c.ID && b.State != "retracted" {
			sums = append(sums, format.SumFigure{
				ConstituencyID: c.ID, Batches: []int64{b.ID}, Valid: b.Valid, Invalid: b.Invalid, Duplicates: b.Duplicates,
			})
		}
	}
	if online := c.Ballots.Online; online > 0 {
		sums = append(sums, format.SumFigure{ConstituencyID: c.ID, Batches: []int64{}, Online: online, Valid: online})
	}
	return sums
}

// mergeSmall merges the sums of one constituency and returns them in the order of their first batches.
func mergeSmall(sums []format.SumFigure) []format.SumFigure {
	var empty []format.SumFigure
	sums = slices.DeleteFunc(sums, func(s format.SumFigure) bool {
		if s.Ballots() == 0 {
			empty = append(empty, s)
		}
		return s.Ballots() == 0
	})
	bySize := func(a, b format.SumFigure) int {
		return cmp.Or(cmp.Compare(a.Ballots(), b.Ballots()), cmp.Compare(firstBatch(a), firstBatch(b)))
	}
	slices.SortFunc(sums, bySize)
	for len(sums) > 1 && sums[0].Ballots() < format.LeastSum {
		merged := merge(sums[0], sums[1])
		sums = sums[2:]
		at, _ := slices.BinarySearchFunc(sums, merged, bySize)
		sums = slices.Insert(sums, at, merged)
	}
	sums = append(sums, empty...)
	slices.SortFunc(sums, func(a, b format.SumFigure) int { return cmp.Compare(firstBatch(a), firstBatch(b)) })
	return sums
}

func merge(a, b format.SumFigure) format.SumFigure {
	a.Batches = slices.Sorted(slices.Values(slices.Concat(a.Batches, b.Batches)))
	a.Online += b.Online
	a.Valid += b.Valid
	a.Invalid += b.Invalid
	a.Duplicates += b.Duplicates
	return a
}

// firstBatch returns the first batch of a sum; the votes cast online come after all batches.
func firstBatch(s format.SumFigure) int64 {
	if len(s.Batches) == 0 {
		return math.MaxInt64
	}
	return s.Batches[0]
}
