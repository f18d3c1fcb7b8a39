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

// HeldForOthers reports, as the transaction sees it, whether a batch holds a ballot that a batch of another place claims too,
// where the open correction of the election does not name that place.
func HeldForOthers(ctx context.Context, tx *database.Tx, electionID, batchID int64) (held bool, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM batches o JOIN invalid_lines l ON l.batch_id = o.id AND l.reason = 'duplicate-ballot'
		JOIN ballots b ON b.election_id = o.election_id AND b.guid = l.guid
		WHERE o.election_id = $1 AND o.id <> $2 AND b.batch_id = $2
			AND NOT EXISTS (SELECT 1 FROM reopened_places r WHERE r.place = coalesce(o.station_id, -o.constituency_id)))`, electionID, batchID).Scan(&held)
	if err != nil {
		return false, fmt.Errorf("ballots: find ballots that other places claim: %w", err)
	}
	return held, nil
}

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
