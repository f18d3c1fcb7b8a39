package results

import (
	"cmp"
	"fmt"
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
//
// In a constituency with polling stations, stations and the votes cast online are merged first, by the same rule. The sums
// are then those of the batches and protocols of each station sum. So a station sum adds up whole sums, and no difference
// of the two has fewer ballots than a sum. A rule of the election can have each station published; then none is merged.
//
// After a correction, what was published together in the figures before stays together: else sums of both certifications
// would tell it by their difference.
func sumsOf(r *Results, batches []ballots.BatchSum, protocols []ballots.ProtocolRecord, stations []StationSum, before *Figures,
) (sums []format.SumFigure, together []format.StationSumFigure) {
	if before == nil {
		before = &Figures{}
	}
	byPlace := map[int64][]StationSum{}
	for _, s := range stations {
		byPlace[s.ConstituencyID] = append(byPlace[s.ConstituencyID], s)
	}
	for i := range r.Constituencies {
		c := &r.Constituencies[i]
		single := joinSums(singleSums(c, batches, protocols), before.Sums)
		if of := byPlace[c.ID]; len(of) > 0 {
			found := stationSums(c, of, before.StationSums, r.Election.Rules.PublishEveryStation)
			together = append(together, found...)
			single = within(found, single, batches, protocols)
		} else {
			single = mergeSmall(single)
		}
		slices.SortFunc(single, func(a, b format.SumFigure) int { return cmp.Compare(firstBatch(&a), firstBatch(&b)) })
		sums = append(sums, single...)
	}
	for i := range sums {
		sums[i].ID = i + 1
	}
	for i := range together {
		together[i].ID = i + 1
	}
	return sums, together
}

// singleSums returns a sum for each batch and protocol of a constituency that counts, and one for its votes cast online.
func singleSums(c *Constituency, batches []ballots.BatchSum, protocols []ballots.ProtocolRecord) []format.SumFigure {
	var sums []format.SumFigure
	for _, b := range batches {
		if b.ConstituencyID == c.ID && b.State != "retracted" {
			sums = append(sums, format.SumFigure{
				ConstituencyID: c.ID, Batches: []int64{b.ID}, Valid: b.Valid, Invalid: b.Invalid, Duplicates: b.Duplicates,
			})
		}
	}
	sums = append(sums, protocolSums(c.ID, protocols)...)
	if online := c.Ballots.Online; online > 0 {
		sums = append(sums, format.SumFigure{ConstituencyID: c.ID, Batches: []int64{}, Online: online, Valid: online})
	}
	return sums
}

// within merges the single sums of a constituency in each of its station sums. A batch of no station, which can only be in
// an altered database, is merged with others of the kind; such figures do not hold.
func within(together []format.StationSumFigure, single []format.SumFigure, batches []ballots.BatchSum,
	protocols []ballots.ProtocolRecord,
) (merged []format.SumFigure) {
	stationOf, sumOf := map[int64]int64{}, map[int64]int{}
	for _, b := range batches {
		stationOf[b.ID] = b.StationID
	}
	ofProtocol := map[int64]int64{}
	for i := range protocols {
		ofProtocol[protocols[i].ID] = protocols[i].StationID
	}
	parts := make([][]format.SumFigure, len(together)+1)
	unknown := len(together)
	online := unknown
	for i := range together {
		for _, station := range together[i].Stations {
			sumOf[station] = i
		}
		if together[i].Online > 0 {
			online = i
		}
	}
	for _, s := range single {
		at, known := online, true
		switch {
		case len(s.Batches) > 0:
			at, known = sumOf[stationOf[s.Batches[0]]]
		case len(s.Protocols) > 0:
			at, known = sumOf[ofProtocol[s.Protocols[0]]]
		}
		if !known {
			at = unknown
		}
		parts[at] = append(parts[at], s)
	}
	for _, part := range parts {
		merged = append(merged, mergeSmall(part)...)
	}
	return merged
}

// stationSums returns the stations of a constituency of which anything is in the count, and the votes that were cast online
// there, merged unless each is published. Those that were together before stay so.
func stationSums(c *Constituency, stations []StationSum, before []format.StationSumFigure, each bool) (sums []format.StationSumFigure) {
	for i := range stations {
		if s := &stations[i]; s.InCount {
			sums = append(sums, format.StationSumFigure{
				ConstituencyID: c.ID, Stations: []int64{s.ID}, Valid: s.Size.Valid, Blank: s.Size.Blank,
				Invalid: s.Size.Invalid, Duplicates: s.Size.Duplicates,
			})
		}
	}
	if online := c.Ballots.Online; online > 0 {
		all := format.StationSumFigure{ConstituencyID: c.ID, Stations: []int64{}, Online: online, Valid: online, Blank: c.Ballots.Blank}
		for i := range sums {
			all.Blank -= sums[i].Blank
		}
		sums = append(sums, all)
	}
	if !each {
		sums = mergeParts(joinStations(sums, before), parts[format.StationSumFigure]{(*format.StationSumFigure).Ballots, firstStation, mergeStations})
	}
	slices.SortFunc(sums, func(a, b format.StationSumFigure) int { return cmp.Compare(firstStation(&a), firstStation(&b)) })
	return sums
}

// joinSums merges sums that were together before.
func joinSums(sums, before []format.SumFigure) []format.SumFigure {
	group := map[string]int{}
	for i := range before {
		for _, name := range partsOfSum(&before[i]) {
			group[name] = before[i].ID
		}
	}
	return joinParts(sums, func(s *format.SumFigure) int { return group[partsOfSum(s)[0]] }, (*format.SumFigure).Ballots, merge)
}

// partsOfSum names the batches and protocols of a sum, and the votes cast online.
func partsOfSum(s *format.SumFigure) (names []string) {
	for _, id := range s.Batches {
		names = append(names, fmt.Sprint("batch ", id))
	}
	for _, id := range s.Protocols {
		names = append(names, fmt.Sprint("protocol ", id))
	}
	if s.Online > 0 {
		names = append(names, fmt.Sprint("online ", s.ConstituencyID))
	}
	return names
}

// joinStations merges station sums that were together before.
func joinStations(sums, before []format.StationSumFigure) []format.StationSumFigure {
	group, online := map[int64]int{}, map[int64]int{}
	for i := range before {
		for _, id := range before[i].Stations {
			group[id] = before[i].ID
		}
		if before[i].Online > 0 {
			online[before[i].ConstituencyID] = before[i].ID
		}
	}
	of := func(s *format.StationSumFigure) int {
		if len(s.Stations) == 0 {
			return online[s.ConstituencyID]
		}
		return group[s.Stations[0]]
	}
	return joinParts(sums, of, (*format.StationSumFigure).Ballots, mergeStations)
}

// joinParts merges the sums with ballots that are of the same group; 0 is none.
func joinParts[P any](sums []P, group func(*P) int, ballots func(*P) int64, merge func(a, b P) P) (joined []P) {
	at := map[int]int{}
	for i := range sums {
		g := group(&sums[i])
		first, known := at[g]
		switch {
		case g == 0 || ballots(&sums[i]) == 0:
			joined = append(joined, sums[i])
		case known:
			joined[first] = merge(joined[first], sums[i])
		default:
			at[g] = len(joined)
			joined = append(joined, sums[i])
		}
	}
	return joined
}

// parts says how sums of one sort are compared and merged.
type parts[P any] struct {
	ballots func(*P) int64
	first   func(*P) int64 // orders sums with equally many ballots
	merge   func(a, b P) P
}

// mergeParts merges sums until each has format.LeastSum ballots or more, or all ballots are in one.
func mergeParts[P any](sums []P, of parts[P]) []P {
	var empty []P
	sums = slices.DeleteFunc(sums, func(s P) bool {
		if of.ballots(&s) == 0 {
			empty = append(empty, s)
		}
		return of.ballots(&s) == 0
	})
	bySize := func(a, b P) int {
		return cmp.Or(cmp.Compare(of.ballots(&a), of.ballots(&b)), cmp.Compare(of.first(&a), of.first(&b)))
	}
	slices.SortFunc(sums, bySize)
	for len(sums) > 1 && of.ballots(&sums[0]) < format.LeastSum {
		merged := of.merge(sums[0], sums[1])
		sums = sums[2:]
		at, _ := slices.BinarySearchFunc(sums, merged, bySize)
		sums = slices.Insert(sums, at, merged)
	}
	return append(sums, empty...)
}

// mergeSmall merges the sums of batches and of votes cast online.
func mergeSmall(sums []format.SumFigure) []format.SumFigure {
	return mergeParts(sums, parts[format.SumFigure]{(*format.SumFigure).Ballots, firstBatch, merge})
}

func merge(a, b format.SumFigure) format.SumFigure {
	a.Batches = bothOf(a.Batches, b.Batches)
	a.Protocols = bothOf(a.Protocols, b.Protocols)
	a.Online += b.Online
	a.Valid += b.Valid
	a.Invalid += b.Invalid
	a.Duplicates += b.Duplicates
	return a
}

func mergeStations(a, b format.StationSumFigure) format.StationSumFigure {
	a.Stations = bothOf(a.Stations, b.Stations)
	a.Online += b.Online
	a.Valid += b.Valid
	a.Blank += b.Blank
	a.Invalid += b.Invalid
	a.Duplicates += b.Duplicates
	return a
}

func bothOf(a, b []int64) []int64 { return slices.Sorted(slices.Values(slices.Concat(a, b))) }

// firstBatch orders sums by their first batches; those without one come behind, by their first protocols, and the votes cast
// online last.
func firstBatch(s *format.SumFigure) int64 {
	if len(s.Batches) == 0 && len(s.Protocols) > 0 {
		return math.MaxInt64/2 + s.Protocols[0]
	}
	return firstOf(s.Batches)
}

// firstStation returns the first station of a sum; the votes cast online come after all stations.
func firstStation(s *format.StationSumFigure) int64 { return firstOf(s.Stations) }

func firstOf(ids []int64) int64 {
	if len(ids) == 0 {
		return math.MaxInt64
	}
	return ids[0]
}
