package results

import (
	"context"
	"slices"
	"sync"

	"urna/ballots"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// StationCounts are numbers of polling stations of a constituency or of all constituencies that have any.
type StationCounts struct {
	Expected int // all but those that are annulled or closed
	Counted  int // of Expected
	Annulled int
	Closed   int
	// Registered are the voters of the expected stations, RegisteredCounted those of the counted ones; 0 is unknown.
	Registered        int64
	RegisteredCounted int64

	missing    int   // expected and not counted, or annulled
	missed     int64 // their registered voters
	unknown    int   // expected stations without a number of registered voters
	missedOnes int   // missing ones without
}

// Part returns the part of the registered voters whose stations are counted; unknown if that of any station is.
func (c *StationCounts) Part() Fraction { return NewFraction(c.RegisteredCounted, c.Registered) }

// Missing returns the number of stations of which no ballots, or not all, are in the count: those that are expected and not
// counted, and those that are annulled. voters are their registered voters; known says whether each has a number of them.
func (c *StationCounts) Missing() (stations int, voters int64, known bool) {
	return c.missing, c.missed, c.missedOnes == 0
}

func (c *StationCounts) addGroup(g ballots.StationGroup) {
	switch g.State {
	case ballots.StationClosed:
		c.Closed += g.Stations
		return
	case ballots.StationAnnulled:
		c.Annulled += g.Stations
	case ballots.StationCounted:
		c.Counted += g.Stations
		c.RegisteredCounted += g.Registered
	case ballots.StationAwaited, ballots.StationReceived:
	}
	if g.State != ballots.StationAnnulled {
		c.Expected += g.Stations
		c.Registered += g.Registered
		c.unknown += g.Unknown
	}
	if g.State != ballots.StationCounted {
		c.missing += g.Stations
		c.missed += g.Registered
		c.missedOnes += g.Unknown
	}
}

// completed returns the counts, with unknown numbers of registered voters as 0.
func (c *StationCounts) completed() *StationCounts {
	done := *c
	if c.unknown > 0 {
		done.Registered, done.RegisteredCounted = 0, 0
	}
	return &done
}

// stationCounts are those of one election: of each constituency that has stations, and of all. The zero value is that of an
// election without stations.
type stationCounts struct {
	all *StationCounts
	of  map[int64]*StationCounts // by constituency
}

// stationCache has the counts of the polling stations of elections as they were last read.
type stationCache struct {
	sync.Mutex

	at string // the last event of the audit log, and the unfinished batches
	of map[int64]stationCounts
}

// stationCounts counts the polling stations of the elections. It asks nothing if none has stations. The number of its
// queries and their cost do not depend on the number of stations until the next event of the audit log, without which no
// station, protocol or batch changes, but for the states of batches that are being counted.
func (s *Service) stationCounts(ctx context.Context, tx *database.Tx, list ...*elections.Election) (map[int64]stationCounts, error) {
	list = slices.DeleteFunc(slices.Clone(list), func(e *elections.Election) bool { return !e.HasStations() })
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // no election has stations
	}
	if tx.Writes() || !s.log.Records() { // it may see changes whose event is still to come
		return readStationCounts(ctx, tx, list)
	}
	head, _, err := audit.NewReader(tx.SQL()).Head(ctx)
	if err != nil {
		return nil, err
	}
	unfinished, err := ballots.UnfinishedBatches(ctx, tx)
	if err != nil {
		return nil, err
	}
	at := head + " " + unfinished
	if found, known := s.counted.get(at, list); known {
		return found, nil
	}
	counts, err := readStationCounts(ctx, tx, list)
	if err == nil {
		s.counted.set(at, list, counts)
	}
	return counts, err
}

// get returns the counts of elections if they are known.
func (c *stationCache) get(at string, list []*elections.Election) (map[int64]stationCounts, bool) {
	c.Lock()
	defer c.Unlock()
	if c.at != at {
		return nil, false
	}
	found := make(map[int64]stationCounts, len(list))
	for _, e := range list {
		one, known := c.of[e.ID]
		if !known {
			return nil, false
		}
		found[e.ID] = one
	}
	return found, true
}

func (c *stationCache) set(at string, list []*elections.Election, counts map[int64]stationCounts) {
	c.Lock()
	defer c.Unlock()
	if c.at != at || c.of == nil {
		c.at, c.of = at, map[int64]stationCounts{}
	}
	for _, e := range list {
		c.of[e.ID] = counts[e.ID]
	}
}

// readStationCounts counts the polling stations of elections that have some.
func readStationCounts(ctx context.Context, tx *database.Tx, list []*elections.Election) (map[int64]stationCounts, error) {
	var ids []int64
	electionOf := map[int64]int64{}
	for _, e := range list {
		ids = append(ids, e.ID)
		for i := range e.Constituencies {
			electionOf[e.Constituencies[i].ID] = e.ID
		}
	}
	groups, err := ballots.StationGroupsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	byElection, counts := map[int64][]ballots.StationGroup{}, map[int64]stationCounts{}
	for _, g := range groups {
		election := electionOf[g.ConstituencyID]
		byElection[election] = append(byElection[election], g)
	}
	for id, of := range byElection {
		counts[id] = countGroups(of)
	}
	return counts, nil
}

// countGroups adds the polling stations of one election up.
func countGroups(groups []ballots.StationGroup) stationCounts {
	c := stationCounts{all: &StationCounts{}, of: map[int64]*StationCounts{}}
	for _, g := range groups {
		if c.of[g.ConstituencyID] == nil {
			c.of[g.ConstituencyID] = &StationCounts{}
		}
		c.all.addGroup(g)
		c.of[g.ConstituencyID].addGroup(g)
	}
	for place := range c.of {
		c.of[place] = c.of[place].completed()
	}
	c.all = c.all.completed()
	return c
}

// print returns the public numbers for a fingerprint; nil without stations.
func (c stationCounts) print(e *elections.Election) []any {
	if c.all == nil {
		return nil
	}
	var numbers []any
	for i := range e.Constituencies {
		if of := c.of[e.Constituencies[i].ID]; of != nil {
			numbers = append(numbers, *of, of.missing, of.missed, of.missedOnes)
		}
	}
	return numbers
}

// StationSum is a polling station with its count.
type StationSum struct {
	ballots.StationRecord

	Size ballots.StationSize
	// ExcludedBy closed or annulled it, and ExclusionApprovedBy approved that: names with e-mail addresses, "" for none.
	ExcludedBy, ExclusionApprovedBy string
	// InCount says that a batch or a protocol of it is in the count, or begins to be.
	InCount bool
}

// stationSumsOf returns the stations of the elections with the sizes of their tallies, and whether
// batches of them are in the count.
func stationSumsOf(ctx context.Context, tx *database.Tx, list []*elections.Election, batches map[int64][]ballots.BatchSum,
	protocols map[int64][]ballots.ProtocolRecord,
) (map[int64][]StationSum, error) {
	var ids, places []int64
	for _, e := range list {
		if e.HasStations() {
			ids = append(ids, e.ID)
			for i := range e.Constituencies {
				places = append(places, e.Constituencies[i].ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // no election has stations
	}
	records, err := ballots.StationRecordsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	sizes, err := ballots.StationSizes(ctx, tx, places)
	if err != nil {
		return nil, err
	}
	exclusions, err := exclusionsOf(tx, records)
	if err != nil {
		return nil, err
	}
	sums := map[int64][]StationSum{}
	for id, of := range records {
		sums[id] = stationsInCount(of, sizes, batches[id], protocols[id])
		for i := range sums[id] {
			if s := &sums[id][i]; s.ExcludedAt != nil {
				s.ExcludedBy, s.ExclusionApprovedBy = exclusions[s.ID].By, exclusions[s.ID].ApprovedBy
			}
		}
	}
	return sums, nil
}

// exclusionsOf returns who closed or annulled the polling stations of elections, if any is closed or annulled.
func exclusionsOf(tx *database.Tx, records map[int64][]ballots.StationRecord) (map[int64]elections.Amendment, error) {
	var ids []int64
	for id, of := range records {
		if slices.ContainsFunc(of, func(r ballots.StationRecord) bool { return r.ExcludedAt != nil }) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none is
	}
	return elections.ExclusionsWithin(tx, ids)
}

// stationsInCount joins stations with the sizes of their tallies.
func stationsInCount(records []ballots.StationRecord, sizes map[int64]map[int64]ballots.StationSize, batches []ballots.BatchSum,
	protocols []ballots.ProtocolRecord,
) []StationSum {
	of := map[int64]bool{}
	for i := range batches {
		if batches[i].State != "retracted" {
			of[batches[i].StationID] = true
		}
	}
	for i := range protocols {
		of[protocols[i].StationID] = of[protocols[i].StationID] || protocols[i].InCount
	}
	sums := make([]StationSum, len(records))
	for i, r := range records {
		size, counted := sizes[r.ConstituencyID][r.ID]
		sums[i] = StationSum{StationRecord: r, Size: size, InCount: counted || of[r.ID]}
	}
	return sums
}

// countedStations returns the stations with the sizes of what the second count found.
func countedStations(stations []StationSum, second *ballots.SecondCount) []StationSum {
	again := make([]StationSum, len(stations))
	for i, s := range stations {
		s.Size = second.Stations[s.ID].StationSize()
		again[i] = s
	}
	return again
}

// EachStation calls next for all polling stations of an election, for those of one constituency in their order. Their states are
// always public. The record is overwritten by the next one.
func (s *Service) EachStation(ctx context.Context, e *elections.Election, next func(*ballots.StationRecord)) error {
	return s.db.Read(ctx, func(tx *database.Tx) error { return ballots.EachStation(ctx, tx, placesOf(e), next) })
}

// placesOf returns the ids of the constituencies of elections.
func placesOf(list ...*elections.Election) (ids []int64) {
	for _, e := range list {
		for i := range e.Constituencies {
			ids = append(ids, e.Constituencies[i].ID)
		}
	}
	return ids
}
