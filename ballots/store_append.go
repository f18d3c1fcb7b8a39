package ballots

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"urna/internal/database"
)

// unpack cuts a packed parameter (?1, ?2 bytes long) into records at the offsets r.i, in their order. The
// table holds 0 to 999, so that there are at most MaxChunkLines of them.
const unpack = `WITH r (i) AS (SELECT 1 + %[1]d * (1000 * thousands.n + ones.n)
		FROM numbers AS thousands CROSS JOIN numbers AS ones
		WHERE thousands.n < (?2 / %[1]d + 999) / 1000 AND ones.n < ?2 / %[1]d - 1000 * thousands.n)`

// The statements of the hot path. Each takes a whole chunk as one packed parameter, because a call into
// SQLite for each ballot costs more than the ballot. They are made of constants only.
//
//nolint:gochecknoglobals,gosec // constants, put together by a function
var (
	// insertBallots leaves a GUID with the line that holds it already.
	insertBallots = fmt.Sprintf(unpack, recordSize) + `
		INSERT OR IGNORE INTO ballots (election_id, guid, batch_id, claim)
		SELECT ?3, substr(?1, i, 16), ?4, CAST(substr(?1, i + 16, 15) AS INTEGER) FROM r`

	// selectRivals finds the chunk's GUIDs that another line holds.
	selectRivals = fmt.Sprintf(unpack, recordSize) + `
		SELECT guid, batch_id, claim FROM r CROSS JOIN ballots ON election_id = ?3 AND guid = substr(?1, i, 16)
		WHERE batch_id <> ?4 OR claim <> CAST(substr(?1, i + 16, 15) AS INTEGER)`

	// insertBundle and selectBundleRivals are the same for the records of several batches.
	insertBundle = fmt.Sprintf(unpack, bundled) + `
		INSERT OR IGNORE INTO ballots (election_id, guid, batch_id, claim)
		SELECT ?3, substr(?1, i, 16), CAST(substr(?1, i + 31, 10) AS INTEGER), CAST(substr(?1, i + 16, 15) AS INTEGER) FROM r`

	selectBundleRivals = fmt.Sprintf(unpack, bundled) + `
		SELECT CAST(substr(?1, i + 31, 10) AS INTEGER), guid, batch_id, claim
		FROM r CROSS JOIN ballots ON election_id = ?3 AND guid = substr(?1, i, 16)
		WHERE batch_id <> CAST(substr(?1, i + 31, 10) AS INTEGER) OR claim <> CAST(substr(?1, i + 16, 15) AS INTEGER)`

	// insertInvalidLines takes records of a line number, a GUID, a poll number and a reason's letter.
	insertInvalidLines = fmt.Sprintf(unpack, invalidRecordSize) + `
		INSERT INTO invalid_lines (batch_id, line, guid, poll_number, reason)
		SELECT ?3, CAST(substr(?1, i, 15) AS INTEGER), substr(?1, i + 15, 16), CAST(substr(?1, i + 31, 5) AS INTEGER),
			CASE substr(?1, i + 36, 1) WHEN x'64' THEN 'duplicate-ballot' ELSE 'unknown-poll-number' END FROM r`
)

// Append puts a bundle into the ledger, within the one writer's transaction: its ballots, its lines that do not
// count, and the tallies of the batches and their constituencies. Of all the lines that claim a GUID and
// stand, the first holds it in the order of batches and then of lines: a batch that is restored takes its
// GUIDs back from later ones. Bundles of a batch come in the order of its lines. The outcomes are what each
// source of the bundle gains.
func Append(ctx context.Context, tx *database.Tx, b *Bundle) ([]Outcome, error) {
	rivals, err := b.claim(ctx, tx.SQL())
	if err != nil {
		return nil, err
	}
	d := newLedgerDelta(tx)
	own := make([]*batchDelta, len(b.sources))
	for place, c := range b.chunks {
		if c == nil {
			continue
		}
		batchID := b.sources[place].BatchID
		own[place] = d.forBatch(batchID, c.slate)
		if err := d.put(ctx, batchID, c, rivals[batchID]); err != nil {
			return nil, err
		}
	}
	outcomes, callers := make([]Outcome, len(b.sources)), map[int64]bool{}
	for place, s := range own {
		if s != nil {
			outcomes[place], callers[b.sources[place].BatchID] = s.Outcome, true
		}
	}
	return outcomes, d.apply(ctx, callers)
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
	if err := storeInvalidLines(ctx, d.tx.SQL(), batchID, slices.Concat(invalid, duplicates)); err != nil {
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
func (b *Bundle) claim(ctx context.Context, tx *sql.Tx) (map[int64][]rival, error) {
	if len(b.sources) == 1 {
		rivals, err := claim(ctx, tx, b.sources[0].BatchID, b.chunks[0])
		return map[int64][]rival{b.sources[0].BatchID: rivals}, err
	}
	args := []any{b.records, len(b.records), b.sources[0].Slate.ElectionID}
	result, err := tx.ExecContext(ctx, insertBundle, args...)
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	stored, err := result.RowsAffected()
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	missing := int64(len(b.records)/bundled) - stored
	if missing == 0 {
		return nil, nil //nolint:nilnil // no rivals
	}
	rows, err := tx.QueryContext(ctx, selectBundleRivals, args...)
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
func claim(ctx context.Context, tx *sql.Tx, batchID int64, c *Chunk) ([]rival, error) {
	args := []any{c.records, len(c.records), c.slate.ElectionID, batchID}
	result, err := tx.ExecContext(ctx, insertBallots, args...)
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	stored, err := result.RowsAffected()
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	missing := int64(c.ballots) - stored
	if missing == 0 {
		return nil, nil
	}
	rivals, err := queryRivals(ctx, tx, selectRivals, args...)
	if err == nil && int64(len(rivals)) != missing {
		err = fmt.Errorf("ballots: %d ballots were not stored, but %d are held by others", missing, len(rivals))
	}
	return rivals, err
}

func queryRivals(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]rival, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
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

// settle takes the lost claims out of what the chunk would have counted.
func (c *Chunk) settle(lost []rival) (votes []int64, invalid, duplicates []InvalidLine) {
	votes, duplicates = slices.Clone(c.votes), slices.Clone(c.duplicates)
	lostInvalid := map[GUID]bool{}
	for _, r := range lost {
		line := c.find(r.GUID)
		duplicates = append(duplicates, InvalidLine{Line: line, Reason: DuplicateBallot})
		if c.slate.knows(line.PollNumber) {
			votes[line.PollNumber]--
		} else {
			lostInvalid[r.GUID] = true
		}
	}
	if len(lostInvalid) == 0 {
		return votes, c.invalid, duplicates
	}
	for _, line := range c.invalid {
		if !lostInvalid[line.GUID] {
			invalid = append(invalid, line)
		}
	}
	return votes, invalid, duplicates
}

// invalidRecordSize is the length of a packed line that does not count: 15 digits of line number, 16
// bytes of GUID, five digits of poll number, and "d" or "u" for the reason.
const invalidRecordSize = 15 + 16 + 5 + 1

func storeInvalidLines(ctx context.Context, tx *sql.Tx, batchID int64, lines []InvalidLine) error {
	if len(lines) == 0 {
		return nil
	}
	slices.SortFunc(lines, func(a, b InvalidLine) int { return int(a.Number - b.Number) })
	packed := make([]byte, 0, invalidRecordSize*len(lines))
	for _, l := range lines {
		reason := byte('d')
		if l.Reason == UnknownPollNumber {
			reason = 'u'
		}
		packed = fmt.Appendf(packed, "%015d%s%05d%c", l.Number, l.GUID[:], l.PollNumber, reason)
	}
	if _, err := tx.ExecContext(ctx, insertInvalidLines, packed, len(packed), batchID); err != nil {
		return fmt.Errorf("ballots: store lines that do not count: %w", err)
	}
	return nil
}
