package ballots

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"urna/internal/database"
)

// The layouts of packed records: a chunk's ballots, those of several batches, and lines that do not count.
//
//nolint:gochecknoglobals // constants
var (
	ballotRecords = database.NewLayout(database.Bytes("guid", 16), database.Digits("claim", claimDigits))

	bundleRecords = database.NewLayout(database.Bytes("guid", 16), database.Digits("claim", claimDigits), database.Digits("batch_id", batchDigits))

	// invalidRecords have a 1 for a duplicate, 0 for an unknown poll number.
	invalidRecords = database.NewLayout(database.Digits("line", 15), database.Bytes("guid", 16), database.Digits("poll_number", 5),
		database.Digits("duplicate", 1))
)

// The statements of the hot path. Each takes a whole chunk as packed records.
//
// r.position * 0 + $1 is $1, of a record: so a row can be looked up by its whole key alone, for one record after the other. With $1 by
// itself PostgreSQL, whose statistics do not know an election or a batch that is new, reads all rows of it for each record.
const (
	// selectRivals finds the chunk's GUIDs that another line holds.
	selectRivals = `SELECT b.guid, b.batch_id, b.claim FROM r CROSS JOIN ballots b
		WHERE b.election_id = r.position * 0 + $1 AND b.guid = r.guid AND (b.batch_id <> $2 OR b.claim <> r.claim)`

	// selectBundleRivals is the same for the records of several batches.
	selectBundleRivals = `SELECT r.batch_id, b.guid, b.batch_id, b.claim FROM r CROSS JOIN ballots b
		WHERE b.election_id = r.position * 0 + $1 AND b.guid = r.guid AND (b.batch_id <> r.batch_id OR b.claim <> r.claim)`

	insertInvalidLines = `INSERT INTO invalid_lines (batch_id, line, guid, poll_number, reason)
		SELECT $1, r.line, r.guid, r.poll_number, CASE r.duplicate WHEN 1 THEN 'duplicate-ballot' ELSE 'unknown-poll-number' END FROM r`
)

// intoLedger inserts records with GUIDs that no line of the election holds. Records of one batch lack its id.
func intoLedger(electionID int64, beside ...database.Constant) database.Insertion {
	return database.Insertion{Table: "ballots", Within: database.Constant{Column: "election_id", Value: electionID}, Key: "guid", Beside: beside}
}

// Append puts a bundle into the ledger, within the one writer's transaction: its ballots, its lines that do not
// count, and the tallies of the batches and their constituencies. Of all the lines that claim a GUID and
// stand, the first holds it in the order of batches and then of lines: a batch that is restored takes its
// GUIDs back from later ones. Bundles of a batch come in the order of its lines. The result is what
// each batch gains, by id: the sources of the bundle, and batches that lose GUIDs to them. The caller adds it to the
// sums of their rows in the same transaction.
func Append(ctx context.Context, tx *database.Tx, b *Bundle) (map[int64]Outcome, error) {
	rivals, err := b.claim(ctx, tx)
	if err != nil {
		return nil, err
	}
	d := newLedgerDelta(tx)
	for place, c := range b.chunks {
		if c == nil {
			continue
		}
		batchID := b.sources[place].BatchID
		d.forBatch(batchID, c.slate)
		if err := d.put(ctx, batchID, c, rivals[batchID]); err != nil {
			return nil, err
		}
	}
	return d.outcomes(), d.apply(ctx)
}

// put counts a chunk whose ballots were inserted, but for those that rivals held.
func (d *ledgerDelta) put(ctx context.Context, batchID int64, c *Chunk, rivals []rival) error {
	var won, lost []rival
	for _, r := range rivals {
		if r.batchID > batchID {
			won = append(won, r)
		} else {
			lost = append(lost, r)
		}
	}
	if err := d.reassign(ctx, batchID, c, won); err != nil {
		return err
	}
	votes, invalid, duplicates := c.settle(lost)
	if err := storeInvalidLines(ctx, d.tx, batchID, slices.Concat(invalid, duplicates)); err != nil {
		return err
	}
	own := d.forBatch(batchID, c.slate)
	for pollNumber, n := range votes {
		own.votes[int32(pollNumber)] += n
		own.Valid += n
	}
	own.Invalid += int64(len(invalid))
	own.Duplicates += int64(len(duplicates))
	return nil
}

// claim inserts the bundle's ballots and returns, by batch, who holds those that were held already.
func (b *Bundle) claim(ctx context.Context, tx *database.Tx) (map[int64][]rival, error) {
	if len(b.sources) == 1 {
		rivals, err := claim(ctx, tx, b.sources[0].BatchID, b.chunks[0])
		return map[int64][]rival{b.sources[0].BatchID: rivals}, err
	}
	electionID := b.sources[0].Slate.ElectionID
	records, err := tx.Rows(ctx, bundleRecords, b.records)
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	stored, rest, err := records.InsertAbsent(ctx, intoLedger(electionID))
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	missing := int64(len(b.records)/bundled) - stored
	if missing == 0 {
		return nil, nil //nolint:nilnil // no rivals
	}
	rows, err := rest.Query(ctx, selectBundleRivals, electionID)
	if err != nil {
		return nil, fmt.Errorf("ballots: find claims: %w", err)
	}
	defer rows.Close()
	rivals := map[int64][]rival{}
	for ; rows.Next(); missing-- {
		var claimant, holder, claim int64
		var guid sql.RawBytes
		if err := rows.Scan(&claimant, &guid, &holder, &claim); err != nil {
			return nil, fmt.Errorf("ballots: find claims: %w", err)
		}
		rivals[claimant] = append(rivals[claimant], rival{Line: claimed(GUID(guid), claim), batchID: holder})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: find claims: %w", err)
	}
	if missing != 0 {
		return nil, fmt.Errorf("ballots: the ballots that were not stored are %d more than those held by others", missing)
	}
	return rivals, nil
}

// rival is a line that holds a GUID which a line of the chunk claims too.
type rival struct {
	Line

	batchID int64
}

// claim inserts the chunk's ballots and returns who holds those that were held already.
func claim(ctx context.Context, tx *database.Tx, batchID int64, c *Chunk) ([]rival, error) {
	records, err := tx.Rows(ctx, ballotRecords, c.records)
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	stored, rest, err := records.InsertAbsent(ctx, intoLedger(c.slate.ElectionID, database.Constant{Column: "batch_id", Value: batchID}))
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	missing := int64(c.ballots) - stored
	if missing == 0 {
		return nil, nil
	}
	rivals, err := queryRivals(ctx, rest, selectRivals, c.slate.ElectionID, batchID)
	if err == nil && int64(len(rivals)) != missing {
		err = fmt.Errorf("ballots: %d ballots were not stored, but %d are held by others", missing, len(rivals))
	}
	return rivals, err
}

// queryRivals runs a query of GUIDs with their batches and claims.
func queryRivals(ctx context.Context, records *database.Rows, query string, args ...any) ([]rival, error) {
	rows, err := records.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("ballots: find claims: %w", err)
	}
	defer rows.Close()
	var found []rival
	var guid sql.RawBytes
	for rows.Next() {
		var r rival
		var claim int64
		if err := rows.Scan(&guid, &r.batchID, &claim); err != nil {
			return nil, fmt.Errorf("ballots: find claims: %w", err)
		}
		r.Line = claimed(GUID(guid), claim)
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: find claims: %w", err)
	}
	return found, nil
}
