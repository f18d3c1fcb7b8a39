package protocol

import (
	"context"
	"maps"
	"slices"
	"time"

	"urna/internal/database"
)

// Status says how far the protocol of a station has come, without any number.
type Status struct {
	ID          int64 // of the protocol; 0: nothing was entered
	State       State
	Round       int
	Entries     []Typed // without values
	Typing      []Typing
	Differences []string // names of numbers
	Settled     []string // those of Differences that are settled
	Late        *Late
	Scans       int
}

// statusesOf returns the status of each of the stations of a page, by id. Stations of which nothing was entered have the
// state Empty. The number of its queries does not depend on the number of stations.
func statusesOf(tx *database.Tx, stationIDs []int64) (map[int64]Status, error) {
	found := make(map[int64]Status, len(stationIDs))
	for _, id := range stationIDs {
		found[id] = Status{State: Empty, Round: 1}
	}
	rows, err := protocolsOfStations(tx, stationIDs)
	if err != nil {
		return nil, err
	}
	stationOf := map[int64]int64{}
	for i := range rows {
		r := &rows[i]
		stationOf[r.ID] = r.StationID
		found[r.StationID] = Status{ID: r.ID, State: r.state(), Round: r.Round, Differences: r.differing(), Late: r.late()}
	}
	entries, settled, err := typedOf(tx, slices.Collect(maps.Keys(stationOf)))
	if err != nil {
		return nil, err
	}
	change := func(id int64, fn func(*Status)) {
		one := found[id]
		fn(&one)
		found[id] = one
	}
	for _, e := range entries {
		change(stationOf[e.ProtocolID], func(one *Status) {
			if e.Round == one.Round {
				one.Entries = append(one.Entries, Typed{
					Number: e.Number, TypistID: e.TypistID, Typist: e.TypistName, At: time.UnixMilli(e.EnteredAt),
				})
			}
		})
	}
	for _, r := range settled {
		change(stationOf[r.ProtocolID], func(one *Status) {
			if r.Round == one.Round {
				one.Settled = append(one.Settled, r.Name)
			}
		})
	}
	drafts, err := draftsOf(tx, stationIDs)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		change(d.StationID, func(one *Status) { one.Typing = append(one.Typing, d.typing()) })
	}
	scans, err := countScans(tx, stationIDs)
	for id, n := range scans {
		change(id, func(one *Status) { one.Scans = n })
	}
	return found, err
}

// Counts returns how many protocols of an election are in each state; those of which nothing was entered are not
// counted. constituencyID 0 is the whole election.
func (s *Service) Counts(ctx context.Context, electionID, constituencyID int64) (map[State]int, error) {
	return countStates(s.db.Reader(ctx), electionID, constituencyID)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
