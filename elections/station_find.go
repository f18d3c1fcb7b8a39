package elections

import (
	"context"

	"urna/internal/database"
)

// StationSort is an order of polling stations.
type StationSort string

// The orders.
const (
	StationsByList       StationSort = "" // of constituencies, and of the stations in each
	StationsByNumber     StationSort = "number"
	StationsByName       StationSort = "name"
	StationsByPlace      StationSort = "place"
	StationsByRegistered StationSort = "registered"
)

// StationFilter chooses polling stations of an election; zero fields choose all.
type StationFilter struct {
	ConstituencyID int64
	Search         string // each word of it is in the number, the name or the place
	Sort           StationSort
	Descending     bool
	Offset, Limit  int // Limit 0 is 100
}

// FindStations returns a page of the polling stations of an election, and how many there are in all. It costs the same
// for each page.
func (s *Service) FindStations(ctx context.Context, electionID int64, f StationFilter) (found []Station, all int, err error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		found, all, err = searchStations(tx, electionID, f)
		return err
	})
	return found, all, err
}
