package ballots

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"urna/internal/sqlite"
)

// Outcome says what became of a chunk's lines: Lines = Valid + Invalid + Duplicates.
type Outcome struct {
	Valid      int64
	Invalid    int64
	Duplicates int64
}

// unpack cuts a packed parameter (?1, ?2 bytes long) into records at the offsets r.i.
const unpack = `WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + %[1]d FROM r WHERE i + %[1]d < ?2)`

// The statements of the hot path. Each takes a whole chunk as one packed parameter, because a call into
// SQLite for each ballot costs more than the ballot. They are made of constants only.
//
//nolint:gochecknoglobals,gosec // constants, put together by a function
var (
	// insertBallots leaves a GUID with the chunk that holds it already.
	insertBallots = fmt.Sprintf(unpack, recordSize) + `
		INSERT OR IGNORE INTO ballots (election_id, guid, chunk_id, poll_number)
		SELECT ?3, substr(?1, i, 16), ?4, CAST(substr(?1, i + 16, 5) AS INTEGER) FROM r`

	// selectLost finds the chunk's GUIDs that an earlier chunk holds.
	selectLost = fmt.Sprintf(unpack, recordSize) + `
		SELECT guid FROM r CROSS JOIN ballots ON election_id = ?3 AND guid = substr(?1, i, 16) WHERE chunk_id <> ?4`

	// insertInvalidLines takes records of a line number, a GUID, a poll number and a reason's letter.
	insertInvalidLines = fmt.Sprintf(unpack, invalidRecordSize) + `
		INSERT INTO invalid_lines (batch_id, line, guid, poll_number, reason)
		SELECT ?3, CAST(substr(?1, i, 15) AS INTEGER), substr(?1, i + 15, 16), CAST(substr(?1, i + 31, 5) AS INTEGER),
			CASE substr(?1, i + 36, 1) WHEN x'64' THEN 'duplicate-ballot' ELSE 'unknown-poll-number' END FROM r`
)

const (
	insertChunk = `INSERT INTO chunks (batch_id, lines) VALUES (?, ?)`

	addToBatchTally = `INSERT INTO batch_tallies (batch_id, poll_number, votes) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET votes = votes + excluded.votes`

	addToTally = `INSERT INTO constituency_tallies (constituency_id, poll_number, votes) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET votes = votes + excluded.votes`

	addToTotals = `INSERT INTO constituency_totals (constituency_id, invalid, duplicates) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET invalid = invalid + excluded.invalid, duplicates = duplicates + excluded.duplicates`
)

// Append puts a chunk of a batch into the ledger, within the one writer's transaction: its ballots, its
// lines that do not count, and the tallies of the batch and the constituency. Chunks must come in the
// order of acceptance and then of lines; the first claim to a GUID holds it.
func Append(ctx context.Context, tx *sqlite.Tx, batchID int64, c *Chunk) (Outcome, error) {
	inserted, err := tx.SQL().ExecContext(ctx, insertChunk, batchID, c.lines)
	if err != nil {
		return Outcome{}, fmt.Errorf("ballots: insert chunk: %w", err)
	}
	chunkID, err := inserted.LastInsertId()
	if err != nil {
		return Outcome{}, fmt.Errorf("ballots: insert chunk: %w", err)
	}
	lost, err := claim(ctx, tx.SQL(), c, chunkID)
	if err != nil {
		return Outcome{}, err
	}
	votes, invalid, duplicates := c.settle(lost)
	if err := storeInvalidLines(ctx, tx.SQL(), batchID, slices.Concat(invalid, duplicates)); err != nil {
		return Outcome{}, err
	}
	o := Outcome{Invalid: int64(len(invalid)), Duplicates: int64(len(duplicates))}
	for _, n := range votes {
		o.Valid += n
	}
	return o, addToTallies(ctx, tx.SQL(), batchID, c.electorate.ConstituencyID, votes, o)
}

// claim inserts the chunk's ballots and returns the GUIDs that others hold already.
func claim(ctx context.Context, tx *sql.Tx, c *Chunk, chunkID int64) ([]GUID, error) {
	args := []any{c.records, len(c.records), c.electorate.ElectionID, chunkID}
	result, err := tx.ExecContext(ctx, insertBallots, args...)
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	stored, err := result.RowsAffected()
	if err != nil {
		return nil, fmt.Errorf("ballots: insert ballots: %w", err)
	}
	missing := int64(len(c.numbers)) - stored
	if missing == 0 {
		return nil, nil
	}
	rows, err := tx.QueryContext(ctx, selectLost, args...)
	if err != nil {
		return nil, fmt.Errorf("ballots: find duplicates: %w", err)
	}
	defer rows.Close()
	lost := make([]GUID, 0, missing)
	var raw sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("ballots: find duplicates: %w", err)
		}
		lost = append(lost, GUID(raw))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: find duplicates: %w", err)
	}
	if int64(len(lost)) != missing {
		return nil, fmt.Errorf("ballots: %d ballots were not stored, but %d are held by others", missing, len(lost))
	}
	return lost, nil
}

// settle takes the lost claims out of what the chunk would have counted.
func (c *Chunk) settle(lost []GUID) (votes []int64, invalid, duplicates []InvalidLine) {
	votes, duplicates = slices.Clone(c.votes), slices.Clone(c.duplicates)
	lostInvalid := map[GUID]bool{}
	for _, g := range lost {
		line := c.find(g)
		duplicates = append(duplicates, InvalidLine{Line: line, Reason: DuplicateBallot})
		if c.electorate.knows(line.PollNumber) {
			votes[line.PollNumber]--
		} else {
			lostInvalid[g] = true
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

func addToTallies(ctx context.Context, tx *sql.Tx, batchID, constituencyID int64, votes []int64, o Outcome) error {
	for pollNumber, n := range votes {
		if n == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, addToBatchTally, batchID, pollNumber, n); err != nil {
			return fmt.Errorf("ballots: batch tally: %w", err)
		}
		if _, err := tx.ExecContext(ctx, addToTally, constituencyID, pollNumber, n); err != nil {
			return fmt.Errorf("ballots: tally: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, addToTotals, constituencyID, o.Invalid, o.Duplicates); err != nil {
		return fmt.Errorf("ballots: totals: %w", err)
	}
	return nil
}
