package ballots

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"urna/elections"
	"urna/internal/database"
)

// The tallies and totals of a polling station, and of the batches of a constituency that has none.
const (
	selectStationVotes       = `SELECT poll_number, votes FROM station_tallies WHERE station_id = $1`
	selectStationTotals      = `SELECT invalid, duplicates FROM station_totals WHERE station_id = $1`
	selectConstituencyVotes  = `SELECT poll_number, votes FROM constituency_tallies WHERE constituency_id = $1`
	selectConstituencyTotals = `SELECT invalid, duplicates FROM constituency_totals WHERE constituency_id = $1`
)

// PlaceCount returns, as the transaction sees it, the count of a polling station, or of the batches of a constituency that
// has none, whose station is 0.
func PlaceCount(ctx context.Context, tx *database.Tx, constituencyID, stationID int64) (elections.PlaceCount, error) {
	id, votes, totals := stationID, selectStationVotes, selectStationTotals
	if stationID == 0 {
		id, votes, totals = constituencyID, selectConstituencyVotes, selectConstituencyTotals
	}
	count := elections.PlaceCount{Votes: map[int]int64{}}
	err := pairs(ctx, tx, votes, []any{id}, func(pollNumber, n int64) {
		if n > 0 {
			count.Votes[int(pollNumber)] = n
		}
	})
	if err == nil {
		err = tx.SQL().QueryRowContext(ctx, totals, id).Scan(&count.Invalid, &count.Duplicates)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	if err != nil {
		return count, fmt.Errorf("ballots: read the count of a place: %w", err)
	}
	return count, nil
}
