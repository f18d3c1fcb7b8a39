package protocol

import (
	"context"

	"urna/elections"
	"urna/internal/database"
)

// Wait says what a polling station of a list waits for, or how far it is. Most are states of its protocol.
type Wait string

// What a list can choose beside the states of protocols.
const (
	AnyWait     Wait = ""
	Awaited     Wait = "awaited"  // no protocol and no ballots came of it
	WithBatches Wait = "batches"  // it sent ballots
	Unscanned   Wait = "no-scan"  // it has a protocol without a scan
	Excluded    Wait = "excluded" // it is closed or annulled
	OpenWork    Wait = "open"     // anything is left to do: typing, settling, deciding
	InTyping    Wait = "typing"   // a person has a draft of it
)

// The bounds of a page of the list.
const (
	mostListed  = 200
	defaultPage = 50
)

// ListFilter chooses polling stations of an election.
type ListFilter struct {
	ElectionID     int64
	ConstituencyID int64 // 0 is all
	// Bound says that only the stations of Places and Stations are chosen: places of an official.
	Bound    bool
	Places   []int64 // constituencies
	Stations []int64
	Search   string // each word of it is in the number, the name or the place
	Wait     Wait   // or a State
	Offset   int
	Limit    int // 0 is 50; at most 200
}

// Listed is a polling station with how far its protocol has come. It tells no number.
type Listed struct {
	Station elections.Station
	Batches bool // it sent ballots instead
	Status
}

// List returns a page of the polling stations of an election, in the order of its definition, and how many are chosen in
// all.
func (s *Service) List(ctx context.Context, f ListFilter) (found []Listed, chosen int, err error) {
	if f.Limit <= 0 {
		f.Limit = defaultPage
	}
	f.Limit = min(f.Limit, mostListed)
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		rows, n, err := listStations(tx, f)
		if err != nil {
			return err
		}
		chosen = n
		ids := make([]int64, 0, len(rows))
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		statuses, err := statusesOf(tx, ids)
		if err != nil {
			return err
		}
		for i := range rows {
			found = append(found, Listed{Station: rows[i].station(f.ElectionID), Batches: rows[i].Batches, Status: statuses[rows[i].ID]})
		}
		return nil
	})
	return found, chosen, err
}

// StationsWithNumber returns the ids of the polling stations of an election that have a number, as people write it, among
// those that the filter chooses.
func (s *Service) StationsWithNumber(ctx context.Context, f ListFilter, number string) ([]int64, error) {
	return stationsWithNumber(s.db.Reader(ctx), f, number)
}

// CountListed returns how many polling stations a filter chooses.
func (s *Service) CountListed(ctx context.Context, f ListFilter) (int, error) {
	return countStations(s.db.Reader(ctx), f)
}
