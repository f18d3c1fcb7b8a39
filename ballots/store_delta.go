package ballots

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"urna/internal/database"
)

// Outcome says what became of lines: how many more, or fewer, are valid, invalid and duplicates.
type Outcome struct {
	Valid      int64
	Invalid    int64
	Duplicates int64
}

// ledgerDelta collects what a transaction changes in the tallies and sums of batches, so that ledger and
// tallies move together.
type ledgerDelta struct {
	tx         *database.Tx
	batches    map[int64]*batchDelta
	statements map[string]*sql.Stmt // prepared; the transaction's end closes them
}

// batchDelta is one batch's part of a ledgerDelta.
type batchDelta struct {
	Outcome

	slate Slate
	votes map[int32]int64 // valid ballots by poll number
}

func newLedgerDelta(tx *database.Tx) *ledgerDelta {
	return &ledgerDelta{tx: tx, batches: map[int64]*batchDelta{}, statements: map[string]*sql.Stmt{}}
}

// errNoRow is returned if a tally or total that is to be lowered has no row.
var errNoRow = errors.New("ballots: a tally or total that is to be lowered is missing")

// execute runs a statement that a ledgerDelta runs many times.
func (d *ledgerDelta) execute(ctx context.Context, query string, args ...any) error {
	_, err := d.run(ctx, query, args...)
	return err
}

func (d *ledgerDelta) run(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement := d.statements[query]
	if statement == nil {
		var err error
		if statement, err = d.tx.SQL().PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		d.statements[query] = statement
	}
	return statement.ExecContext(ctx, args...)
}

// executeOne is execute for a statement that changes one row.
func (d *ledgerDelta) executeOne(ctx context.Context, query string, args ...any) error {
	result, err := d.run(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errNoRow, err)
	}
	return nil
}

// forBatch returns a batch's delta, and begins one if there is none.
func (d *ledgerDelta) forBatch(batchID int64, e Slate) *batchDelta {
	b := d.batches[batchID]
	if b == nil {
		b = &batchDelta{slate: e, votes: map[int32]int64{}}
		d.batches[batchID] = b
	}
	return b
}

// findBatch returns another batch's delta, reading where it belongs.
func (d *ledgerDelta) findBatch(ctx context.Context, batchID int64) (*batchDelta, error) {
	if b := d.batches[batchID]; b != nil {
		return b, nil
	}
	var e Slate
	err := d.tx.SQL().QueryRowContext(ctx, `SELECT a.election_id, a.constituency_id, coalesce(a.station_id, 0), e.blank_ballots,
			(SELECT count(*) FROM candidacies k WHERE k.constituency_id = a.constituency_id)
		FROM batches a JOIN elections e ON e.id = a.election_id WHERE a.id = $1`, batchID).
		Scan(&e.ElectionID, &e.ConstituencyID, &e.StationID, &e.BlankBallots, &e.Candidacies)
	if err != nil {
		return nil, fmt.Errorf("ballots: read batch %d: %w", batchID, err)
	}
	return d.forBatch(batchID, e), nil
}

// count adds n ballots (or, below zero, takes them away) that a line holds.
func (b *batchDelta) count(l Line, n int64) {
	if b.slate.Knows(l.PollNumber) {
		b.votes[l.PollNumber] += n
		b.Valid += n
		return
	}
	b.Invalid += n
}

// The statements that move a GUID from one line to another.
const (
	setHolder = `UPDATE ballots SET batch_id = $1, claim = $2 WHERE election_id = $3 AND guid = $4`

	// setDuplicate records a line that lost its GUID; an invalid ballot has a row already.
	setDuplicate = `INSERT INTO invalid_lines (batch_id, line, guid, poll_number, reason) VALUES ($1, $2, $3, $4, 'duplicate-ballot')
		ON CONFLICT (batch_id, line) DO UPDATE SET reason = excluded.reason`

	dropInvalidLine = `DELETE FROM invalid_lines WHERE batch_id = $1 AND line = $2`

	setUnknown = `UPDATE invalid_lines SET reason = 'unknown-poll-number' WHERE batch_id = $1 AND line = $2`
)

// reassign gives GUIDs that later batches hold to the chunk's lines; the later lines become duplicates.
func (d *ledgerDelta) reassign(ctx context.Context, batchID int64, c *Chunk, won []rival) error {
	for _, r := range won {
		b, err := d.findBatch(ctx, r.batchID)
		if err != nil {
			return err
		}
		b.count(r.Line, -1)
		b.Duplicates++
		if err := d.execute(ctx, setHolder, batchID, c.find(r.GUID).claim(), c.slate.ElectionID, r.GUID[:]); err != nil {
			return fmt.Errorf("ballots: reassign GUID: %w", err)
		}
		if err := d.execute(ctx, setDuplicate, r.batchID, r.Number, r.GUID[:], r.PollNumber); err != nil {
			return fmt.Errorf("ballots: reassign GUID: %w", err)
		}
	}
	return nil
}

// promote gives a GUID to the line that is its next claim.
func (d *ledgerDelta) promote(ctx context.Context, electionID int64, heir rival) error {
	b, err := d.findBatch(ctx, heir.batchID)
	if err != nil {
		return err
	}
	b.Duplicates--
	b.count(heir.Line, 1)
	if err := d.execute(ctx, setHolder, heir.batchID, heir.claim(), electionID, heir.GUID[:]); err != nil {
		return fmt.Errorf("ballots: promote claim: %w", err)
	}
	statement := setUnknown
	if b.slate.Knows(heir.PollNumber) {
		statement = dropInvalidLine
	}
	if err := d.execute(ctx, statement, heir.batchID, heir.Number); err != nil {
		return fmt.Errorf("ballots: promote claim: %w", err)
	}
	return nil
}

// The statements that keep tallies and totals. No table has a row of zeros: a row that loses its last votes is deleted,
// so that each row that there is can be proved from the ledger.
const (
	addToBatchTally = `INSERT INTO batch_tallies (batch_id, poll_number, votes) VALUES ($1, $2, $3)
		ON CONFLICT (batch_id, poll_number) DO UPDATE SET votes = batch_tallies.votes + excluded.votes`
	lowerBatchTally  = `UPDATE batch_tallies SET votes = votes - $1 WHERE batch_id = $2 AND poll_number = $3`
	dropBatchTallies = `DELETE FROM batch_tallies WHERE batch_id = $1 AND votes = 0`

	addToTally = `INSERT INTO constituency_tallies (constituency_id, poll_number, votes) VALUES ($1, $2, $3)
		ON CONFLICT (constituency_id, poll_number) DO UPDATE SET votes = constituency_tallies.votes + excluded.votes`
	lowerTally  = `UPDATE constituency_tallies SET votes = votes - $1 WHERE constituency_id = $2 AND poll_number = $3`
	dropTallies = `DELETE FROM constituency_tallies WHERE constituency_id = $1 AND votes = 0`

	addToTotals = `INSERT INTO constituency_totals (constituency_id, invalid, duplicates) VALUES ($1, $2, $3)
		ON CONFLICT (constituency_id) DO UPDATE SET invalid = constituency_totals.invalid + excluded.invalid,
			duplicates = constituency_totals.duplicates + excluded.duplicates`
	changeTotals = `UPDATE constituency_totals SET invalid = invalid + $1, duplicates = duplicates + $2 WHERE constituency_id = $3`
	dropTotals   = `DELETE FROM constituency_totals WHERE constituency_id = $1 AND invalid = 0 AND duplicates = 0`

	addToStationTally = `INSERT INTO station_tallies (station_id, poll_number, votes) VALUES ($1, $2, $3)
		ON CONFLICT (station_id, poll_number) DO UPDATE SET votes = station_tallies.votes + excluded.votes`
	lowerStationTally  = `UPDATE station_tallies SET votes = votes - $1 WHERE station_id = $2 AND poll_number = $3`
	dropStationTallies = `DELETE FROM station_tallies WHERE station_id = $1 AND votes = 0`

	addToStationTotals = `INSERT INTO station_totals (station_id, invalid, duplicates) VALUES ($1, $2, $3)
		ON CONFLICT (station_id) DO UPDATE SET invalid = station_totals.invalid + excluded.invalid,
			duplicates = station_totals.duplicates + excluded.duplicates`
	changeStationTotals = `UPDATE station_totals SET invalid = invalid + $1, duplicates = duplicates + $2 WHERE station_id = $3`
	dropStationTotals   = `DELETE FROM station_totals WHERE station_id = $1 AND invalid = 0 AND duplicates = 0`
)

// tallyStatements are those of one table of tallies, or of totals.
type tallyStatements struct{ add, lower, drop string }

//nolint:gochecknoglobals // constants
var (
	batchTallies        = tallyStatements{addToBatchTally, lowerBatchTally, dropBatchTallies}
	constituencyTallies = tallyStatements{addToTally, lowerTally, dropTallies}
	constituencyTotals  = tallyStatements{addToTotals, changeTotals, dropTotals}
	stationTallies      = tallyStatements{addToStationTally, lowerStationTally, dropStationTallies}
	stationTotals       = tallyStatements{addToStationTotals, changeStationTotals, dropStationTotals}
)

// outcomes returns what each batch gains, by id.
func (d *ledgerDelta) outcomes() map[int64]Outcome {
	all := make(map[int64]Outcome, len(d.batches))
	for batchID, b := range d.batches {
		all[batchID] = b.Outcome
	}
	return all
}

// apply writes the delta into the tallies.
func (d *ledgerDelta) apply(ctx context.Context) error {
	constituencies, stations := map[int64]*batchDelta{}, map[int64]*batchDelta{}
	for batchID, b := range d.batches {
		b.addTo(constituencies, b.slate.ConstituencyID)
		if b.slate.StationID != 0 {
			b.addTo(stations, b.slate.StationID)
		}
		if err := d.tally(ctx, batchTallies, batchID, b.votes); err != nil {
			return fmt.Errorf("ballots: tallies: %w", err)
		}
	}
	if err := d.applyTo(ctx, constituencyTallies, constituencyTotals, constituencies); err != nil {
		return err
	}
	return d.applyTo(ctx, stationTallies, stationTotals, stations)
}

// addTo adds the delta to that of the place to which the batch belongs.
func (b *batchDelta) addTo(places map[int64]*batchDelta, id int64) {
	all := places[id]
	if all == nil {
		all = &batchDelta{votes: map[int32]int64{}}
		places[id] = all
	}
	all.Invalid, all.Duplicates = all.Invalid+b.Invalid, all.Duplicates+b.Duplicates
	for pollNumber, n := range b.votes {
		all.votes[pollNumber] += n
	}
}

// applyTo writes the deltas of places into their tallies and totals.
func (d *ledgerDelta) applyTo(ctx context.Context, tallies, totals tallyStatements, places map[int64]*batchDelta) error {
	for id, all := range places {
		if err := d.tally(ctx, tallies, id, all.votes); err != nil {
			return fmt.Errorf("ballots: tallies: %w", err)
		}
		if err := d.total(ctx, totals, id, all.Invalid, all.Duplicates); err != nil {
			return fmt.Errorf("ballots: totals: %w", err)
		}
	}
	return nil
}

// tally adds votes to those of a batch, a constituency or a station.
func (d *ledgerDelta) tally(ctx context.Context, s tallyStatements, id int64, votes map[int32]int64) error {
	lowered := false
	for pollNumber, n := range votes {
		var err error
		switch {
		case n > 0:
			err = d.execute(ctx, s.add, id, pollNumber, n)
		case n < 0:
			lowered = true
			err = d.executeOne(ctx, s.lower, -n, id, pollNumber)
		}
		if err != nil {
			return err
		}
	}
	if !lowered {
		return nil
	}
	return d.execute(ctx, s.drop, id)
}

// total adds to the totals of a constituency or a station.
func (d *ledgerDelta) total(ctx context.Context, s tallyStatements, id, invalid, duplicates int64) error {
	switch {
	case invalid == 0 && duplicates == 0:
		return nil
	case invalid >= 0 && duplicates >= 0:
		return d.execute(ctx, s.add, id, invalid, duplicates)
	}
	if err := d.executeOne(ctx, s.lower, invalid, duplicates, id); err != nil {
		return err
	}
	return d.execute(ctx, s.drop, id)
}
