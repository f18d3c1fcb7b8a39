package ballots

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// The statements of a retraction take a chunk as one packed parameter, as those of Append do.
//
//nolint:gochecknoglobals // constants, put together by a function
var (
	selectOwn = fmt.Sprintf(unpack, recordSize) + `
		SELECT guid, batch_id, claim FROM r CROSS JOIN ballots ON election_id = ?3 AND guid = substr(?1, i, 16) WHERE batch_id = ?4`

	// selectHeirs finds, of every GUID of the chunk that the batch holds, all other lines that claim it.
	selectHeirs = fmt.Sprintf(unpack, recordSize) + `
		SELECT l.guid, l.batch_id, l.line * 100000 + l.poll_number
		FROM r CROSS JOIN invalid_lines l ON l.guid = substr(?1, i, 16)
		JOIN batches a ON a.id = l.batch_id
		JOIN ballots b ON b.election_id = ?3 AND b.guid = l.guid
		WHERE a.election_id = ?3 AND l.batch_id <> ?4 AND l.reason = 'duplicate-ballot' AND b.batch_id = ?4
		ORDER BY l.guid, l.batch_id, l.line`

	deleteOwn = fmt.Sprintf(unpack, recordSize) + `
		DELETE FROM ballots WHERE election_id = ?3 AND batch_id = ?4 AND guid IN (SELECT substr(?1, i, 16) FROM r)`

	// The last two take the numbers of the chunk's lines, in digits.
	countDuplicates = fmt.Sprintf(unpack, lineDigits) + `
		SELECT count(*) FROM r CROSS JOIN invalid_lines l ON l.batch_id = ?3 AND l.line = CAST(substr(?1, i, 10) AS INTEGER)
		WHERE l.reason = 'duplicate-ballot'`

	deleteInvalidLines = fmt.Sprintf(unpack, lineDigits) + `
		DELETE FROM invalid_lines WHERE batch_id = ?3 AND line IN (SELECT CAST(substr(?1, i, 10) AS INTEGER) FROM r)`
)

// lineDigits is the length of a packed line number.
const lineDigits = 10

// packLines returns the numbers of all lines of the chunk, in digits.
func (c *Chunk) packLines() []byte {
	packed := make([]byte, 0, lineDigits*c.lines)
	for i := 16; i < len(c.records); i += recordSize {
		packed = append(packed, c.records[i:i+lineDigits]...)
	}
	for _, l := range c.duplicates {
		packed = fmt.Appendf(packed, "%010d", l.Number)
	}
	return packed
}

// Retract takes a chunk of a batch out of the ledger, within the one writer's transaction. Each GUID that
// the batch held goes to its next claim, in the order of batches and then of lines; those that nobody
// else claims are free. The outcome is what the batch loses, below zero.
func Retract(ctx context.Context, tx *database.Tx, batchID int64, c *Chunk) (Outcome, error) {
	d := newLedgerDelta(tx)
	own := d.forBatch(batchID, c.slate)
	args := []any{c.records, len(c.records), c.slate.ElectionID, batchID}
	held, err := queryRivals(ctx, tx.SQL(), selectOwn, args...)
	if err != nil {
		return Outcome{}, err
	}
	for _, h := range held {
		own.count(h.Line, -1)
	}
	heirs, err := queryRivals(ctx, tx.SQL(), selectHeirs, args...)
	if err != nil {
		return Outcome{}, err
	}
	for i, heir := range heirs {
		if i > 0 && heirs[i-1].GUID == heir.GUID {
			continue // a later claim
		}
		if err := d.promote(ctx, c.slate.ElectionID, heir); err != nil {
			return Outcome{}, err
		}
	}
	if _, err := tx.SQL().ExecContext(ctx, deleteOwn, args...); err != nil {
		return Outcome{}, fmt.Errorf("ballots: retract: %w", err)
	}
	var duplicates int64
	packed := c.packLines()
	lines := []any{packed, len(packed), batchID}
	if err := tx.SQL().QueryRowContext(ctx, countDuplicates, lines...).Scan(&duplicates); err != nil {
		return Outcome{}, fmt.Errorf("ballots: retract: %w", err)
	}
	if _, err := tx.SQL().ExecContext(ctx, deleteInvalidLines, lines...); err != nil {
		return Outcome{}, fmt.Errorf("ballots: retract: %w", err)
	}
	own.Duplicates -= duplicates
	return own.Outcome, d.apply(ctx, map[int64]bool{batchID: true})
}
