package ballots

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// Tallies returns the state of the count of batches in every constituency of the elections that has any line, by
// constituency id, as the transaction sees it. online.AddTallies adds the votes cast online. Its time does not depend
// on the number of ballots.
func Tallies(ctx context.Context, tx *database.Tx, electionIDs ...int64) (map[int64]Tally, error) {
	tallies := map[int64]Tally{}
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT constituency_id, t.invalid, t.duplicates FROM constituency_totals t
		JOIN constituencies c ON c.id = t.constituency_id WHERE c.election_id `+in, ids...)
	if err != nil {
		return nil, fmt.Errorf("ballots: read totals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t := Tally{Votes: map[int]int64{}}
		if err := rows.Scan(&t.ConstituencyID, &t.Invalid, &t.Duplicates); err != nil {
			return nil, fmt.Errorf("ballots: read totals: %w", err)
		}
		tallies[t.ConstituencyID] = t
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read totals: %w", err)
	}
	return tallies, readVotes(ctx, tx, electionIDs, tallies)
}

func readVotes(ctx context.Context, tx *database.Tx, electionIDs []int64, tallies map[int64]Tally) error {
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT constituency_id, poll_number, votes FROM constituency_tallies t
		JOIN constituencies c ON c.id = t.constituency_id WHERE c.election_id `+in, ids...)
	if err != nil {
		return fmt.Errorf("ballots: read tallies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var constituency, votes int64
		var pollNumber int
		if err := rows.Scan(&constituency, &pollNumber, &votes); err != nil {
			return fmt.Errorf("ballots: read tallies: %w", err)
		}
		t, ok := tallies[constituency]
		if !ok {
			t = Tally{ConstituencyID: constituency, Votes: map[int]int64{}}
		}
		t.Votes[pollNumber] += votes
		tallies[constituency] = t
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: read tallies: %w", err)
	}
	return nil
}

// Unsettled is the condition of the index over batches that are accepted and have not come to rest, in its words: an engine
// uses the index for a statement with the same ones alone.
const Unsettled = "state IN ('queued', 'processing', 'failed', 'retracting', 'restoring')"

// unsettledOf is Unsettled for elections. The sum keeps SQLite from the index by election, in which it would walk through all
// batches of the election.
const unsettledOf = Unsettled + " AND election_id + 0 "

// BatchesWaitingOf returns of each of the elections how many batches BatchesWaiting counts.
func BatchesWaitingOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64]int, error) {
	in, ids := database.In(electionIDs)
	waiting := map[int64]int{}
	err := pairs(ctx, tx, `SELECT election_id + 0, count(*) FROM batches
		WHERE `+unsettledOf+in+` GROUP BY election_id + 0`, ids,
		func(id, n int64) { waiting[id] = int(n) })
	if err != nil {
		return nil, fmt.Errorf("ballots: count waiting batches: %w", err)
	}
	return waiting, nil
}

// UnfinishedBatches names the batches that are being counted, retracted or restored, or wait for it, with their states, as
// the transaction sees them. Between two events of the audit log the state of a batch changes only while it is among them.
func UnfinishedBatches(ctx context.Context, tx *database.Tx) (string, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT id, state FROM batches
		WHERE `+Unsettled+` ORDER BY id`)
	if err != nil {
		return "", fmt.Errorf("ballots: find unfinished batches: %w", err)
	}
	defer rows.Close()
	var all []byte
	for rows.Next() {
		var id int64
		var state string
		if err := rows.Scan(&id, &state); err != nil {
			return "", fmt.Errorf("ballots: find unfinished batches: %w", err)
		}
		all = fmt.Appendf(all, "%d %s ", id, state)
	}
	if err := rows.Err(); err != nil {
		return "", fmt.Errorf("ballots: find unfinished batches: %w", err)
	}
	return string(all), nil
}

// LateBatchesWaitingOf returns of each of the elections how many late batches wait for an administrator's decision.
func LateBatchesWaitingOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64]int, error) {
	in, ids := database.In(electionIDs)
	waiting := map[int64]int{}
	err := pairs(ctx, tx, `SELECT election_id, count(*) FROM batches WHERE late_state = 'waiting' AND election_id `+in+` GROUP BY election_id`, ids,
		func(id, n int64) { waiting[id] = int(n) })
	if err != nil {
		return nil, fmt.Errorf("ballots: count late batches: %w", err)
	}
	return waiting, nil
}

// AnyBatch reports whether a batch was ever accepted for an election, be it retracted or refused by now.
func AnyBatch(ctx context.Context, tx *database.Tx, electionID int64) (found bool, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM batches WHERE election_id = $1)`, electionID).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("ballots: look for batches: %w", err)
	}
	return found, nil
}

// pairs hands on the rows of a query for two numbers.
func pairs(ctx context.Context, tx *database.Tx, query string, arguments []any, row func(id, n int64)) error {
	rows, err := tx.SQL().QueryContext(ctx, query, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, n int64
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		row(id, n)
	}
	return rows.Err()
}

// InvalidLines returns a batch's lines that do not count, with numbers above after, in the order of
// lines, at most limit.
func InvalidLines(ctx context.Context, tx *database.Tx, batchID, after int64, limit int) ([]InvalidLine, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT line, guid, poll_number, reason FROM invalid_lines
		WHERE batch_id = $1 AND line > $2 ORDER BY line LIMIT $3`, batchID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("ballots: read lines that do not count: %w", err)
	}
	defer rows.Close()
	var lines []InvalidLine
	for rows.Next() {
		var l InvalidLine
		var guid []byte
		if err := rows.Scan(&l.Number, &guid, &l.PollNumber, &l.Reason); err != nil {
			return nil, fmt.Errorf("ballots: read lines that do not count: %w", err)
		}
		l.GUID = GUID(guid)
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read lines that do not count: %w", err)
	}
	return lines, nil
}

// BatchesWaiting returns the number of an election's batches that are accepted and have not come to
// rest.
func BatchesWaiting(ctx context.Context, tx *database.Tx, electionID int64) (n int, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM batches
		WHERE `+unsettledOf+`= $1`, electionID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("ballots: count waiting batches: %w", err)
	}
	return n, nil
}
