package results

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"urna/ballots"
	"urna/internal/messages"
	"urna/results/bundle/format"
)

// stationsAwaited finds the polling stations that are not counted. A constituency has one point for all of them, whose facts
// are their numbers, and one for each that has a reason of its own.
func stationsAwaited(i *inspected) {
	byPlace := map[int64][]StationSum{}
	for k := range i.stations {
		if s := &i.stations[k]; s.State == ballots.StationAwaited || s.State == ballots.StationReceived {
			byPlace[s.ConstituencyID] = append(byPlace[s.ConstituencyID], *s)
		}
	}
	for k := range i.election.Constituencies {
		place := i.election.Constituencies[k].ID
		var together []StationSum
		for _, s := range byPlace[place] {
			if _, alone := i.liftings[pointKey(i.kind.code, place, s.ID)]; alone {
				i.points = append(i.points, liftablePoint(i.kind, i.election, stationPoint(place, s.ID, s)))
				continue
			}
			together = append(together, s)
		}
		if len(together) > 0 {
			i.points = append(i.points, liftablePoint(i.kind, i.election, stationPoint(place, 0, together...)))
		}
	}
}

// stationPoint returns the place, facts and stations of a point; station 0 is that of several.
func stationPoint(constituencyID, stationID int64, stations ...StationSum) OpenPoint {
	return OpenPoint{ConstituencyID: constituencyID, StationID: stationID, Stations: stations, Facts: idsOfStations(stations)}
}

// idsOfStations returns the numbers of stations, rising.
func idsOfStations(stations []StationSum) []int64 {
	ids := make([]int64, len(stations))
	for i := range stations {
		ids[i] = stations[i].ID
	}
	slices.Sort(ids)
	return ids
}

// stationsWith returns those of the stations that have one of the ids, which rise.
func stationsWith(stations []StationSum, ids []int64) (found []StationSum) {
	for i := range stations {
		if _, ok := slices.BinarySearch(ids, stations[i].ID); ok {
			found = append(found, stations[i])
		}
	}
	return found
}

func sayStationsAwaited(p *OpenPoint) messages.Message {
	if len(p.Stations) == 1 {
		return StationNotCounted(p.Constituency, &p.Stations[0])
	}
	const named = 20
	var numbers []string
	for i := range p.Stations[:min(named, len(p.Stations))] {
		numbers = append(numbers, p.Stations[i].Number)
	}
	list, all := strings.Join(numbers, ", "), int64(len(p.Stations))
	if rest := all - int64(len(numbers)); rest > 0 {
		return messages.ObstaclesStationsAwaitedAndMore(p.Constituency, all, list, rest)
	}
	return messages.ObstaclesStationsAwaited(p.Constituency, all, list)
}

// StationNotCounted says that a polling station is not counted, or not in full.
func StationNotCounted(constituency string, s *StationSum) messages.Message {
	name := s.Number
	if s.Name != "" {
		name += " (" + s.Name + ")"
	}
	if s.State == ballots.StationReceived {
		return messages.ObstaclesStationReceived(constituency, name)
	}
	return messages.ObstaclesStationAwaited(constituency, name)
}

// pointToLift is a point with the reason that lifts it.
type pointToLift struct {
	OpenPoint

	text string
}

// pointsOf returns the points that reasons lift. Reasons for single stations come before those for several.
func (f *Final) pointsOf(reasons []Reason) (points []pointToLift) {
	alone := map[int64]bool{}
	for _, r := range reasons {
		found, ofStations := f.stationPoints(r.Point)
		if !ofStations {
			points = append(points, pointToLift{*f.point(r.Point), r.Text})
			continue
		}
		for _, p := range found {
			points = append(points, pointToLift{p, r.Text})
			alone[p.StationID] = true
		}
	}
	delete(alone, 0)
	for i := range points {
		p := &points[i]
		if p.Code != format.StationAwaited || p.StationID != 0 || len(alone) == 0 {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(p.Stations), func(s StationSum) bool { return alone[s.ID] })
		p.Stations, p.Facts = rest, idsOfStations(rest)
	}
	points = slices.DeleteFunc(points, func(p pointToLift) bool { return p.Code == format.StationAwaited && len(p.Facts) == 0 })
	slices.SortStableFunc(points, func(a, b pointToLift) int { return cmp.Compare(several(&a), several(&b)) })
	return points
}

// several returns 1 for a point about several stations, else 0.
func several(p *pointToLift) int {
	if p.Code == format.StationAwaited && p.StationID == 0 {
		return 1
	}
	return 0
}

// stationPoints returns the points about stations that a key of a reason names: "station-awaited" all those about several
// stations, "station-awaited:7" that of station 7 alone, also if it is among several. ok is false if the key names none.
func (f *Final) stationPoints(key string) (points []OpenPoint, ok bool) {
	number, alone := strings.CutPrefix(key, format.StationAwaited+":")
	if key != format.StationAwaited && !alone {
		return nil, false
	}
	id, err := strconv.ParseInt(number, 10, 64)
	for i := range f.OpenPoints {
		p := &f.OpenPoints[i]
		switch {
		case p.Code != format.StationAwaited:
		case p.Key() == key, key == format.StationAwaited && p.StationID == 0:
			points = append(points, *p)
		case err == nil && slices.Contains(p.Facts, id):
			one := *p
			one.StationID, one.Facts, one.Stations, one.Lifted = id, []int64{id}, stationsWith(p.Stations, []int64{id}), nil
			points = append(points, one)
		}
	}
	return points, len(points) > 0
}

// liftedBy reports whether the reasons lift the whole point.
func (f *Final) liftedBy(p *OpenPoint, reasons []Reason) bool {
	if p.Code != format.StationAwaited {
		return slices.ContainsFunc(reasons, func(r Reason) bool { return r.Point == p.Key() })
	}
	lifted := map[int64]bool{}
	for _, l := range f.pointsOf(reasons) {
		for _, id := range l.Facts {
			lifted[id] = lifted[id] || l.Code == p.Code
		}
	}
	return !slices.ContainsFunc(p.Facts, func(id int64) bool { return !lifted[id] })
}
