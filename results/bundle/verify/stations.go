package verify

import (
	"bytes"
	"fmt"
	"slices"

	"urna/internal/text/csvtext"
	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// stations are the polling stations of the figures, with what was counted of them.
type stations struct {
	byID    map[int64]*format.StationFigure
	places  map[int64]bool            // constituencies that have stations
	sums    []format.StationSumFigure // of the figures, with what was counted
	sumOf   map[int64]int             // the index in sums, by station
	online  map[int64]int             // the index in sums that has the votes cast online, by constituency
	votes   format.StationVotes
	filled  map[int64]int // station sums with ballots, by constituency
	partsOf []int         // the index of the station sum, by the index of the sum; -1 in constituencies without stations
}

// stationFigures checks the polling stations of the figures by themselves, and the batches against them.
func (c *check) stationFigures() error {
	s := &c.stations
	s.byID, s.places, s.votes = map[int64]*format.StationFigure{}, map[int64]bool{}, format.StationVotes{}
	if len(c.figures.Stations) > 0 && !format.HasOpenPoints(c.figures.Format) {
		return contradiction("figures in the form %q have no polling stations", c.figures.Format)
	}
	if c.files[format.StationsFile] == nil != (len(c.figures.Stations) == 0) {
		return contradiction("its entries are not those of figures with %d polling stations", len(c.figures.Stations))
	}
	place := 0 // in the order of the definition
	for i := range c.figures.Stations {
		f := &c.figures.Stations[i]
		at := slices.IndexFunc(c.election.Constituencies, func(k format.DefinitionConstituency) bool { return k.ID == f.ConstituencyID })
		if at < place || s.byID[f.ID] != nil || f.Number == "" || f.RegisteredVoters != nil && *f.RegisteredVoters <= 0 {
			return contradiction("polling station %d is out of order, of no constituency, or impossible", f.ID)
		}
		place = at
		excluded := f.State == format.StationIsAnnulled || f.State == format.StationIsClosed
		if !excluded && !f.Awaited() && f.State != format.StationIsCounted || excluded != (f.Exclusion != nil) || excluded && (f.Exclusion.Reason == "" || f.Exclusion.By == "") {
			return contradiction("polling station %d is %q, or its exclusion has no reason or no name", f.ID, f.State)
		}
		s.byID[f.ID], s.places[f.ConstituencyID] = f, true
	}
	return c.batchesOfStations()
}

// batchesOfStations checks that each batch belongs to a station if its constituency has any, and that the states follow
// from the batches.
func (c *check) batchesOfStations() error {
	counted := map[int64]bool{}
	for _, b := range c.figures.Batches {
		f := c.stations.byID[b.StationID]
		if c.stations.places[b.ConstituencyID] != (b.StationID != 0) || b.StationID != 0 && (f == nil || f.ConstituencyID != b.ConstituencyID) {
			return contradiction("batch %d is of polling station %d, which is none of its constituency", b.ID, b.StationID)
		}
		if b.State == "counted" && f != nil {
			counted[f.ID] = true
		}
	}
	if err := c.protocolsOfStations(counted); err != nil {
		return err
	}
	for i := range c.figures.Stations {
		f := &c.figures.Stations[i]
		if has := counted[f.ID]; f.State == format.StationIsCounted && !has || f.State != format.StationIsCounted && f.State != format.StationIsReceived && has {
			return contradiction("polling station %d is %s, and what came of it counts: %t", f.ID, f.State, has)
		}
	}
	return nil
}

// protocolsOfStations checks that each protocol belongs to a station, and marks those of protocols that count; batches of
// none of these count.
func (c *check) protocolsOfStations(counted map[int64]bool) error {
	for i := range c.figures.Protocols {
		p := &c.figures.Protocols[i]
		f := c.stations.byID[p.StationID]
		if f == nil || f.ConstituencyID != p.ConstituencyID {
			return contradiction("protocol %d is of polling station %d, which is none of its constituency", p.ID, p.StationID)
		}
		if p.State == format.ProtocolDefinitive {
			if counted[f.ID] {
				return contradiction("polling station %d has batches and a protocol in the count", f.ID)
			}
			counted[f.ID] = true
		}
	}
	return nil
}

// stationSums reads which stations and votes cast online each station sum adds up. Every station with a batch that counts
// is in one of them. Each sum of the constituency belongs to one station sum.
func (c *check) stationSums() error {
	s := &c.stations
	s.sumOf, s.online, s.filled = map[int64]int{}, map[int64]int{}, map[int64]int{}
	for i := range c.figures.StationSums {
		f := &c.figures.StationSums[i]
		if f.ID != i+1 || !s.places[f.ConstituencyID] || len(f.Stations) == 0 && f.Online == 0 ||
			min(f.Online, f.Blank, f.Invalid, f.Duplicates) < 0 || f.Valid < f.Online || !slices.IsSorted(f.Stations) {
			return contradiction("station sum %d is out of order, of no constituency with polling stations, or impossible", f.ID)
		}
		for _, id := range f.Stations {
			if _, twice := s.sumOf[id]; twice || s.byID[id] == nil || s.byID[id].ConstituencyID != f.ConstituencyID {
				return contradiction("station sum %d: polling station %d is of another constituency or of another sum", f.ID, id)
			}
			s.sumOf[id] = i
		}
		if f.Online > 0 {
			if _, twice := s.online[f.ConstituencyID]; twice {
				return contradiction("station sum %d: the votes cast online of constituency %d are in two sums", f.ID, f.ConstituencyID)
			}
			s.online[f.ConstituencyID] = i
		}
		if f.Ballots() > 0 {
			s.filled[f.ConstituencyID]++
		}
		s.sums = append(s.sums, format.StationSumFigure{ID: f.ID, ConstituencyID: f.ConstituencyID, Stations: f.Stations, Online: f.Online})
	}
	if err := c.partsOfStationSums(); err != nil {
		return err
	}
	return c.stationSumsLargeEnough()
}

// partsOfStationSums finds the station sum of each sum.
func (c *check) partsOfStationSums() error {
	s := &c.stations
	used := map[int]bool{}
	for i := range c.figures.Sums {
		sum := &c.figures.Sums[i]
		part := -1
		if s.places[sum.ConstituencyID] {
			var err error
			if part, err = c.stationSumOf(sum); err != nil {
				return err
			}
			used[part] = true
		}
		s.partsOf = append(s.partsOf, part)
	}
	for i := range s.sums {
		if !used[i] {
			return contradiction("station sum %d has no part", s.sums[i].ID)
		}
	}
	return nil
}

// stationSumOf returns the index of the station sum to which a sum belongs.
func (c *check) stationSumOf(sum *format.SumFigure) (int, error) {
	s := &c.stations
	var of []int
	for _, id := range sum.Batches {
		at, ok := s.sumOf[c.byBatch[id].figure.StationID]
		if !ok {
			return 0, contradiction("batch %d counts, and no station sum has its polling station", id)
		}
		of = append(of, at)
	}
	for _, id := range sum.Protocols {
		at, ok := s.sumOf[c.protocol(id).StationID] // protocolsOf has found it
		if !ok {
			return 0, contradiction("protocol %d counts, and no station sum has its polling station", id)
		}
		of = append(of, at)
	}
	if sum.Online > 0 {
		at, ok := s.online[sum.ConstituencyID]
		if !ok || s.sums[at].Online != sum.Online {
			return 0, contradiction("sum %d has %d votes cast online, and no station sum has them", sum.ID, sum.Online)
		}
		of = append(of, at)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(of)))) != 1 {
		return 0, contradiction("sum %d adds up parts of several station sums", sum.ID)
	}
	return of[0], nil
}

// stationSumsLargeEnough checks that no station sum tells how a few people voted, unless the election's rules have each
// station published.
func (c *check) stationSumsLargeEnough() error {
	for i := range c.figures.StationSums {
		f := &c.figures.StationSums[i]
		if c.election.Rules.PublishEveryStation {
			if !f.Alone() && len(f.Stations) > 0 {
				return contradiction("station sum %d is of several stations, and the rules have each published", f.ID)
			}
			continue
		}
		if n := f.Ballots(); n > 0 && n < format.LeastSum && c.stations.filled[f.ConstituencyID] > 1 {
			return contradiction("station sum %d has %d ballots, and published sums have %d or more", f.ID, n, format.LeastSum)
		}
	}
	return nil
}

// addStationVotes adds votes of a sum to its station sum.
func (c *check) addStationVotes(sum, poll int, votes int64) {
	part := c.stations.partsOf[sum]
	if part < 0 {
		return
	}
	f := &c.stations.sums[part]
	f.Valid += votes
	if poll == 0 {
		f.Blank += votes
	}
	c.stations.votes.Add(f.ID, poll, votes)
}

// countStations adds the lines that do not count to the station sums.
func (c *check) countStations() error {
	for i := range c.merged {
		if part := c.stations.partsOf[i]; part >= 0 {
			c.stations.sums[part].Invalid += c.merged[i].Invalid
			c.stations.sums[part].Duplicates += c.merged[i].Duplicates
		}
	}
	return nil
}

// stationsTable compares the table of stations with the figures and the counts.
func (c *check) stationsTable() error {
	if len(c.figures.Stations) == 0 {
		return nil
	}
	written, err := c.read(format.StationsFile)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	if err := format.WriteStationsTable(csvtext.NewWindowsWriter(&table), &c.figures, c.stations.votes, nil); err != nil {
		return err
	}
	if !bytes.Equal(written, table.Bytes()) {
		return contradiction("%s does not hold the counts of the polling stations", format.StationsFile)
	}
	states := map[string]int{}
	for i := range c.figures.Stations {
		states[c.figures.Stations[i].State]++
	}
	c.proved("Of %d polling stations %d are counted, %d are annulled, %d are closed without ballots, and %d are not counted in full. Their sums and the votes cast online add up to those of the constituencies.",
		len(c.figures.Stations), states[format.StationIsCounted], states[format.StationIsAnnulled], states[format.StationIsClosed],
		states[format.StationIsAwaited]+states[format.StationIsReceived])
	c.report.Cannot = append(c.report.Cannot, "That a batch is of the polling station that the figures name: compare its file with the station's record.")
	return nil
}

// exclusionsInLog are the closures and annulments of polling stations, as the audit log has them, by the subjects of their
// events such as "station 3".
type exclusionsInLog map[string]loggedExclusion

type loggedExclusion struct{ state, reason, by, approvedBy string }

// add reads an event. A reopening ends a closure or an annulment.
func (l exclusionsInLog) add(e *format.Event) {
	state := format.StationIsClosed
	switch e.Action {
	case "station-reopened":
		delete(l, e.Subject)
		return
	case "station-annulled":
		state = format.StationIsAnnulled
	case "station-closed":
	default:
		return
	}
	var d struct {
		Reason     string `json:"reason"`
		ApprovedBy string `json:"approved_by"`
	}
	_ = strictjson.UnmarshalStored([]byte(e.Detail), &d) // a detail of another form has no reason, which the figures have
	l[e.Subject] = loggedExclusion{state, d.Reason, format.PersonName(e.ActorName), format.PersonName(d.ApprovedBy)}
}

// compareExclusions compares closures and annulments of polling stations with those of the log.
func (c *check) compareExclusions(log exclusionsInLog) error {
	for i := range c.figures.Stations {
		f := &c.figures.Stations[i]
		var in loggedExclusion
		if e := f.Exclusion; e != nil {
			in = loggedExclusion{f.State, e.Reason, e.By, e.ApprovedBy}
		}
		if logged := log[fmt.Sprintf("station %d", f.ID)]; in != logged {
			return contradiction("the exclusion of polling station %d is %q in the figures, and %q in %s", f.ID, in, logged, format.AuditFile)
		}
	}
	return nil
}

// expectedOfStations returns the open point about a constituency's stations that are not counted.
func (c *check) expectedOfStations(constituency int64) (all []point) {
	var ids []int64
	for i := range c.figures.Stations {
		if f := &c.figures.Stations[i]; f.ConstituencyID == constituency && f.Awaited() {
			ids = append(ids, f.ID)
		}
	}
	if len(ids) > 0 {
		slices.Sort(ids)
		all = append(all, point{format.StationAwaited, constituency, ids})
	}
	return all
}

// withStation adds a lifted point to those before. Reasons for stations of one constituency are one point with all of them.
func withStation(lifted []point, p *format.OpenPointFigure) []point {
	last := len(lifted) - 1
	if p.Code == format.StationAwaited && last >= 0 && lifted[last].code == p.Code && lifted[last].constituency == p.ConstituencyID {
		lifted[last].facts = slices.Sorted(slices.Values(slices.Concat(lifted[last].facts, p.Facts)))
		return lifted
	}
	return append(lifted, point{p.Code, p.ConstituencyID, p.Facts})
}
