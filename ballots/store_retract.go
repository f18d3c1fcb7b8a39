package ballots

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// The statements of a retraction take a chunk as packed records, as those of Append do.
const (
	selectOwn = `SELECT b.guid, b.batch_id, b.claim FROM r CROSS JOIN ballots b
		WHERE b.election_id = r.position * 0 + $1 AND b.guid = r.guid AND b.batch_id = $2`

	// selectHeirs finds, of every GUID of the chunk that the batch holds, all other lines that claim it.
	selectHeirs = `SELECT l.guid, l.batch_id, l.line * 100000 + l.poll_number
		FROM r CROSS JOIN invalid_lines l JOIN batches a ON a.id = l.batch_id JOIN ballots b ON b.election_id = r.position * 0 + $1 AND b.guid = l.guid
		WHERE l.guid = r.guid AND a.election_id = $1 AND l.batch_id <> $2 AND l.reason = 'duplicate-ballot' AND b.batch_id = $2
		ORDER BY l.guid, l.batch_id, l.line`

	// countDuplicates takes the numbers of the chunk's lines.
	countDuplicates = `SELECT count(*) FROM r CROSS JOIN invalid_lines l
		WHERE l.batch_id = r.position * 0 + $1 AND l.line = r.line AND l.reason = 'duplicate-ballot'`
)

// deleteOwn deletes the ballots of a batch among the records.
func deleteOwn(tx *database.Tx) string {
	return `DELETE FROM ballots WHERE batch_id = $1 AND ` + tx.Dialect().KeyOfRecords("election_id", "$2", "guid")
}

// deleteInvalidLines deletes the lines of a batch that the records number.
func deleteInvalidLines(tx *database.Tx) string {
	return `DELETE FROM invalid_lines WHERE ` + tx.Dialect().KeyOfRecords("batch_id", "$1", "line")
}

// lineRecords is the layout of packed line numbers.
//
//nolint:gochecknoglobals // a constant
var lineRecords = database.NewLayout(database.Digits("line", lineDigits))

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
// the batch held goes to its next claim, in the order of batches and then of lines; those without
// another claim are free. The result is what each batch gains, by id: the batch itself, below zero, and those that inherit.
// The caller adds it to the sums of their rows in the same transaction.
func Retract(ctx context.Context, tx *database.Tx, batchID int64, c *Chunk) (map[int64]Outcome, error) {
	d := newLedgerDelta(tx)
	own := d.forBatch(batchID, c.slate)
	records, err := tx.Rows(ctx, ballotRecords, c.records)
	if err != nil {
		return nil, fmt.Errorf("ballots: retract: %w", err)
	}
	held, err := queryRivals(ctx, records, selectOwn, c.slate.ElectionID, batchID)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		own.count(h.Line, -1)
	}
	heirs, err := queryRivals(ctx, records, selectHeirs, c.slate.ElectionID, batchID)
	if err != nil {
		return nil, err
	}
	for i, heir := range heirs {
		if i > 0 && heirs[i-1].GUID == heir.GUID {
			continue // a later claim
		}
		if err := d.promote(ctx, c.slate.ElectionID, heir); err != nil {
			return nil, err
		}
	}
	if _, err := records.Exec(ctx, deleteOwn(tx), batchID, c.slate.ElectionID); err != nil {
		return nil, fmt.Errorf("ballots: retract: %w", err)
	}
	var duplicates int64
	lines, err := tx.Rows(ctx, lineRecords, c.packLines())
	if err == nil {
		err = lines.QueryRow(ctx, countDuplicates, batchID).Scan(&duplicates)
	}
	if err == nil {
		_, err = lines.Exec(ctx, deleteInvalidLines(tx), batchID)
	}
	if err != nil {
		return nil, fmt.Errorf("ballots: retract: %w", err)
	}
	own.Duplicates -= duplicates
	return d.outcomes(), d.apply(ctx)
}
