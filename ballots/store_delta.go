package ballots

import (
	"context"
	"database/sql"
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

// execute runs a statement that a ledgerDelta runs many times.
func (d *ledgerDelta) execute(ctx context.Context, query string, args ...any) error {
	statement := d.statements[query]
	if statement == nil {
		var err error
		if statement, err = d.tx.SQL().PrepareContext(ctx, query); err != nil {
			return err
		}
		d.statements[query] = statement
	}
	_, err := statement.ExecContext(ctx, args...)
	return err
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
	err := d.tx.SQL().QueryRowContext(ctx, `SELECT a.election_id, a.constituency_id, e.blank_ballots,
			(SELECT count(*) FROM candidacies k WHERE k.constituency_id = a.constituency_id)
		FROM batches a JOIN elections e ON e.id = a.election_id WHERE a.id = $1`, batchID).
		Scan(&e.ElectionID, &e.ConstituencyID, &e.BlankBallots, &e.Candidacies)
	if err != nil {
		return nil, fmt.Errorf("ballots: read batch %d: %w", batchID, err)
	}
	return d.forBatch(batchID, e), nil
}

// count adds n ballots (or, below zero, takes them away) that a line holds.
func (b *batchDelta) count(l Line, n int64) {
	if b.slate.knows(l.PollNumber) {
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
	if b.slate.knows(heir.PollNumber) {
		statement = dropInvalidLine
	}
	if err := d.execute(ctx, statement, heir.batchID, heir.Number); err != nil {
		return fmt.Errorf("ballots: promote claim: %w", err)
	}
	return nil
}

// The statements that add to tallies and totals. Each number comes twice: for a new row, which refuses one below
// zero, and as an existing row gains or loses it.
const (
	addToBatchTally = `INSERT INTO batch_tallies (batch_id, poll_number, votes) VALUES ($1, $2, $3)
		ON CONFLICT (batch_id, poll_number) DO UPDATE SET votes = batch_tallies.votes + $4`

	addToTally = `INSERT INTO constituency_tallies (constituency_id, poll_number, votes) VALUES ($1, $2, $3)
		ON CONFLICT (constituency_id, poll_number) DO UPDATE SET votes = constituency_tallies.votes + $4`

	addToTotals = `INSERT INTO constituency_totals (constituency_id, invalid, duplicates) VALUES ($1, $2, $3)
		ON CONFLICT (constituency_id) DO UPDATE SET invalid = constituency_totals.invalid + $4, duplicates = constituency_totals.duplicates + $5`
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
	constituencies := map[int64]*batchDelta{}
	for batchID, b := range d.batches {
		all := constituencies[b.slate.ConstituencyID]
		if all == nil {
			all = &batchDelta{votes: map[int32]int64{}}
			constituencies[b.slate.ConstituencyID] = all
		}
		all.Invalid, all.Duplicates = all.Invalid+b.Invalid, all.Duplicates+b.Duplicates
		for pollNumber, n := range b.votes {
			all.votes[pollNumber] += n
		}
		if err := d.tally(ctx, addToBatchTally, batchID, b.votes); err != nil {
			return err
		}
	}
	for id, all := range constituencies {
		if err := d.tally(ctx, addToTally, id, all.votes); err != nil {
			return err
		}
		if err := d.execute(ctx, addToTotals, id, max(all.Invalid, 0), max(all.Duplicates, 0), all.Invalid, all.Duplicates); err != nil {
			return fmt.Errorf("ballots: totals: %w", err)
		}
	}
	return nil
}

// tally adds votes to those of a batch or a constituency.
func (d *ledgerDelta) tally(ctx context.Context, statement string, id int64, votes map[int32]int64) error {
	for pollNumber, n := range votes {
		if n == 0 {
			continue
		}
		if err := d.execute(ctx, statement, id, pollNumber, max(n, 0), n); err != nil {
			return fmt.Errorf("ballots: tallies: %w", err)
		}
	}
	return nil
}
