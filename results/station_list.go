package results

import (
	"context"
	"maps"
	"slices"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/database"
	"urna/results/bundle/format"
)

// StationOrder is an order of polling stations.
type StationOrder = ballots.StationOrder

// The orders. Equal stations are in the order of the election.
const (
	ByList       = ballots.StationsByList
	ByName       = ballots.StationsByName
	ByState      = ballots.StationsByState
	ByRegistered = ballots.StationsByRegistered
	ByTurnout    = ballots.StationsByTurnout
)

// StationOrders returns the orders, the usual one first.
func StationOrders() []StationOrder {
	return []StationOrder{ByList, ByName, ByState, ByRegistered, ByTurnout}
}

// StationQuery says which polling stations of an election are wanted, and in which order. The zero value wants all.
type StationQuery struct {
	ID             int64 // one station, or 0
	ConstituencyID int64 // 0: any
	State          ballots.StationState
	Search         string // each word of it is in the number, the name or the place; capitals and accents do not count
	Order          StationOrder
	Descending     bool
	After          int64 // only those behind the station with this id; elections.ErrUnknownStation if it is not among them
	Offset         int
	Limit          int // 0: no limit
}

// Withheld says why the counts of a polling station are not shown.
type Withheld string

// The reasons.
const (
	NotWithheld Withheld = ""
	Embargoed   Withheld = "embargoed"   // no counts by participant may be shown now
	NothingYet  Withheld = "not-counted" // nothing of the station is in the count
	TooSmall    Withheld = "small"       // they are shown together with others
	Reopened    Withheld = "reopened"    // a correction reopened it, or a station with which it is shown
)

// StationCount is the count of a polling station, or of several together.
type StationCount struct {
	Ballots Ballots       // RegisteredVoters is 0 if that of any station is unknown, or votes cast online are included
	Votes   map[int]int64 // valid ballots by poll number; 0 is blank
}

// StationResult is what anyone may see of a polling station.
type StationResult struct {
	ballots.StationRecord

	Constituency *elections.Constituency
	// Count is nil if it is Withheld.
	Count    *StationCount
	Withheld Withheld
	// Together is the count that has this station and others, if it is TooSmall; With are its stations, and Online the
	// number of votes in it that were cast online in the constituency.
	Together *StationCount
	With     []ballots.StationRecord
	Online   int64
}

// StationPage is a part of the polling stations of an election, from one snapshot.
type StationPage struct {
	Election   *elections.Election
	State      elections.State
	ShowsCount bool
	Counts     *StationCounts // of all; nil if there are none, and before the opening
	Stations   []StationResult
	All        int // that the query wants, without After, Offset and Limit
	More       bool
	Until      time.Time // when the clock alone changes it; zero is never
}

// Stations returns polling stations as anyone may see them. States are always public. Calls are executed one at a time.
// Errors: elections.ErrUnknownElection, elections.ErrUnknownStation, and ErrAltered if the figures of a certified election
// are not those that were certified.
func (s *Service) Stations(ctx context.Context, electionID int64, q StationQuery) (page *StationPage, err error) {
	if err := s.refuseAltered(ctx, electionID); err != nil {
		return nil, err
	}
	select { // so that searches leave a processor to votes
	case s.listing <- struct{}{}:
		defer func() { <-s.listing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		page, err = s.stationsWithin(ctx, tx, electionID, q)
		return err
	})
	return page, err
}

func (s *Service) stationsWithin(ctx context.Context, tx *database.Tx, electionID int64, q StationQuery) (*StationPage, error) {
	e, err := s.elections.Within(tx, electionID)
	if err != nil {
		return nil, err
	}
	now := s.now() // after the snapshot, as in Public
	page := &StationPage{Election: e, State: e.StateAt(now), ShowsCount: e.ShowsCount(now), Until: nextTurn(e, now)}
	if page.State != elections.Scheduled {
		counts, err := s.stationCounts(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		page.Counts = counts[e.ID].all
	}
	l := stationLook{ctx: ctx, tx: tx, election: e, shows: page.ShowsCount}
	if e.Correction != 0 { // the sums follow from more than the present counts
		if l.certified, err = s.certifiedStations(tx, e); err != nil {
			return nil, err
		}
	}
	ids, err := l.choose(q, page)
	if err != nil {
		return nil, err
	}
	records, err := ballots.StationRecords(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	page.Stations, err = l.results(records)
	return page, err
}

// stationLook reads what a query for stations needs.
type stationLook struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one transaction
	tx       *database.Tx
	election *elections.Election
	shows    bool
	cast     map[int64]ballots.Tally            // what castOnline returned; nil before
	sums     map[int64]*format.StationSumFigure // what merged returned; nil before
	// certified is how stations of an election that was or is being corrected were published; else nil.
	certified *certifiedStations
}

// choose returns the ids of the stations that the query wants, and counts them.
func (l *stationLook) choose(q StationQuery, page *StationPage) (ids []int64, err error) {
	f := ballots.StationSelection{
		ElectionID: l.election.ID, ID: q.ID, ConstituencyID: q.ConstituencyID, State: q.State, Search: q.Search,
		Order: q.Order, Descending: q.Descending,
	}
	if q.Order == ByTurnout {
		if !l.shows {
			f.Order, f.Descending = ByList, false
		} else if f.Withheld, err = l.withheld(); err != nil {
			return nil, err
		}
	}
	behind := q.After != 0 && q.Order == ByList && !q.Descending
	if q.Limit == 0 || q.After != 0 && !behind {
		if ids, err = ballots.SelectStations(l.ctx, l.tx, f, 0, 0); err != nil {
			return nil, err
		}
		page.All = len(ids)
		ids, page.More, err = q.window(ids)
		return ids, err
	}
	if page.All, err = ballots.CountStations(l.ctx, l.tx, f); err != nil {
		return nil, err
	}
	if behind {
		ids, err = ballots.SelectStationsAfter(l.ctx, l.tx, f, q.After, q.Limit+1)
	} else {
		ids, err = ballots.SelectStations(l.ctx, l.tx, f, q.Offset, q.Limit+1)
	}
	page.More = len(ids) > q.Limit
	return ids[:min(len(ids), q.Limit)], err
}

// withheld returns the stations whose turnout is not published by itself.
func (l *stationLook) withheld() (ids []int64, err error) {
	merged, err := l.merged(placesOf(l.election))
	if err != nil {
		return nil, err
	}
	ids = slices.Collect(maps.Keys(merged))
	if l.certified != nil {
		ids = slices.AppendSeq(ids, maps.Keys(l.certified.reopened))
	}
	return ids, nil
}

// window returns the part that the query wants of the stations in their order, and whether there are more.
func (q *StationQuery) window(ids []int64) (part []int64, more bool, err error) {
	if q.After != 0 {
		at := slices.Index(ids, q.After)
		if at < 0 {
			return nil, false, elections.ErrUnknownStation
		}
		ids = ids[at+1:]
	}
	ids = ids[min(max(q.Offset, 0), len(ids)):]
	if q.Limit > 0 && len(ids) > q.Limit {
		return ids[:q.Limit], true, nil
	}
	return ids, false, nil
}

// merged returns the station sums of several stations, or of stations and votes cast online, by the ids of their stations,
// in some constituencies or, if it was called before, in those of the first call. Only small stations are merged, and the smallest
// of the others with them.
func (l *stationLook) merged(places []int64) (map[int64]*format.StationSumFigure, error) {
	switch {
	case l.certified != nil:
		return l.certified.merged, nil
	case l.sums != nil:
		return l.sums, nil
	case l.election.Rules.PublishEveryStation:
		return nil, nil //nolint:nilnil // none is merged
	}
	cast, err := l.castOnline()
	if err != nil {
		return nil, err
	}
	sizes, err := ballots.SmallStations(l.ctx, l.tx, places, format.LeastSum)
	if err != nil {
		return nil, err
	}
	l.sums = map[int64]*format.StationSumFigure{}
	for _, place := range places {
		c := Constituency{ID: place, Ballots: Ballots{Online: cast[place].Online, Blank: cast[place].Votes[0]}}
		var stations []StationSum
		for id, size := range sizes[place] {
			s := StationSum{Size: size, InCount: true}
			s.ID = id
			stations = append(stations, s)
			c.Ballots.Blank += size.Blank
		}
		sums := stationSums(&c, stations, nil, false)
		for k := range sums {
			for _, id := range sums[k].Stations {
				if !sums[k].Alone() {
					l.sums[id] = &sums[k]
				}
			}
		}
	}
	return l.sums, nil
}

// castOnline returns the votes cast online by constituency, as far as they may be shown. It reads them once.
func (l *stationLook) castOnline() (map[int64]ballots.Tally, error) {
	if l.cast != nil {
		return l.cast, nil
	}
	l.cast = map[int64]ballots.Tally{}
	return l.cast, online.AddTallies(l.ctx, l.tx, l.cast, l.election.ID)
}

// constituenciesOf returns the constituencies of stations, each once.
func constituenciesOf(of []ballots.StationRecord) (places []int64) {
	for i := range of {
		if !slices.Contains(places, of[i].ConstituencyID) {
			places = append(places, of[i].ConstituencyID)
		}
	}
	return places
}

// withMerged returns the ids of stations and of those that are in one sum with them, sorted.
func withMerged(of []ballots.StationRecord, merged map[int64]*format.StationSumFigure) []int64 {
	needed := map[int64]bool{}
	for i := range of {
		needed[of[i].ID] = true
		if sum := merged[of[i].ID]; sum != nil {
			for _, id := range sum.Stations {
				needed[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(needed))
}

// results returns stations as anyone may see them.
func (l *stationLook) results(of []ballots.StationRecord) ([]StationResult, error) {
	found := make([]StationResult, len(of))
	for i, r := range of {
		found[i] = StationResult{StationRecord: r, Constituency: l.election.Constituency(r.ConstituencyID), Withheld: Embargoed}
	}
	if !l.shows || len(of) == 0 {
		return found, nil
	}
	merged, err := l.merged(constituenciesOf(of))
	if err != nil {
		return nil, err
	}
	ids := withMerged(of, merged)
	tallies, err := ballots.TalliesOfStations(l.ctx, l.tx, ids)
	if err != nil {
		return nil, err
	}
	cast, err := l.castOnline()
	if err != nil {
		return nil, err
	}
	records, err := ballots.StationRecords(l.ctx, l.tx, ids)
	if err != nil {
		return nil, err
	}
	byID := map[int64]*ballots.StationRecord{}
	for i := range records {
		byID[records[i].ID] = &records[i]
	}
	for i := range found {
		r := &found[i]
		sum := merged[r.ID]
		if l.certified.reopens(r.ID, sum) {
			r.Withheld = Reopened
			continue
		}
		if tally, counted := tallies[r.ID]; sum == nil && (counted || r.State == ballots.StationCounted) {
			size := tally.StationSize()
			sum = &format.StationSumFigure{
				Stations: []int64{r.ID}, Valid: size.Valid, Blank: size.Blank, Invalid: size.Invalid, Duplicates: size.Duplicates,
			}
		}
		r.fill(sum, tallies, cast, byID)
	}
	return found, nil
}

// fill adds the count of the station's sum, nil for none.
func (r *StationResult) fill(sum *format.StationSumFigure, tallies, cast map[int64]ballots.Tally, byID map[int64]*ballots.StationRecord) {
	if sum == nil {
		r.Withheld = NothingYet
		return
	}
	count := &StationCount{Votes: map[int]int64{}, Ballots: Ballots{
		Valid: sum.Valid, Blank: sum.Blank, Invalid: sum.Invalid, Duplicates: sum.Duplicates, Cast: sum.Ballots(), Online: sum.Online,
	}}
	known := sum.Online == 0
	for _, id := range sum.Stations {
		for poll, votes := range tallies[id].Votes {
			count.Votes[poll] += votes
		}
		known = known && byID[id].RegisteredVoters > 0
		count.Ballots.RegisteredVoters += byID[id].RegisteredVoters
	}
	if !known {
		count.Ballots.RegisteredVoters = 0
	}
	if sum.Alone() {
		r.Count, r.Withheld = count, NotWithheld
		return
	}
	if sum.Online > 0 {
		for poll, votes := range cast[r.ConstituencyID].Votes {
			count.Votes[poll] += votes
		}
	}
	r.Together, r.Withheld, r.Online = count, TooSmall, sum.Online
	for _, id := range sum.Stations {
		r.With = append(r.With, *byID[id])
	}
}
