package ballots

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// ErrStationHasProtocol is returned for ballots of a polling station that has a protocol.
var ErrStationHasProtocol = problem.New(problem.Conflict, "station-has-protocol", messages.RefusalStationHasProtocol())

// ProtocolSum is what the protocol of a polling station adds to the tallies.
type ProtocolSum struct {
	ElectionID     int64
	ConstituencyID int64
	StationID      int64
	Votes          map[int]int64 // by poll number; 0 is blank, if the election's rules know blank ballots
	Invalid        int64
}

// Ballots returns the ballots of the protocol.
func (p *ProtocolSum) Ballots() int64 {
	n := p.Invalid
	for _, votes := range p.Votes {
		n += votes
	}
	return n
}

// CountProtocols adds protocols to the tallies of their stations and constituencies, within the one writer's transaction;
// UncountProtocols takes protocols out that were counted.
func CountProtocols(ctx context.Context, tx *database.Tx, protocols ...ProtocolSum) error {
	return moveProtocols(ctx, tx, protocols, 1)
}

// UncountProtocols is the reverse of CountProtocols.
func UncountProtocols(ctx context.Context, tx *database.Tx, protocols ...ProtocolSum) error {
	return moveProtocols(ctx, tx, protocols, -1)
}

func moveProtocols(ctx context.Context, tx *database.Tx, protocols []ProtocolSum, sign int64) error {
	constituencies, stations := map[int64]*batchDelta{}, map[int64]*batchDelta{}
	for _, p := range protocols {
		one := &batchDelta{Outcome: Outcome{Invalid: sign * p.Invalid}, votes: map[int32]int64{}}
		for pollNumber, votes := range p.Votes {
			one.votes[int32(pollNumber)] += sign * votes
		}
		one.addTo(constituencies, p.ConstituencyID)
		one.addTo(stations, p.StationID)
	}
	if sign > 0 {
		if err := addToPlaces(ctx, tx, addToTallies, addToAllTotals, constituencies); err != nil {
			return err
		}
		return addToPlaces(ctx, tx, addToStationTallies, addToAllStationTotals, stations)
	}
	d := newLedgerDelta(tx)
	if err := d.applyTo(ctx, constituencyTallies, constituencyTotals, constituencies); err != nil {
		return err
	}
	return d.applyTo(ctx, stationTallies, stationTotals, stations)
}

// placeRecords are numbers to add to those of places: votes for a poll number, or invalid ballots.
//
//nolint:gochecknoglobals // a constant
var placeRecords = database.NewLayout(database.Digits("place", 19), database.Digits("poll_number", 10), database.Digits("n", 19))

// The statements that add to many places at once.
const (
	addToTallies = `INSERT INTO constituency_tallies (constituency_id, poll_number, votes) SELECT r.place, r.poll_number, r.n FROM r WHERE true
		ON CONFLICT (constituency_id, poll_number) DO UPDATE SET votes = constituency_tallies.votes + excluded.votes`
	addToAllTotals = `INSERT INTO constituency_totals (constituency_id, invalid, duplicates) SELECT r.place, r.n, 0 FROM r WHERE true
		ON CONFLICT (constituency_id) DO UPDATE SET invalid = constituency_totals.invalid + excluded.invalid`
	addToStationTallies = `INSERT INTO station_tallies (station_id, poll_number, votes) SELECT r.place, r.poll_number, r.n FROM r WHERE true
		ON CONFLICT (station_id, poll_number) DO UPDATE SET votes = station_tallies.votes + excluded.votes`
	addToAllStationTotals = `INSERT INTO station_totals (station_id, invalid, duplicates) SELECT r.place, r.n, 0 FROM r WHERE true
		ON CONFLICT (station_id) DO UPDATE SET invalid = station_totals.invalid + excluded.invalid`
)

// addToPlaces adds votes and invalid ballots to those of places. No row of zeros is made.
func addToPlaces(ctx context.Context, tx *database.Tx, tallies, totals string, places map[int64]*batchDelta) error {
	var votes, invalid []byte
	for _, id := range slices.Sorted(maps.Keys(places)) {
		all := places[id]
		for _, pollNumber := range slices.Sorted(maps.Keys(all.votes)) {
			if n := all.votes[pollNumber]; n > 0 {
				votes = fmt.Appendf(votes, "%019d%010d%019d", id, pollNumber, n)
			}
		}
		if all.Invalid > 0 {
			invalid = fmt.Appendf(invalid, "%019d%010d%019d", id, 0, all.Invalid)
		}
	}
	for statement, packed := range map[string][]byte{tallies: votes, totals: invalid} {
		for some := range slices.Chunk(packed, placeRecords.Width*database.MaxRows) {
			records, err := tx.Rows(ctx, placeRecords, some)
			if err == nil {
				_, err = records.Exec(ctx, statement)
			}
			if err != nil {
				return fmt.Errorf("ballots: add protocols to tallies: %w", err)
			}
		}
	}
	return nil
}

// makeRecountProtocols makes the table of what protocols add to the tallies. The poll number -1 has the invalid ballots.
const makeRecountProtocols = `CREATE TEMP TABLE recount_protocols
	(station_id INTEGER NOT NULL, constituency_id INTEGER NOT NULL, poll_number INTEGER NOT NULL, votes INTEGER NOT NULL)`

// recountProtocols fills the table.
func recountProtocols(ctx context.Context, tx *database.Tx, protocols []ProtocolSum) error {
	if len(protocols) == 0 {
		return nil
	}
	insert, err := tx.SQL().PrepareContext(ctx, `INSERT INTO recount_protocols (station_id, constituency_id, poll_number, votes) VALUES ($1, $2, $3, $4)`)
	if err != nil {
		return fmt.Errorf("ballots: recount protocols: %w", err)
	}
	defer func() { _ = insert.Close() }()
	for _, p := range protocols {
		votes := maps.Clone(p.Votes)
		votes[-1] = p.Invalid
		for pollNumber, n := range votes {
			if n == 0 {
				continue
			}
			if _, err := insert.ExecContext(ctx, p.StationID, p.ConstituencyID, pollNumber, n); err != nil {
				return fmt.Errorf("ballots: recount protocols: %w", err)
			}
		}
	}
	return nil
}

// StationHasBatchesSQL is whether the polling station s, a row of stations, has a batch that is not retracted, as an
// expression of a query.
const StationHasBatchesSQL = `EXISTS (SELECT 1 FROM batches sb WHERE sb.station_id = s.id
	AND (sb.state NOT IN ('retracted', 'retracting') OR sb.late_state = 'waiting'))`

// StationHasBatches reports whether a polling station has a batch that is not retracted.
func StationHasBatches(tx *database.Tx, stationID int64) (bool, error) {
	return finds(tx.Gorm().Table("stations s").Where("s.id = ? AND "+StationHasBatchesSQL, stationID))
}

// StationsWithBatches returns those of the polling stations that StationHasBatches reports.
func StationsWithBatches(ctx context.Context, tx *database.Tx, stationIDs []int64) (map[int64]bool, error) {
	with := map[int64]bool{}
	for some := range slices.Chunk(stationIDs, stationsAtOnce) {
		in, ids := database.In(some)
		rows, err := tx.SQL().QueryContext(ctx, `SELECT s.id FROM stations s WHERE s.id `+in+` AND `+StationHasBatchesSQL, ids...)
		if err == nil {
			err = addIDs(rows, with)
		}
		if err != nil {
			return nil, fmt.Errorf("ballots: find stations with batches: %w", err)
		}
	}
	return with, nil
}

// stationsAtOnce bounds the ids of one statement.
const stationsAtOnce = 400

// addIDs reads ids into a set.
func addIDs(rows *sql.Rows, set map[int64]bool) error {
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		set[id] = true
	}
	return rows.Err()
}

// StationHasProtocol reports whether a polling station has a protocol of which something was entered and which is not
// retracted or reopened.
func StationHasProtocol(tx *database.Tx, stationID int64) (bool, error) {
	return finds(tx.Gorm().Table("protocols").Where("station_id = ? AND state NOT IN ('retracted', 'reopened')", stationID))
}

// finds reports whether a query has a row.
func finds(query *gorm.DB) (bool, error) {
	var ids []int64
	if err := query.Limit(1).Pluck("id", &ids).Error; err != nil {
		return false, fmt.Errorf("ballots: what a station has: %w", err)
	}
	return len(ids) > 0, nil
}
